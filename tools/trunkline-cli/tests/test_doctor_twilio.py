"""What the doctor makes of Twilio's answers: the account, the clock, the numbers."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime

import httpx
import pytest
from fake_server import FakeServer, fake_server
from fastapi import Response
from fastapi.responses import JSONResponse

from trunkline_cli.doctor.finding import Finding, Level
from trunkline_cli.doctor.twilio import check_clock, check_number, check_twilio

SID = "AC" + "0" * 32
TOKEN = "the-token-that-nobody-may-see"
PUBLIC = "https://voice.example.com"
WEBHOOK = f"{PUBLIC}/twilio/voice/incoming"
FALLBACK = "https://handler.twilio.com/twiml/EH1"
NUMBER = "+15005550100"
ACCOUNT_PATH = f"/2010-04-01/Accounts/{SID}.json"
NUMBERS_PATH = f"/2010-04-01/Accounts/{SID}/IncomingPhoneNumbers.json"
NOW = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)


def account(**fields: str) -> Response:
    return JSONResponse({"status": "active", "type": "Full", **fields})


def owned(**fields: object) -> dict[str, object]:
    good = {"voice_url": WEBHOOK, "voice_method": "POST", "voice_fallback_url": FALLBACK}
    return {**good, "capabilities": {"voice": True}, **fields}


def levels(findings: Sequence[Finding], area: str = "twilio") -> list[Level]:
    return [finding.level for finding in findings if finding.area == area]


@pytest.fixture
async def twilio() -> AsyncIterator[FakeServer]:
    async with fake_server() as server:
        server.answers[ACCOUNT_PATH] = account()
        server.answers[NUMBERS_PATH] = JSONResponse({"incoming_phone_numbers": [owned()]})
        yield server


async def look(
    twilio: FakeServer,
    tokens: Sequence[str] = (TOKEN,),
    subaccounts: Mapping[str, Sequence[str]] | None = None,
) -> list[Finding]:
    async with httpx.AsyncClient(trust_env=False) as client:
        accounts = {SID: tokens, **(subaccounts or {})}
        return await check_twilio(client, twilio.url, accounts, PUBLIC, [NUMBER])


async def test_an_account_and_number_that_fit_are_fine(twilio: FakeServer) -> None:
    findings = await look(twilio)

    assert levels(findings) == [Level.FINE, Level.FINE]
    assert levels(findings, "clock") == [Level.FINE]
    assert [request.query_params.get("PhoneNumber") for request in twilio.asked] == [None, NUMBER]


async def test_a_token_that_does_not_fit_is_named_by_its_place_alone(twilio: FakeServer) -> None:
    twilio.answers[ACCOUNT_PATH] = JSONResponse({"code": 20003, "message": "no"}, 401)

    findings = await look(twilio, [TOKEN, f"{TOKEN}-2"])

    assert levels(findings) == [Level.WRONG, Level.WRONG]
    assert findings[1].what.startswith("auth token 2 does not belong")
    assert TOKEN not in repr(findings)


@pytest.mark.parametrize(
    ("answer", "level", "words"),
    [
        (account(type="Trial"), Level.WARNING, "trial"),
        (account(status="suspended"), Level.WRONG, "suspended"),
        (account(status="closed"), Level.WRONG, "closed"),
        (JSONResponse({"code": 20404}, 404), Level.WRONG, "404"),
        (Response("<html>Log in to the guest network</html>"), Level.WRONG, "no account"),
        (JSONResponse(["not an account"]), Level.WRONG, "no account"),
        (Response(status_code=429), Level.WARNING, "429"),
        (Response(status_code=503), Level.WARNING, "503"),
    ],
)
async def test_what_is_odd_about_the_account_is_said(
    twilio: FakeServer, answer: Response, level: Level, words: str
) -> None:
    twilio.answers[ACCOUNT_PATH] = answer

    first = (await look(twilio))[0]

    assert first.level is level
    assert words in first.what
    assert first.mend


async def test_numbers_of_a_trial_account_are_looked_at_too(twilio: FakeServer) -> None:
    twilio.answers[ACCOUNT_PATH] = account(type="Trial")

    assert levels(await look(twilio)) == [Level.WARNING, Level.FINE]


async def test_a_number_that_is_not_the_accounts_is_named(twilio: FakeServer) -> None:
    twilio.answers[NUMBERS_PATH] = JSONResponse({"incoming_phone_numbers": []})

    findings = await look(twilio)

    assert levels(findings) == [Level.FINE, Level.WARNING]
    assert NUMBER in findings[-1].what


SUB_SID = f"AC{'1' * 28}2345"
SUB_PATH = f"/2010-04-01/Accounts/{SUB_SID}.json"
SUB_NUMBERS_PATH = f"/2010-04-01/Accounts/{SUB_SID}/IncomingPhoneNumbers.json"


async def test_a_number_may_be_a_subaccounts(twilio: FakeServer) -> None:
    twilio.answers[NUMBERS_PATH] = JSONResponse({"incoming_phone_numbers": []})
    twilio.answers[SUB_PATH] = account()
    twilio.answers[SUB_NUMBERS_PATH] = JSONResponse({"incoming_phone_numbers": [owned()]})

    findings = await look(twilio, subaccounts={SUB_SID: [TOKEN]})

    assert levels(findings) == [Level.FINE] * 3
    assert [finding.what for finding in findings if finding.area == "twilio"][1:] == [
        "subaccount AC...2345: the auth token fits an active account",
        f"{NUMBER} leads here, and has a fallback",
    ]
    assert levels(findings, "clock") == [Level.FINE]


async def test_a_subaccounts_token_that_does_not_fit_is_told(twilio: FakeServer) -> None:
    twilio.answers[SUB_PATH] = JSONResponse({"code": 20003, "message": "no"}, 401)

    findings = await look(twilio, subaccounts={SUB_SID: [TOKEN, f"{TOKEN}-2"]})

    assert [finding.what for finding in findings if finding.level is Level.WRONG] == [
        "subaccount AC...2345: the auth token does not belong to that account",
        "subaccount AC...2345: auth token 2 does not belong to that account",
    ]
    assert findings[-1].level is Level.FINE  # the number is the main account's


async def test_numbers_that_cannot_be_looked_at_are_passed_over(twilio: FakeServer) -> None:
    twilio.answers[NUMBERS_PATH] = Response(status_code=500)

    assert levels(await look(twilio)) == [Level.FINE, Level.SKIPPED]


async def test_an_api_that_does_not_answer_ends_the_look_with_a_sentence() -> None:
    async with fake_server() as server:
        pass

    (finding,) = await look(server)

    assert finding.level is Level.WRONG
    assert finding.what == "the API does not answer: ConnectError"


@pytest.mark.parametrize(
    ("fields", "level", "words"),
    [
        (owned(), Level.FINE, "has a fallback"),
        (owned(voice_url=f"{WEBHOOK}#rc=5&rp=all"), Level.FINE, "has a fallback"),
        (owned(voice_url="https://old.example/voice"), Level.WRONG, "elsewhere"),
        (owned(voice_url=f"{WEBHOOK}/"), Level.WRONG, "elsewhere"),
        (owned(voice_url=""), Level.WRONG, "nowhere"),
        (owned(voice_url=None), Level.WRONG, "nowhere"),
        (owned(voice_method="GET"), Level.WRONG, "elsewhere"),
        (owned(voice_fallback_url=""), Level.WARNING, "no fallback"),
        (owned(voice_fallback_url=WEBHOOK), Level.WARNING, "leads here, too"),
        (owned(capabilities={"voice": False}), Level.WRONG, "cannot do voice"),
        (owned(voice_application_sid="AP1"), Level.WRONG, "TwiML app"),
        (owned(trunk_sid="TK1"), Level.WRONG, "trunk"),
        (None, Level.WARNING, "not a number of the accounts that are set"),
    ],
)
def test_a_number_is_judged_by_its_resource(
    fields: dict[str, object] | None, level: Level, words: str
) -> None:
    (finding,) = check_number(NUMBER, fields, PUBLIC)

    assert finding.level is level
    assert words in finding.what


@pytest.mark.parametrize(
    ("date", "level"),
    [
        ("Tue, 24 Nov 2026 12:00:01 GMT", Level.FINE),
        ("Tue, 24 Nov 2026 11:59:55 GMT", Level.WARNING),
        ("Tue, 24 Nov 2026 12:01:00 GMT", Level.WRONG),
    ],
)
def test_the_clock_is_compared_with_twilios(date: str, level: Level) -> None:
    assert [finding.level for finding in check_clock(date, NOW)] == [level]


@pytest.mark.parametrize("date", ["", "yesterday", "Tue, 24 Nov 2026 12:00:01 -0000"])
def test_without_a_date_nothing_is_said_about_the_clock(date: str) -> None:
    assert list(check_clock(date, NOW)) == []
