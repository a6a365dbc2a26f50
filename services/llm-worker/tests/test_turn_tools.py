"""One attempt in which tools are used, as events and effects."""

import json
from collections.abc import Sequence
from itertools import count

from clinic import BOOK, FIND, clinic, request, use
from hypothesis import given
from hypothesis import strategies as st

from llm_worker.effects import (
    Append,
    Ask,
    Effect,
    End,
    Event,
    Fired,
    ModelGaveUp,
    PromptRead,
    SlotTaken,
    Timer,
    ToolEnded,
    Use,
)
from llm_worker.ledger import MAX_USES, use_id
from llm_worker.model import CallDelta, Finished, TextDelta
from llm_worker.rounds import MAX_CALLS
from llm_worker.turn import Turn
from trunkline.agents import Agent
from trunkline.events.call import (
    ActionRequested,
    EndCall,
    FailureReason,
    ReplyChunk,
    ReplyFailed,
    ReplyFinished,
    SwitchLanguage,
    ToolIntended,
    ToolStatus,
    Transfer,
    Usage,
    WorkerEvent,
)
from trunkline.events.turn import ToolCall, TurnRequested

ANN = '{"name":"Ann"}'
BOOKING = use_id("CA1", BOOK, ANN, 1)
S = ToolStatus


def call(name: str, arguments: str = "{}", extra: str = "") -> CallDelta:
    return CallDelta(name, arguments, extra)


class Play:
    """A turn that is played, one event every 10 ms, and all that came of it."""

    def __init__(self, asked: TurnRequested | None = None, agent: Agent | None = None) -> None:
        self.turn = Turn(asked or request(), agent or clinic(), deadline=120.0)
        self.effects: list[Effect] = []
        self._moments = count(10_000)
        self.feed(PromptRead("worker-1", 7), SlotTaken())

    def feed(self, *events: Event) -> list[Effect]:
        new = [e for one in events for e in self.turn.handle(one, next(self._moments) / 100)]
        self.effects += new
        return new

    def answer(
        self, *calls: CallDelta, words: str = "", usage: Usage | None = None
    ) -> list[Effect]:
        said = [TextDelta(words)] if words else []
        return self.feed(*said, *calls, Finished(usage or Usage()))

    def end(self, use: Use, result: str = "ok", status: ToolStatus = S.SUCCEEDED) -> list[Effect]:
        return self.feed(ToolEnded(use.intent.use_id, status, result))

    @property
    def asked(self) -> Ask:
        return [effect for effect in self.effects if isinstance(effect, Ask)][-1]

    @property
    def uses(self) -> list[Use]:
        return [effect for effect in self.effects if isinstance(effect, Use)]

    @property
    def text(self) -> str:
        return "".join(one.text for one in written(self.effects) if isinstance(one, ReplyChunk))


def written(effects: Sequence[Effect]) -> list[WorkerEvent]:
    return [effect.event for effect in effects if isinstance(effect, Append)]


def results(asked: Ask, at: int = -1) -> list[tuple[str, ToolStatus, str]]:
    return [(one.tool, one.status, one.result) for one in asked.rounds[at].uses]


def test_a_tool_that_is_asked_for_is_used_after_the_words_before_it() -> None:
    play = Play()

    effects = play.answer(call(BOOK, '{"name": "Ann"}', "signed"), words="One moment")

    assert effects[0] == Append(ReplyChunk(3, 0, 0, "One moment"))
    assert effects[-1] == Use(
        ToolIntended(3, 0, BOOKING, 0, BOOK, ANN, "groq/quick", "signed"),
        clinic().tools[1],
        {"name": "Ann"},
        "en-US",
    )


def test_words_held_back_go_out_before_the_tool_is_used() -> None:
    play = Play()
    play.feed(TextDelta("One "), TextDelta("moment"))

    effects = play.answer(call(FIND))

    assert [type(effect) for effect in effects] == [Append, Use]


def test_the_same_model_is_asked_again_with_what_came_of_it() -> None:
    play = Play()
    play.answer(call(BOOK, ANN), words="One moment.")

    effects = play.end(play.uses[0], "booked")

    assert isinstance(effects[-1], Ask)
    assert effects[-1].choice == clinic().models[0]
    assert effects[-1].prefix == ""
    (only,) = effects[-1].rounds
    assert (only.words, [one.result for one in only.uses]) == ("One moment.", ["booked"])


