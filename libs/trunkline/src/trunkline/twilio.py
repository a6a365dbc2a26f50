"""X-Twilio-Signature: is this request from the account whose auth token we know?

The signed text begins with the URL as it was configured at Twilio. It is built from our own
configuration, never from the request: behind a proxy scheme and host differ, and whoever sends the
request chooses its headers.
"""

import hashlib
import hmac
from collections.abc import Sequence
from urllib.parse import parse_qs, parse_qsl, urlparse, urlsplit

from starlette.datastructures import ImmutableMultiDict
from twilio.request_validator import RequestValidator, add_port

BODY_HASH = "bodySHA256"
_NO_PARAMS: ImmutableMultiDict[str, str] = ImmutableMultiDict()


class SignatureCheck:
    """Knows the auth tokens that are valid now; more than one while a token is being rotated."""

    def __init__(self, auth_tokens: Sequence[str]) -> None:
        self._validators = [RequestValidator(token) for token in auth_tokens]

    def of_form(self, url: str, body: bytes, signature: str | None) -> bool:
        """Check a form POST. Empty values and repeated names are part of what is signed."""
        pairs = parse_qsl(body.decode("latin-1"), keep_blank_values=True)
        return self._matches(url, ImmutableMultiDict(pairs), signature)

    def of_body(self, url: str, body: bytes, signature: str | None) -> bool:
        """Check a POST that is not a form: the URL carries the body's hash, and is signed."""
        claimed = parse_qs(urlsplit(url).query).get(BODY_HASH, [""])[-1]
        actual = hashlib.sha256(body).hexdigest()
        return hmac.compare_digest(claimed.encode(), actual.encode()) and self._matches(
            url, _NO_PARAMS, signature
        )

    def of_upgrade(self, url: str, signature: str | None) -> bool:
        """Check a WebSocket upgrade: the URL as it stands in the TwiML, with ws or wss."""
        return self._matches(url, _NO_PARAMS, signature)

    def _matches(
        self, url: str, params: ImmutableMultiDict[str, str], signature: str | None
    ) -> bool:
        given = (signature or "").encode()
        matches = [
            hmac.compare_digest(validator.compute_signature(variant, params).encode(), given)
            for validator in self._validators
            for variant in _variants(url)
        ]
        return any(matches)


def _variants(url: str) -> tuple[str, ...]:
    """Twilio signs the default port or leaves it out, by how it reached us."""
    return url, add_port(urlparse(url))
