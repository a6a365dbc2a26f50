"""The URLs of a placed call: what they carry, what they show, how long they get."""

from collections.abc import Mapping
from dataclasses import replace

import hypothesis.strategies as st
import pytest
from cryptography.fernet import Fernet
from hypothesis import given

from trunkline.errors import Invalid
from trunkline.outbound import (
    AMD_PATH,
    MAX_VARIABLES_BYTES,
    OUTBOUND_PATH,
    STATUS_PATH,
    CallbackTicket,
    OnMachine,
    OutboundTicket,
    OutboundUrls,
    callback_office,
    check_variables,
    outbound_office,
    outbound_urls,
)

NOW = 1_800_000_000.0
KEYS = [Fernet.generate_key().decode()]
CALLS, CALLBACKS = outbound_office(KEYS, lambda: NOW), callback_office(KEYS, lambda: NOW)
PUBLIC = "https://voice.example.com"
TICKET = OutboundTicket(
    attempt_id="0190f3f2-5b7e-7c3a-8000-000000000001",
    worker_epoch="6f6f3d3a-0000-4000-8000-000000000002",
    tenant_id="acme",
    account_sid="AC" + "0" * 32,
    campaign_id="0190f3f2-5b7e-7c3a-8000-000000000003",
    agent_id="reminder",
    expires_at=int(NOW) + 120,
)
variables = st.dictionaries(st.text(max_size=40), st.text(max_size=200), max_size=8)


def urls(ticket: OutboundTicket = TICKET) -> OutboundUrls:
    later = int(NOW) + 4 * 3600
    return outbound_urls(PUBLIC, CALLS, CALLBACKS, ticket, callbacks_expire_at=later)


def token(url: str, path: str) -> str:
    return url.partition(path)[2].partition("#")[0]


def test_the_urls_lead_to_the_gateways_and_say_how_hard_to_try() -> None:
    made = urls()

    assert made.twiml.startswith(PUBLIC + OUTBOUND_PATH)
    assert made.twiml.endswith("#rc=3&rp=all&ct=1000")
    for url, path in ((made.status, STATUS_PATH), (made.amd, AMD_PATH)):
        assert url.startswith(PUBLIC + path)
        assert url.endswith("#rc=5&rp=all")


@given(variables, st.sampled_from(OnMachine))
def test_the_gateways_read_what_the_dialer_wrote(
    values: Mapping[str, str], on_machine: OnMachine
) -> None:
    ticket = replace(TICKET, variables=values, on_machine=on_machine, opt_out_key="9")
    made = urls(ticket)

    assert CALLS.read(token(made.twiml, OUTBOUND_PATH)) == ticket
    for text in (token(made.status, STATUS_PATH), token(made.amd, AMD_PATH)):
        assert CALLBACKS.read(text) == CallbackTicket(
            TICKET.attempt_id, TICKET.tenant_id, TICKET.account_sid, int(NOW) + 4 * 3600
        )


@given(st.text("+0123456789", min_size=8), st.text(min_size=8, max_size=200))
def test_no_url_shows_a_number_a_name_or_a_variable(number: str, name: str) -> None:
    made = urls(replace(TICKET, variables={"number": number, "contact_name": name}))

    for url in (made.twiml, made.status, made.amd):
        shown = [number, name, "contact_name", TICKET.tenant_id, TICKET.attempt_id]
        assert [value for value in shown if value in url] == []
        assert "?" not in url


def test_a_callbacks_ticket_connects_nobody_and_a_calls_ticket_reports_nothing() -> None:
    made = urls()

    with pytest.raises(Invalid, match="Not a ticket"):
        CALLS.read(token(made.status, STATUS_PATH))
    with pytest.raises(Invalid, match="Not a ticket"):
        CALLBACKS.read(token(made.twiml, OUTBOUND_PATH))


def filled(size: int) -> Mapping[str, str]:
    return {"name": "x" * (size - len('{"name":""}'))}


def test_a_url_with_the_most_variables_and_the_longest_names_is_not_too_long() -> None:
    longest = replace(
        TICKET,
        tenant_id="t" * 63,
        agent_id="a" * 63,
        agent_version="v" * 12,
        language="zh-Hant-TW",
        variables=filled(MAX_VARIABLES_BYTES),
        on_machine=OnMachine.MESSAGE,
        opt_out_key="9",
    )

    assert max(map(len, (urls(longest).twiml, urls(longest).status))) <= 4000


@pytest.mark.parametrize("letter", ["x", "é", "☎", '"', "\0"])
def test_variables_that_would_make_it_too_long_are_refused_with_their_size(letter: str) -> None:
    values = {"name": letter * (MAX_VARIABLES_BYTES - 5)}

    with pytest.raises(Invalid, match=r"^The variables take \d+ bytes as JSON; 2048 are the most"):
        urls(replace(TICKET, variables=values))


def test_variables_are_counted_as_they_travel() -> None:
    check_variables(filled(MAX_VARIABLES_BYTES))

    with pytest.raises(Invalid):
        check_variables(filled(MAX_VARIABLES_BYTES + 1))
