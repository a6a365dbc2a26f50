"""X-Twilio-Signature: is this request from the account whose auth token we know?

The signed text begins with the URL as it was configured at Twilio. It is built from our own
configuration, never from the request: behind a proxy scheme and host differ, and whoever sends the
request chooses its headers.
"""

import hashlib
import hmac
from collections.abc import Sequence
from urllib.parse import parse_qs, parse_qsl, urlparse, urlsplit

from twilio.request_validator import RequestValidator, add_port

BODY_HASH = "bodySHA256"
# How hard Twilio tries to reach a URL of ours, in its fragment, which is neither sent nor signed.
# For instructions: a gateway that dies takes the socket down in the same moment as its share of the
# connections. ct is in milliseconds.
TWIML_RETRIES = "#rc=3&rp=all&ct=1000"
# For news: as often as Twilio will, in the 15 s that it gives to all of it.
NEWS_RETRIES = "#rc=5&rp=all"


class _Params(dict[str, list[str]]):
    """A form's values by name, with the method that Twilio's validator asks for.

    The multi-dicts it is made for search all pairs for each name: with one of those, a form of
    thousands of names that nobody has signed would hold up the event loop for seconds.
    """

    def getlist(self, name: str) -> list[str]:
        return self[name]


class SignatureCheck:
    """Knows the auth tokens that are valid now; more than one while a token is being rotated."""

    def __init__(self, auth_tokens: Sequence[str]) -> None:
        self._validators = [RequestValidator(token) for token in auth_tokens]

    def of_form(self, url: str, body: bytes, signature: str | None) -> bool:
        """Check a form POST. Empty values and repeated names are part of what is signed."""
        params = _Params()
        for name, value in parse_qsl(body.decode("latin-1"), keep_blank_values=True):
            params.setdefault(name, []).append(value)
        return self._matches(url, params, signature)

    def of_body(self, url: str, body: bytes, signature: str | None) -> bool:
        """Check a POST that is not a form: the URL carries the body's hash, and is signed."""
        claimed = parse_qs(urlsplit(url).query).get(BODY_HASH, [""])[-1]
        actual = hashlib.sha256(body).hexdigest()
        return hmac.compare_digest(claimed.encode(), actual.encode()) and self._matches(
            url, _Params(), signature
        )

    def of_url(self, url: str, signature: str | None) -> bool:
        """Check the URL alone, for a POST whose URL carries no hash of its body.

        Such a body may be anybody's who has seen the signature: believe it as little as possible.
        """
        return not has_body_hash(url) and self._matches(url, _Params(), signature)

    def of_upgrade(self, url: str, signature: str | None) -> bool:
        """Check a WebSocket upgrade: the URL as it stands in the TwiML, with ws or wss."""
        return self._matches(url, _Params(), signature)

    def _matches(self, url: str, params: _Params, signature: str | None) -> bool:
        given = (signature or "").encode()
        matches = [
            hmac.compare_digest(validator.compute_signature(variant, params).encode(), given)
            for validator in self._validators
            for variant in _variants(url)
        ]
        return any(matches)


def has_body_hash(url: str) -> bool:
    """Whether the URL says what the body has to be."""
    return BODY_HASH in parse_qs(urlsplit(url).query, keep_blank_values=True)


def _variants(url: str) -> tuple[str, ...]:
    """Twilio signs the default port or leaves it out, by how it reached us."""
    return url, add_port(urlparse(url))
