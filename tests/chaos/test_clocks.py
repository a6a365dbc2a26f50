"""Small things of the harness: counters, skipped time, tickets in the emulator's ledger."""

import time

import pytest

from trunkline.outbound import OutboundTicket, callback_office, outbound_office, outbound_urls
from trunkline_cli.chaos.gather import later
from trunkline_cli.chaos.identities import Identities
from trunkline_cli.chaos.ledger import Ledger
from trunkline_cli.chaos.replicas import read_counter
from trunkline_cli.chaos.stage import SKIPPED
from twilio_emulator.rest import CallStore
from twilio_emulator.rest.placed import Post

EXPOSITION = """\
# HELP dialer_double_dial_total Calls too many.
# TYPE dialer_double_dial_total counter
dialer_double_dial_total{account="a"} 1.0
dialer_double_dial_total{account="b"} 2.0
dialer_double_dial_total_created 1.7e+09
other_total 7.0
"""


@pytest.mark.parametrize(
    ("metric", "value"), [("dialer_double_dial_total", 3), ("other_total", 7), ("absent", 0)]
)
def test_a_counter_is_summed_over_its_labels(metric: str, value: int) -> None:
    assert read_counter(EXPOSITION, metric) == value


def test_what_comes_after_a_skip_is_later_by_it() -> None:
    skips = [100.0, 200.0]
    skipped = SKIPPED.total_seconds()

    assert [later(at, skips) for at in (99.0, 100.0, 250.0)] == [
        *(99.0, 100.0 + skipped, 250.0 + 2 * skipped)
    ]


def test_the_ticket_in_a_request_says_which_attempt_it_is_of() -> None:
    identities = Identities.make(subaccounts=0, cps=1.0)
    account = identities.accounts[0].sid
    ticket = OutboundTicket(
        attempt_id="a1",
        worker_epoch="w1",
        tenant_id="t1",
        account_sid=account,
        campaign_id="spring",
        agent_id="receptionist",
        expires_at=0,  # long expired: the oracle reads it all the same
    )
    keys = [identities.ticket_key]
    urls = outbound_urls(
        "http://127.0.0.1",
        outbound_office(keys, time.time),
        callback_office(keys, time.time),
        ticket,
        callbacks_expire_at=0,
    )
    store = CallStore()
    for url in (urls.twiml, "http://127.0.0.1/other"):
        store.posts.append(Post(at=time.monotonic(), form=(("To", "+1"), ("Url", url))))
    posts = Ledger(store, identities.ticket_key).posts([account, ""])

    assert [(post.attempt_id, post.account_sid) for post in posts] == [("a1", account), ("", "")]
    assert abs(posts[0].at - time.time()) < 5
