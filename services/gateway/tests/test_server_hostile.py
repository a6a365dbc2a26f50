"""Whatever is sent to the public port: refused and counted, or answered, and never an error."""

import io
from collections.abc import Mapping
from urllib.parse import quote, quote_from_bytes, urlencode
from xml.etree import ElementTree

import httpx
import pytest
from fakes import AGENT, CALL
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from serving import (
    ACCOUNT,
    ACTION,
    DIAL_ACTION,
    FORM,
    INCOMING,
    PUBLIC,
    RELAY,
    Request,
    Server,
    assert_nothing_of_it,
    errors,
    form_request,
    serving,
)
from websockets.exceptions import InvalidStatus

from gateway.gate import MAX_FORM_BYTES, MAX_FORM_FIELDS
from gateway.tickets import Ticket

# Each example starts a server: few examples, each of many requests.
FEW = settings(
    max_examples=10, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
PATHS = st.sampled_from([INCOMING, ACTION + "token", DIAL_ACTION + "token"])
HEADER = st.text(st.characters(min_codepoint=0x21, max_codepoint=0xFF, exclude_characters="\x7f"))
BODIES = st.one_of(
    st.binary(max_size=300),
    st.text(max_size=200).map(str.encode),
    st.dictionaries(st.text(), st.text()).map(lambda form: urlencode(form).encode()),
    st.integers(0, len(FORM)).map(lambda end: FORM[:end].encode()),
    st.sampled_from([b"&" * 100_000, b"a" * 100_000, b"[" * 60_000, b"=" * 60_000, b"%" * 60_000]),
    st.binary(min_size=1, max_size=99).map(lambda junk: b"To=" + quote_from_bytes(junk).encode()),
)
NAMES = st.sampled_from(
    [
        *("CallSid", "To", "From", "Direction", "CallStatus", "SessionStatus"),
        *("HandoffData", "ErrorCode", "DialCallStatus", "QueueResult"),
    ]
)
VALUES = st.one_of(
    st.text(max_size=50),
    st.sampled_from([CALL, "in-progress", "completed", "failed", "ended", "outbound-api", "busy"]),
    st.sampled_from(['{"destination": "x"}', "[" * 5000, "null", "\x00", "\ufffe", "☎" * 300]),
)
SIGNED_FORMS = st.dictionaries(st.one_of(NAMES, st.text(max_size=9)), VALUES, max_size=12)


async def send(
    server: Server, path: str, body: bytes, headers: Mapping[str, str]
) -> httpx.Response:
    raw = {name.encode(): value.encode("latin-1") for name, value in headers.items()}
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.post(server.url + path, content=body, headers=raw)


def refused(server: Server, reason: str) -> float:
    return server.exchange.value(f'trunkline_gateway_refused_total{{reason="{reason}"}}')


def verbs(response: httpx.Response) -> list[str]:
    return [child.tag for child in ElementTree.fromstring(response.text)]


@FEW
@given(st.lists(st.tuples(PATHS, BODIES, HEADER, HEADER), min_size=1, max_size=12))
async def test_what_twilio_has_not_signed_is_refused_whatever_it_is(
    requests: list[tuple[str, bytes, str, str]],
) -> None:
    async with serving() as server:
        for path, body, signature, kind in requests:
            headers = {"X-Twilio-Signature": signature, "Content-Type": kind}
            response = await send(server, path, body, headers)
            assert (response.status_code, response.content) in [(403, b""), (413, b"")]
        counted = refused(server, "signature") + refused(server, "too_large")

    assert counted == len(requests)


@FEW
@given(st.lists(st.tuples(PATHS, SIGNED_FORMS), min_size=1, max_size=12))
async def test_what_twilio_has_signed_is_answered_with_twiml_whatever_it_says(
    forms: list[tuple[str, dict[str, str]]],
) -> None:
    async with serving() as server:
        for path, form in forms:
            response = await server.post(form_request(path, form))
            assert response.status_code == 200
            assert set(verbs(response)) <= {"Say", "Hangup", "Connect"}
        counted = refused(server, "ticket")

    assert counted == sum(path != INCOMING for path, _ in forms)


@FEW
@given(st.lists(st.text(min_size=1, max_size=300), min_size=1, max_size=12))
async def test_a_token_that_is_no_ticket_ends_the_call(tokens: list[str]) -> None:
    words = [token.replace("/", "_").strip(".") or "x" for token in tokens]  # one part of a path
    async with serving() as server:
        for path in (ACTION, DIAL_ACTION):
            for word in words:
                form = {"CallSid": CALL, "CallStatus": "in-progress"}
                response = await server.post(form_request(path + quote(word, safe=""), form))
                assert (response.status_code, verbs(response)) == (200, ["Hangup"])
        counted = refused(server, "ticket")

    assert counted == 2 * len(words)


@FEW
@given(st.lists(st.tuples(HEADER, st.text(max_size=20)), min_size=1, max_size=12))
async def test_an_upgrade_that_twilio_has_not_signed_is_refused_whatever_it_is(
    upgrades: list[tuple[str, str]],
) -> None:
    async with serving() as server:
        for signature, query in upgrades:
            path = f"{RELAY}?{quote(query)}" if query else RELAY
            with pytest.raises(InvalidStatus) as response:
                await server.upgrade(
                    Request(path=path, headers={"X-Twilio-Signature": signature or "x"})
                )
            assert response.value.response.status_code == 403
        used, counted = server.exchange.slots.used, refused(server, "signature")

    assert (used, counted) == (0, len(upgrades))


async def test_a_form_that_was_cut_short_is_not_what_was_signed() -> None:
    """Only the last sign, an empty value's, can be missing: it says the same without."""
    async with serving() as server:
        responses = [await server.post(Request(body=FORM[:end])) for end in range(len(FORM))]
        counted = refused(server, "signature")

    assert [response.status_code for response in responses] == [403] * (len(FORM) - 1) + [200]
    assert counted == len(FORM) - 1


TOO_LARGE = {
    "bytes": "A=" + "x" * MAX_FORM_BYTES,
    "fields": "&".join(f"F{n}=" for n in range(MAX_FORM_FIELDS + 1)),
    "separators": "&" * MAX_FORM_FIELDS,
}


@pytest.mark.parametrize("name", TOO_LARGE)
async def test_a_form_that_is_too_large_is_refused_though_it_is_signed(
    name: str, log: io.StringIO
) -> None:
    body = TOO_LARGE[name]
    async with serving() as server:
        response = await server.post(Request(body=body, signed_body=body))
        counted = refused(server, "too_large")

    assert (response.status_code, counted) == (413, 1)
    assert errors(log) == []


@pytest.mark.parametrize(
    "kind", ["application/json", "text/plain", "multipart/form-data; boundary=x", "", "x" * 999]
)
async def test_what_is_no_form_is_refused_though_it_is_signed(kind: str, log: io.StringIO) -> None:
    async with serving() as server:
        response = await server.post(Request(headers={"Content-Type": kind}))
        counted = refused(server, "content_type")

    assert (response.status_code, response.content, counted) == (415, b"", 1)
    assert_nothing_of_it(Request(), log)


@pytest.mark.parametrize(
    "kind",
    [
        "application/x-www-form-urlencoded; charset=UTF-8",
        "application/x-www-form-urlencoded;charset=utf-8",
        "Application/X-WWW-Form-Urlencoded",
    ],
)
async def test_a_form_may_name_its_characters(kind: str) -> None:
    async with serving() as server:
        response = await server.post(Request(headers={"Content-Type": kind}))

    assert response.status_code == 200


@pytest.mark.parametrize("value", ["%FF%FE", "%C3", "%ED%A0%80", "%00", "%", "%zz", "%F4%90%80%80"])
async def test_a_signed_form_that_is_no_utf_8_is_answered(value: str, log: io.StringIO) -> None:
    """Names of callers come out of the telephone network, where anything is possible."""
    body = FORM + value
    async with serving() as server:
        response = await server.post(Request(body=body, signed_body=body))

    assert "ConversationRelay" in response.text
    assert errors(log) == []


async def test_of_a_field_that_is_there_twice_the_last_counts() -> None:
    body = "To=%2B15005559999&" + FORM
    async with serving() as server:
        response = await server.post(Request(body=body, signed_body=body))
        forged = await server.post(Request(body=FORM + "&To=%2B15005559999"))

    assert verbs(response) == ["Connect"]
    assert forged.status_code == 403


async def test_a_signature_for_one_url_opens_no_other() -> None:
    async with serving() as server:
        ours = Ticket(CALL, "acme", AGENT.id, AGENT.version, 2**31)
        token = server.exchange.tickets.issue(ours)
        form = urlencode({"CallSid": CALL, "AccountSid": ACCOUNT, "CallStatus": "in-progress"})
        answers = [
            await server.post(Request(PUBLIC + signed, sent, form, form))
            for signed, sent in [
                (ACTION + token, DIAL_ACTION + token),
                (DIAL_ACTION + token, ACTION + token),
                (INCOMING, ACTION + token),
                (ACTION + token, INCOMING),
                (ACTION + token, ACTION + token + "#rc=3"),
            ]
        ]

    assert [answer.status_code for answer in answers] == [403, 403, 403, 403, 200]