def test_all_tools_of_an_answer_run_side_by_side_and_the_model_waits_for_all() -> None:
    play = Play()
    play.answer(call(FIND, '{"day": "Tue"}'), call(FIND, '{"day": "Wed"}'))
    tuesday, wednesday = play.uses

    assert play.end(wednesday, "none") == []
    play.end(tuesday, "ten")

    assert results(play.asked) == [(FIND, S.SUCCEEDED, "ten"), (FIND, S.SUCCEEDED, "none")]


def test_the_same_thing_asked_for_twice_at_once_is_done_once() -> None:
    play = Play()

    play.answer(call(BOOK, ANN), call(BOOK, '{ "name": "Ann" }'))

    assert len(play.uses) == 1


def test_no_more_than_eight_are_used_at_once() -> None:
    play = Play()

    play.answer(*[call(FIND, json.dumps({"day": f"{i}"})) for i in range(MAX_CALLS + 2)])
    for one in play.uses:
        play.end(one)

    assert len(play.uses) == MAX_CALLS
    assert [status for _, status, _ in results(play.asked)][-2:] == [S.FAILED, S.FAILED]


def test_what_cannot_be_used_is_answered_and_nothing_is_used() -> None:
    play = Play()

    play.answer(call("fly"), call(BOOK, "{}"), call(BOOK, "Ann"))

    assert play.uses == []
    assert [result for _, _, result in results(play.asked)] == [
        "There is no tool fly. There are: find_slot, book, end_call, transfer, switch_language, "
        "play_sound, send_digits.",
        "The arguments are wrong: 'name' is a required property",
        "The arguments are not valid JSON.",
    ]


def test_words_of_two_answers_are_set_apart() -> None:
    for first, second, text in [
        ("One moment.", "You are booked.", "One moment. You are booked."),
        ("One moment. ", "You are booked.", "One moment. You are booked."),
        ("One moment", "\n\nYou are booked.", "One moment You are booked."),
        ("", "You are booked.", "You are booked."),
    ]:
        play = Play()
        play.answer(call(BOOK, ANN), words=first)
        play.end(play.uses[0])
        play.answer(words=second)
        assert play.text == text


def test_the_first_word_after_a_tool_goes_out_at_once() -> None:
    play = Play()
    play.answer(call(BOOK, ANN), words="One moment.")
    play.end(play.uses[0])

    assert written(play.feed(TextDelta("You"))) == [ReplyChunk(3, 0, 1, " You")]


def test_a_model_that_fails_after_a_tool_is_followed_by_one_that_knows_of_it() -> None:
    play = Play()
    play.answer(call(BOOK, ANN), words="One moment.")
    play.end(play.uses[0], "booked")

    play.feed(TextDelta("You "), ModelGaveUp())

    assert play.asked.choice == clinic().models[1]
    assert play.asked.prefix == " You "
    assert results(play.asked) == [(BOOK, S.SUCCEEDED, "booked")]


def test_calls_of_an_answer_that_was_cut_are_not_carried_out() -> None:
    play = Play()

    play.feed(call(BOOK, ANN), ModelGaveUp())
    play.answer(words="Hello.")

    assert play.uses == []
    assert isinstance(play.effects[-1], End)


def test_after_so_many_rounds_the_model_must_answer() -> None:
    play = Play(agent=clinic(limits={"tool_rounds": 2}))
    for day in ("Mon", "Tue"):
        assert play.asked.may_call
        play.answer(call(FIND, json.dumps({"day": day})))
        play.end(play.uses[-1])

    assert not play.asked.may_call
    play.answer(call(FIND, '{"day": "Wed"}'), words="Nothing is free.")

    assert len(play.uses) == 2
    assert isinstance(play.effects[-1], End)


def test_rounds_are_counted_over_all_attempts_of_the_turn() -> None:
    play = Play(request(uses=[use(round_=0), use("u0", turn=2, round_=4)], attempt=1))

    play.answer(call(FIND))

    assert play.uses[0].intent.round == 1


def test_what_an_earlier_answer_of_the_turn_has_done_is_not_done_again() -> None:
    play = Play()
    play.answer(call(BOOK, ANN))
    play.end(play.uses[0], "booked")

    play.answer(call(BOOK, ANN))

    assert len(play.uses) == 1
    assert results(play.asked) == [(BOOK, S.SUCCEEDED, "booked")]


