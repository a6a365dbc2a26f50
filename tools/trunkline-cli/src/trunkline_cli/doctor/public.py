"""The public address, asked as Twilio asks: unsigned it must refuse, signed it must answer."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
from twilio.request_validator import RequestValidator

from trunkline_cli.doctor.finding import Finding, fine, warning, wrong
from trunkline_cli.doctor.twilio import INCOMING_PATH

AREA = "public address"
LOCAL = ("127.0.0.1", "localhost")
# A call of nobody to nobody's number: answered, and never connected to an agent.
FORM = {"CallSid": "CA" + "0" * 32, "To": "+10000000000", "From": "+10000000000"}


async def check_public(
    client: httpx.AsyncClient, public_url: str, account: str, token: str
) -> list[Finding]:
    """Ask without and with the account's signature, and try to open the socket without one."""
    url, findings = public_url + INCOMING_PATH, list[Finding]()
    form = {**FORM, "AccountSid": account}
    try:
        findings += _check_form(public_url)
        unsigned = await client.post(url, data=form)
        signature = RequestValidator(token).compute_signature(url, form)
        signed = await client.post(url, data=form, headers={"X-Twilio-Signature": signature})
        upgrade = await client.get(f"{public_url}/twilio/relay", headers=_UPGRADE)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        return [*findings, _no_answer(url, error)]
    findings += _check_answers(unsigned, signed)
    findings += _check_upgrade(upgrade)
    return findings


_UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
}


def _no_answer(url: str, error: Exception) -> Finding:
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        mend = "Twilio takes certificates of public authorities only, with all intermediate ones."
        return wrong(AREA, "its certificate is none that Twilio would accept", mend)
    mend = "Are the gateways running, and does the tunnel or proxy lead to port 8080?"
    return wrong(AREA, f"no answer from {url}: {type(error).__name__}", mend)


def _check_form(public_url: str) -> Iterator[Finding]:
    parts = urlsplit(public_url)
    if parts.scheme == "https":
        return
    if parts.hostname in LOCAL:
        mend = "Set PUBLIC_URL to the address of a tunnel or load balancer; see docs/twilio.md."
        yield warning(AREA, "PUBLIC_URL is this machine alone: Twilio cannot reach it", mend)
    else:
        yield wrong(AREA, "PUBLIC_URL is not https", "Twilio connects to wss:// addresses only.")


def _check_answers(unsigned: httpx.Response, signed: httpx.Response) -> Iterator[Finding]:
    if unsigned.status_code != 403:
        mend = "Something else answers there: a tunnel's own page, or a proxy with another target."
        yield wrong(AREA, f"a request without a signature gets {unsigned.status_code}", mend)
    elif signed.status_code == 403:
        mend = (
            "The gateways have another PUBLIC_URL or TWILIO_AUTH_TOKENS than this command, or the "
            "proxy changes the path."
        )
        yield wrong(AREA, "a signed request is refused", mend)
    elif signed.status_code != 200 or "<Response>" not in signed.text:
        mend = "Look at the gateways' logs."
        yield wrong(AREA, f"a signed request gets {signed.status_code} and no TwiML", mend)
    else:
        yield fine(AREA, "unsigned requests are refused, signed ones are answered with TwiML")


def _check_upgrade(upgrade: httpx.Response) -> Iterator[Finding]:
    if upgrade.status_code == 403:
        yield fine(AREA, "WebSockets reach the gateway, and need a signature")
    else:
        mend = "Let the proxy pass WebSockets: HTTP/1.1 with the headers Upgrade and Connection."
        yield wrong(AREA, f"a WebSocket without a signature gets {upgrade.status_code}", mend)
