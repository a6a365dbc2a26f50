"""X-Twilio-Signature, computed by Twilio's own library."""

from collections.abc import Mapping

from twilio.request_validator import RequestValidator

HEADER = "X-Twilio-Signature"
BODY_HASH = "bodySHA256"


def sign(auth_token: str, url: str, params: Mapping[str, str] | None = None) -> str:
    """The signature of a form POST, a GET or a WebSocket upgrade (these two without params).

    `url` is signed as it stands: for an upgrade that is the `url` attribute of the TwiML, scheme
    `wss` included; for a webhook its fragment must be gone, as it is never sent.
    """
    return str(RequestValidator(auth_token).compute_signature(url, dict(params or {})))
