"""Which hosts tools may call, as TOOL_HOSTS lists them; pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from trunkline.agents import Http
from trunkline.errors import Invalid

_HOST = r"(?:[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?|\[[0-9a-f:.]+\])(:[0-9]{1,5})?"
_ENTRY = re.compile(rf"(?P<host>{_HOST})(=(?P<served>https?://{_HOST}))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Hosts:
    """The hosts, each with where it is really served: scheme and host, or nothing."""

    served: Mapping[str, str]

    def origin(self, http: Http) -> str:
        """Scheme and host to call for this tool. Raises `Invalid` if it may not be called."""
        where = self.served.get(http.host)
        if where is None:
            raise Invalid("its host is not in TOOL_HOSTS")
        if where:
            return where
        if not http.is_private:
            raise Invalid("its URL must begin with https://")
        return f"{urlsplit(http.url).scheme}://{http.host}"


def parse_hosts(entries: Iterable[str]) -> Hosts:
    """Read `host`, `host:port`, or either followed by `=http(s)://host:port` where it is served.

    Raises `Invalid` with a sentence if an entry is something else.
    """
    served = {}
    for place, entry in enumerate(entries, 1):
        if (found := _ENTRY.fullmatch(entry)) is None:  # what it says may be a secret
            raise Invalid(f"entry {place} must be host, host:port, or host=https://other:port")
        served[found["host"].lower()] = (found["served"] or "").lower()
    return Hosts(served)
