"""Who is let in at the public port: what Twilio has signed, as it was signed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl

from gateway.metrics import GatewayMetrics, Refusal
from gateway.notices import Notice, is_form, read_notice
from trunkline.errors import Invalid
from trunkline.logs import get_logger
from trunkline.twilio import SignatureCheck, has_body_hash

MAX_FORM_BYTES = 64 * 1024  # Twilio's forms are below 16 KiB, a handoff's data included
MAX_FORM_FIELDS = 200  # Twilio's have some sixty

logger = get_logger()


@dataclass(frozen=True, slots=True)
class Addresses:
    """The base URLs Twilio may have been given: the public one, and this process' own."""

    public: str
    accepted: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """What a request is answered that is not let in."""

    status: int


def as_websocket(base: str) -> str:
    """The same base URL for sockets: wss, or ws where it is plain http."""
    return "ws" + base.removeprefix("http")


class Gate:
    """Lets in what one of our accounts has signed, and counts what none has."""

    def __init__(
        self,
        addresses: Addresses,
        signatures: Mapping[str, SignatureCheck],
        metrics: GatewayMetrics,
    ) -> None:
        """`signatures` knows each account's tokens by its SID."""
        self._addresses = addresses
        self._signatures = signatures
        self._metrics = metrics

    def form(
        self, path: str, signature: str | None, content_type: str, body: bytes | None
    ) -> dict[str, str] | Refused:
        """The form if Twilio has signed it, sent to this path and query; no body: it is too long.

        Of a field that is there twice the last value counts: the signature covers both. It must be
        that of the account which the form names; nothing else in it is looked at before.
        """
        if body is None or body.count(b"&") >= MAX_FORM_FIELDS:
            return self._refuse(Refusal.TOO_LARGE, 413)
        form = dict(parse_qsl(body.decode("latin-1"), keep_blank_values=True))
        account = self._signatures.get(form.get("AccountSid", ""))
        urls = [base + path for base in self._addresses.accepted]
        if account is None or not any(account.of_form(url, body, signature) for url in urls):
            return self._refuse(Refusal.SIGNATURE, 403)
        if not is_form(content_type):
            return self._refuse(Refusal.CONTENT_TYPE, 415)
        return form

    def notice(
        self, path: str, signature: str | None, content_type: str, body: bytes | None
    ) -> Notice | Refused:
        """What a webhook of Intelligence is about, if Twilio has signed it for the account it
        names: a form as forms are, JSON by its hash in the URL, or the URL alone if it has none.
        """
        if body is None:
            return self._refuse(Refusal.TOO_LARGE, 413)
        try:
            notice = read_notice(content_type, body)
        except Invalid:  # of no account, and so signed by none
            return self._refuse(Refusal.SIGNATURE, 403)
        account = self._signatures.get(notice.account_sid)
        urls = [base + path for base in self._addresses.accepted]
        signs = SignatureCheck.of_form if is_form(content_type) else _signs_body
        if account is None or not any(signs(account, url, body, signature) for url in urls):
            return self._refuse(Refusal.SIGNATURE, 403)
        return replace(notice, body_unsigned=not (is_form(content_type) or has_body_hash(path)))

    def upgrade(self, path: str, signature: str | None) -> Refused | None:
        """Nothing if Twilio has signed this upgrade of the socket, for any of our accounts."""
        urls = [as_websocket(base) + path for base in self._addresses.accepted]
        accounts = self._signatures.values()
        if any(account.of_upgrade(url, signature) for account in accounts for url in urls):
            return None
        return self._refuse(Refusal.SIGNATURE, 403)

    def _refuse(self, reason: Refusal, status: int) -> Refused:
        self._metrics.refused(reason)
        logger.warning("request_refused", reason=reason.value)
        return Refused(status)


def _signs_body(account: SignatureCheck, url: str, body: bytes, signature: str | None) -> bool:
    """Whether Twilio hashes the bodies of these webhooks is not documented."""
    return account.of_body(url, body, signature) or account.of_url(url, signature)
