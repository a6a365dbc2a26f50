"""The account, its numbers' webhooks, and the clock, as Twilio's REST API tells."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from trunkline_cli.doctor.finding import Finding, fine, warning, wrong

AREA = "twilio"
INCOMING_PATH = "/twilio/voice/incoming"
CLOCK_WARNING_SECONDS = 2.0  # the header has whole seconds
CLOCK_WRONG_SECONDS = 15.0


async def check_twilio(
    client: httpx.AsyncClient,
    base_url: str,
    account_sid: str,
    tokens: Sequence[str],
    public_url: str,
    numbers: Sequence[str],
) -> list[Finding]:
    """Log in with each token; then look at the numbers that agents answer."""
    account = f"{base_url}/2010-04-01/Accounts/{account_sid}"
    findings: list[Finding] = []
    for place, token in enumerate(tokens, start=1):
        try:
            answer = await client.get(f"{account}.json", auth=(account_sid, token))
        except httpx.HTTPError as error:
            mend = "Is this machine on the network, and may it reach api.twilio.com by https?"
            return [wrong(AREA, f"the API does not answer: {type(error).__name__}", mend)]
        findings += _check_account(answer, place)
        if place == 1:
            findings += check_clock(answer.headers.get("date", ""), datetime.now(UTC))
    if all(finding.level == "fine" for finding in findings[:1]):
        findings += await _check_numbers(
            client, account, account_sid, tokens[0], public_url, numbers
        )
    return findings


def _check_account(answer: httpx.Response, place: int) -> Iterator[Finding]:
    token = "the auth token" if place == 1 else f"auth token {place}"
    if answer.status_code == 401:
        mend = "Copy SID and primary auth token of the account from the console's first page."
        yield wrong(AREA, f"{token} does not belong to TWILIO_ACCOUNT_SID", mend)
        return
    if answer.status_code != 200:
        yield wrong(AREA, f"the API answers {answer.status_code}", "Is TWILIO_ACCOUNT_SID right?")
        return
    account = answer.json()
    if account.get("status") != "active":
        mend = "Look at the account in Twilio's console."
        yield wrong(AREA, f"the account is {account.get('status')}", mend)
    elif account.get("type") == "Trial":
        mend = "Upgrade it: a trial account announces itself and reaches verified numbers only."
        yield warning(AREA, f"{token} fits; it is a trial account", mend)
    else:
        yield fine(AREA, f"{token} fits an active account")


def check_clock(date: str, now: datetime) -> Iterator[Finding]:
    """This machine's clock against the `Date` of an answer; pure."""
    try:
        off = abs((now - parsedate_to_datetime(date)).total_seconds())
    except ValueError:
        return
    mend = "Let NTP set this machine's clock: turns expire by it."
    if off > CLOCK_WRONG_SECONDS:
        yield wrong("clock", f"this machine's clock is {off:.0f} s off", mend)
    elif off > CLOCK_WARNING_SECONDS:
        yield warning("clock", f"this machine's clock is {off:.0f} s off", mend)
    else:
        yield fine("clock", "this machine's clock agrees with Twilio's")


async def _check_numbers(
    client: httpx.AsyncClient,
    account: str,
    account_sid: str,
    token: str,
    public_url: str,
    numbers: Sequence[str],
) -> list[Finding]:
    found: list[Finding] = []
    for number in numbers:
        answer = await client.get(
            f"{account}/IncomingPhoneNumbers.json",
            params={"PhoneNumber": number},
            auth=(account_sid, token),
        )
        owned = answer.json().get("incoming_phone_numbers", []) if answer.is_success else []
        found += check_number(number, owned[0] if owned else None, public_url)
    return found


def check_number(
    number: str, owned: Mapping[str, Any] | None, public_url: str
) -> Iterator[Finding]:
    """One number's voice webhooks, as its resource has them; pure."""
    wanted = public_url + INCOMING_PATH
    if owned is None:
        mend = (
            "Buy it, or take it out of the agent's `numbers`. (Numbers of the demo are nobody's.)"
        )
        yield warning(AREA, f"{number} is not a number of this account", mend)
        return
    url, method = owned.get("voice_url") or "", owned.get("voice_method") or "POST"
    if url.partition("#")[0] != wanted or method != "POST":
        mend = f"Let its incoming calls POST to {wanted} (console: the number's Voice settings)."
        yield wrong(AREA, f"{number} leads elsewhere, or nowhere", mend)
    elif not owned.get("voice_fallback_url"):
        mend = "Give it a fallback URL that does not lead here, such as a TwiML Bin."
        yield warning(AREA, f"{number} leads here, and has no fallback", mend)
    else:
        yield fine(AREA, f"{number} leads here, and has a fallback")
