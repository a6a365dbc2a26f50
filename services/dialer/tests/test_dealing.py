"""Campaigns get their share, and no more is reserved than is sent soon."""

from uuid import UUID

from dialer.dealing import REST_SECONDS, AccountQueues, Dealer, Queue

ONE, OTHER = UUID(int=1), UUID(int=2)


def queue(campaign: UUID, **values: object) -> Queue:
    shown = {"weight": 1.0, "priority": 100, "cps": None, "ready": {2: 100}, **values}
    return Queue(campaign, **shown)  # type: ignore[arg-type]  # as each test wants it


def account(*queues: Queue, cps: float = 10.0) -> AccountQueues:
    return AccountQueues("AC1", "acme", cps, list(queues))


def dealt(dealer: Dealer, queues: AccountQueues, now: float = 0.0) -> dict[UUID, dict[int, int]]:
    return {share.campaign_id: dict(share.wanted) for share in dealer.deal(queues, now)}


def test_as_much_is_reserved_as_a_second_can_send() -> None:
    assert dealt(Dealer(200), account(queue(ONE))) == {ONE: {2: 10}}
    assert dealt(Dealer(200), account(queue(ONE), cps=0.2)) == {ONE: {2: 2}}
    assert dealt(Dealer(4), account(queue(ONE))) == {ONE: {2: 4}}


def test_what_is_in_hand_is_sent_before_more_is_reserved() -> None:
    dealer = Dealer(200)
    put_back = [dealer.take("AC1", ONE) for _ in range(9)]
    assert dealt(dealer, account(queue(ONE))) == {}

    put_back[0]()
    put_back[0]()  # a second time means nothing
    assert dealt(dealer, account(queue(ONE))) == {ONE: {2: 2}}


def test_campaigns_share_by_their_weights() -> None:
    dealer, given = Dealer(200), {ONE: 0, OTHER: 0}
    for _ in range(20):
        shares = dealt(dealer, account(queue(ONE), queue(OTHER, weight=2.0)))
        for campaign, classes in shares.items():
            given[campaign] += sum(classes.values())

    assert abs(given[OTHER] - 2 * given[ONE]) <= 2


def test_a_smaller_priority_goes_first_and_leaves_what_it_does_not_need() -> None:
    urgent = queue(ONE, priority=1, ready={0: 3})

    assert dealt(Dealer(200), account(queue(OTHER), urgent)) == {ONE: {0: 3}, OTHER: {2: 7}}


def test_retries_leave_a_fifth_to_those_who_were_never_called() -> None:
    shares = dealt(Dealer(200), account(queue(ONE, ready={1: 100, 2: 100})))

    assert shares == {ONE: {1: 8, 2: 2}}


def test_a_slow_campaign_holds_no_more_than_it_can_send() -> None:
    dealer = Dealer(200)
    dealer.take("AC1", ONE)

    assert dealt(dealer, account(queue(ONE, cps=1.0), queue(OTHER))) == {ONE: {2: 1}, OTHER: {2: 8}}


def test_a_campaign_whose_gate_is_closed_rests_and_leaves_its_slots_to_others() -> None:
    dealer = Dealer(200)
    dealer.rest(ONE, now=0.0)

    assert dealt(dealer, account(queue(ONE), queue(OTHER))) == {OTHER: {2: 10}}
    assert set(dealt(dealer, account(queue(ONE)), now=REST_SECONDS)) == {ONE}


def test_a_machine_that_is_slow_takes_more_in_hand_ahead_of_time() -> None:
    assert dict(Dealer(200).deal(account(queue(ONE)), 0.0, seconds=2.4)[0].wanted) == {2: 24}


def test_accounts_together_take_no_more_in_hand_than_the_machine_can_do() -> None:
    dealer = Dealer(3)
    for _ in range(2):
        dealer.take("AC2", OTHER)

    assert dealt(dealer, account(queue(ONE))) == {ONE: {2: 1}}
