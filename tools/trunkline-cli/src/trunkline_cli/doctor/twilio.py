"""The accounts, their numbers' webhooks, and the clock, as Twilio's REST API tells."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from trunkline_cli.doctor.finding import Finding, fine, skipped, warning, wrong

AREA = "twilio"
INCOMING_PATH = "/twilio/voice/incoming"
CLOCK_WARNING_SECONDS = 2.0  # the header has whole seconds
CLOCK_WRONG_SECONDS = 15.0

Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Account:
    """An account that could be logged in to, and how."""

    url: str
    auth: tuple[str, str]


async def check_twilio(
    client: httpx.AsyncClient,
    base_url: str,
    accounts: Mapping[str, Sequence[str]],
    public_url: str,
    numbers: Sequence[str],
) -> list[Finding]:
    """Log in to each account with each of its tokens, the first being TWILIO_ACCOUNT_SID; in those
    that are active, look for the numbers that agents answer."""
    findings: list[Finding] = []
    active: list[_Account] = []
    try:
        for sid, tokens in accounts.items():
            url = f"{base_url}/2010-04-01/Accounts/{sid}"
            answers = [await client.get(f"{url}.json", auth=(sid, token)) for token in tokens]
            whose = f"subaccount {sid[:2]}...{sid[-4:]}: " if findings else ""
            for place, answer in enumerate(answers, start=1):
                findings += check_account(answer.status_code, fields_of(answer), place, whose)
            if not whose:
                findings += check_clock(answers[0].headers.get("date", ""), datetime.now(UTC))
            if fields_of(answers[0]).get("status") == "active":
                active.append(_Account(url, (sid, tokens[0])))
        for number in numbers if active else ():
            findings += await _check_number(client, active, public_url, number)
    except httpx.HTTPError as error:
        mend = "Is this machine on the network, and may it reach Twilio's API by https?"
        findings.append(wrong(AREA, f"the API does not answer: {type(error).__name__}", mend))
    return findings


def fields_of(answer: httpx.Response) -> Fields:
    """The JSON object of an answer; empty if it is an error, or something else altogether."""
    try:
        found = answer.json() if answer.is_success else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def check_account(status: int, account: Fields, place: int, whose: str = "") -> Iterator[Finding]:
    """What an attempt to log in with the token of this place came to; pure."""
    token = whose + ("the auth token" if place == 1 else f"auth token {place}")
    if status == 401:
        mend = "Copy SID and primary auth token of the account from the console's first page."
        owner = "that account" if whose else "TWILIO_ACCOUNT_SID"
        yield wrong(AREA, f"{token} does not belong to {owner}", mend)
    elif status == 429 or status >= 500:
        mend = "Look again in a minute; Twilio's status page may tell more."
        yield warning(AREA, f"{whose}the API answers {status}", mend)
    elif "status" not in account:
        mend = "Are the account's SID and TWILIO_API_BASE_URL right, and is no proxy in between?"
        yield wrong(AREA, f"{whose}the API answers {status}, and with no account", mend)
    elif account["status"] != "active":
        mend = "Look at the account in Twilio's console."
        yield wrong(AREA, f"{whose}the account is {account['status']}", mend)
    elif account.get("type") == "Trial":
        mend = "Upgrade it: a trial account announces itself and reaches verified numbers only."
        yield warning(AREA, f"{token} fits; it is a trial account", mend)
    else:
        yield fine(AREA, f"{token} fits an active account")


def check_clock(date: str, now: datetime) -> Iterator[Finding]:
    """This machine's clock against the `Date` of an answer; pure."""
    try:
        off = abs((now - parsedate_to_datetime(date)).total_seconds())
    except (ValueError, TypeError):  # no date, or one that does not say where
        return
    mend = "Let NTP set this machine's clock: turns expire by it."
    if off > CLOCK_WRONG_SECONDS:
        yield wrong("clock", f"this machine's clock is {off:.0f} s off", mend)
    elif off > CLOCK_WARNING_SECONDS:
        yield warning("clock", f"this machine's clock is {off:.0f} s off", mend)
    else:
        yield fine("clock", "this machine's clock agrees with Twilio's")


async def _check_number(
    client: httpx.AsyncClient,
    accounts: Sequence[_Account],
    public_url: str,
    number: str,
) -> list[Finding]:
    for account in accounts:
        url, asked = f"{account.url}/IncomingPhoneNumbers.json", {"PhoneNumber": number}
        answer = await client.get(url, params=asked, auth=account.auth)
        if not answer.is_success:
            return [skipped(AREA, f"{number} not looked at: the API answers {answer.status_code}")]
        if owned := fields_of(answer).get("incoming_phone_numbers"):
            return list(check_number(number, owned[0], public_url))
    return list(check_number(number, None, public_url))


def check_number(number: str, owned: Fields | None, public_url: str) -> Iterator[Finding]:
    """One number's voice webhooks, as its resource has them; pure."""
    if owned is None:
        mend = (
            "Buy it, name its account in TWILIO_SUBACCOUNTS, or take it out of the agent's "
            "`numbers`. (Numbers of the demo are nobody's.)"
        )
        yield warning(AREA, f"{number} is not a number of the accounts that are set", mend)
    elif (owned.get("capabilities") or {}).get("voice") is False:
        yield wrong(AREA, f"{number} cannot do voice", "Buy one that can: see docs/twilio.md.")
    elif elsewhere := owned.get("trunk_sid") or owned.get("voice_application_sid"):
        mend = f"Configure it with `Webhook` in the console; {elsewhere[:2]}... has its calls now."
        yield wrong(AREA, f"{number} belongs to a trunk or TwiML app, and its URLs lie idle", mend)
    else:
        yield from _check_urls(number, owned, public_url)


def _check_urls(number: str, owned: Fields, public_url: str) -> Iterator[Finding]:
    wanted = public_url + INCOMING_PATH
    url, method = owned.get("voice_url") or "", owned.get("voice_method") or "POST"
    fallback = owned.get("voice_fallback_url") or ""
    if url.partition("#")[0] != wanted or method != "POST":
        mend = f"Let its incoming calls POST to {wanted} (console: the number's Voice settings)."
        yield wrong(AREA, f"{number} leads elsewhere, or nowhere", mend)
    elif not fallback:
        mend = "Give it a fallback URL that does not lead here, such as a TwiML Bin."
        yield warning(AREA, f"{number} leads here, and has no fallback", mend)
    elif fallback.startswith(public_url):
        mend = "Let it lead to a TwiML Bin: it is asked when nothing here can be reached."
        yield warning(AREA, f"{number} has a fallback that leads here, too", mend)
    else:
        yield fine(AREA, f"{number} leads here, and has a fallback")