def test_a_booking_of_which_nobody_knows_is_not_made_again_in_any_turn() -> None:
    for turn, status in [(3, S.UNSPECIFIED), (3, S.UNKNOWN), (1, S.UNSPECIFIED), (1, S.UNKNOWN)]:
        play = Play(request(uses=[use(BOOKING, turn=turn, status=status)], attempt=1))

        play.answer(call(BOOK, ANN))

        assert play.uses == []
        assert results(play.asked) == [(BOOK, S.UNKNOWN, "")]


def test_a_look_up_of_which_nobody_knows_is_made_again_under_the_same_name() -> None:
    name = use_id("CA1", FIND, "{}", 1)
    lost = use(name, tool=FIND, arguments="{}", status=S.UNSPECIFIED)
    play = Play(request(uses=[lost], attempt=1))

    play.answer(call(FIND))

    assert play.uses[0].intent.use_id == name


def test_a_tool_that_was_not_used_after_all_may_be_asked_for_again() -> None:
    play = Play()
    play.answer(call(BOOK, ANN))
    play.end(play.uses[0], "too late", S.NOT_RUN)

    play.answer(call(BOOK, ANN))

    assert [one.intent.use_id for one in play.uses] == [BOOKING, use_id("CA1", BOOK, ANN, 2)]


def test_a_call_in_which_too_much_was_used_goes_on_without_tools() -> None:
    play = Play(request(uses=[use(f"u{i}", turn=1) for i in range(MAX_USES)]))

    play.answer(call(FIND))

    assert play.uses == []
    assert "too often" in results(play.asked)[0][2]


def test_the_callers_keys_are_used_before_the_model_is_asked() -> None:
    play = Play(request(calls=[ToolCall(FIND, '{"day": "1234"}')]))

    assert not [effect for effect in play.effects if isinstance(effect, Ask)]
    assert play.uses[0].intent.model == ""
    play.end(play.uses[0], "found")

    assert play.asked.choice == clinic().models[0]
    assert results(play.asked) == [(FIND, S.SUCCEEDED, "found")]
    assert play.asked.may_call


def test_keys_that_an_earlier_attempt_has_used_are_not_used_again() -> None:
    for tool, status, again in [
        (BOOK, S.SUCCEEDED, False),
        (BOOK, S.UNSPECIFIED, False),
        (BOOK, S.NOT_RUN, True),
        (FIND, S.SUCCEEDED, False),
        (FIND, S.UNSPECIFIED, True),
    ]:
        before = use(use_id("CA1", tool, ANN, 1), tool=tool, status=status, model="")
        play = Play(request(uses=[before], calls=[ToolCall(tool, ANN)], attempt=1))
        assert bool(play.uses) is again, (tool, status)
        if not again:
            assert play.asked.rounds == ()


def test_an_action_is_asked_of_the_gateway_after_the_words_and_the_model_goes_on() -> None:
    play = Play()

    effects = play.answer(call("switch_language", '{"language": "es-US"}'), words="Claro.")

    name = use_id("CA1", "switch_language", '{"language":"es-US"}', 1)
    assert written(effects) == [
        ReplyChunk(3, 0, 0, "Claro."),
        ActionRequested(3, 0, name, SwitchLanguage("es-US"), 0),
    ]
    assert play.asked.rounds[-1].language == "es-US"


def test_a_goodbye_and_the_end_of_the_call_complete_the_turn() -> None:
    play = Play()

    effects = play.answer(call("end_call", '{"reason": "done"}'), words="Goodbye.")

    assert [type(one) for one in written(effects)] == [ReplyChunk, ActionRequested, ReplyFinished]
    assert isinstance(effects[-1], End)


def test_a_call_can_be_passed_on_without_a_word() -> None:
    play = Play()

    effects = play.answer(call("transfer", '{"destination": "desk"}'))

    requested, finished = written(effects)
    assert isinstance(requested, ActionRequested)
    assert requested.event == Transfer("desk")
    assert isinstance(finished, ReplyFinished)
    assert finished.chunks == 0


def test_the_call_does_not_end_while_a_tool_of_the_same_answer_is_at_work() -> None:
    play = Play()

    play.answer(call(BOOK, ANN), call("end_call"), words="Booked, goodbye.")
    play.end(play.uses[0], "full", S.FAILED)

    assert [status for _, status, _ in results(play.asked)] == [S.FAILED, S.FAILED]
    assert not [one for one in written(play.effects) if isinstance(one, ActionRequested)]


def test_other_actions_may_come_with_the_end_of_the_call_and_only_one_end_does() -> None:
    play = Play()

    play.answer(
        call("play_sound", '{"sound": "chime"}'),
        call("end_call"),
        call("transfer", '{"destination": "desk"}'),
    )

    actions = [one.event for one in written(play.effects) if isinstance(one, ActionRequested)]
    assert actions[1:] == [EndCall()]
    assert isinstance(play.effects[-1], End)


def test_after_an_action_there_need_be_no_words_but_after_a_tool_there_must() -> None:
    silent = Play()
    silent.answer(call("send_digits", '{"digits": "1"}'))
    silent.answer()
    assert isinstance(written(silent.effects)[-1], ReplyFinished)

    asked = Play()
    asked.answer(call(BOOK, ANN))
    asked.end(asked.uses[0])
    asked.answer()
    assert asked.asked.choice == clinic().models[1]
    asked.answer()
    assert written(asked.effects)[-1] == ReplyFailed(3, 0, FailureReason.MODELS_FAILED)


def test_when_no_model_has_more_words_those_before_the_tool_are_the_reply() -> None:
    play = Play()
    play.answer(call(BOOK, ANN), words="I am booking it.")
    play.end(play.uses[0])

    play.answer()
    play.answer()

    assert isinstance(written(play.effects)[-1], ReplyFinished)


def test_the_cost_is_summed_and_the_time_of_the_tools_is_told() -> None:
    play = Play()
    play.answer(call(BOOK, ANN), usage=Usage("groq/quick", 80, 5, 1, 2))
    play.end(play.uses[0])
    play.answer(words="Booked.", usage=Usage("groq/quick", 100, 7, 60, 3))

    finished = written(play.effects)[-1]
    assert isinstance(finished, ReplyFinished)
    assert finished.usage == Usage("groq/quick", 180, 12, 61, 5)
    assert finished.timings.tools_ms == 10


def test_a_worker_that_waits_for_a_tool_gives_signs_of_life_until_the_deadline() -> None:
    play = Play()
    play.answer(call(BOOK, ANN))

    assert written(play.turn.handle(Fired(Timer.HEARTBEAT), 101.0))
    assert written(play.turn.handle(Fired(Timer.DEADLINE), 120.0)) == [
        ReplyFailed(3, 0, FailureReason.MODELS_FAILED)
    ]


def test_words_that_the_caller_has_heard_belong_to_the_answer_that_goes_on() -> None:
    play = Play(request(attempt=1, spoken_prefix="One moment"))

    play.answer(call(BOOK, ANN), words="One moment, please.")

    assert play.text == ", please."
    play.end(play.uses[0])
    assert play.asked.rounds[0].words == "One moment, please."
    assert play.asked.prefix == ""


anything = st.lists(
    st.sampled_from(
        [
            TextDelta("Well. "),
            call(BOOK, ANN),
            call(FIND),
            call("switch_language", '{"language": "es-US"}'),
            call("end_call"),
            call("nonsense", "?"),
            Finished(Usage("m", 1, 1)),
            ModelGaveUp(),
            ToolEnded(BOOKING, S.SUCCEEDED, "booked"),
            ToolEnded(use_id("CA1", FIND, "{}", 1), S.FAILED, "no"),
            Fired(Timer.GROUP),
        ]
    ),
    max_size=40,
)


@given(events=anything)
def test_whatever_a_model_does_no_effect_is_begun_twice_and_chunks_have_no_gaps(
    events: list[Event],
) -> None:
    play = Play()
    for event in events:
        if isinstance(event, ToolEnded | Fired) or not play.turn._rounds.is_waiting:
            play.feed(event)  # no model is asked while tools are at work

    names = [one.intent.use_id for one in play.uses]
    chunks = [one.seq for one in written(play.effects) if isinstance(one, ReplyChunk)]
    ends = [one for one in written(play.effects) if isinstance(one, ReplyFinished | ReplyFailed)]
    assert len(names) == len(set(names))
    assert names.count(BOOKING) == sum(one.intent.tool == BOOK for one in play.uses)
    assert chunks == [*range(len(chunks))]
    assert len(ends) <= 1
