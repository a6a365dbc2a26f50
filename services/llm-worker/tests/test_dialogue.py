from questions import CALLER, GREETING, SYSTEM, used

from llm_worker.model import ModelCall, ModelMessage, Speaker
from llm_worker.providers.dialogue import BEGINNING, WAITING, split

GO_ON = ModelMessage(Speaker.SYSTEM, "Go on.")
CALL = ModelCall("call_1", "opening_hours", "{}")


def shape(messages: list[ModelMessage]) -> list[tuple[Speaker, str]]:
    return [(message.speaker, message.text) for message in messages]


def test_a_conversation_that_begins_with_the_greeting_begins_with_the_caller() -> None:
    system, dialogue = split([SYSTEM, GREETING, CALLER])

    assert system == SYSTEM.text
    assert dialogue == [BEGINNING, GREETING, CALLER]


def test_what_the_system_says_later_is_told_with_the_callers_words() -> None:
    said = ModelMessage(Speaker.AGENT, "We open")

    _, dialogue = split([SYSTEM, CALLER, said, GO_ON])

    assert shape(dialogue)[1:] == [(Speaker.AGENT, "We open"), (Speaker.CALLER, "[Go on.]")]


def test_neighbours_of_one_speaker_become_one_message() -> None:
    _, dialogue = split([SYSTEM, CALLER, CALLER, GREETING, GREETING, GO_ON, CALLER])

    assert shape(dialogue) == [
        (Speaker.CALLER, f"{CALLER.text}\n{CALLER.text}"),
        (Speaker.AGENT, f"{GREETING.text}\n{GREETING.text}"),
        (Speaker.CALLER, f"[Go on.]\n{CALLER.text}"),
    ]


def test_words_before_a_call_stay_with_it_and_results_stay_apart() -> None:
    again = ModelCall("call_2", "opening_hours", "{}")
    rounds = used(CALL, again, words="Let me see.", results=("8", "9"))

    _, dialogue = split([SYSTEM, CALLER, *rounds, *used(CALL, results=("10",))])

    assert dialogue == [CALLER, *rounds, *used(CALL, results=("10",))]


def test_calls_after_words_of_the_agent_are_kept() -> None:
    _, dialogue = split([SYSTEM, CALLER, GREETING, *used(CALL, results=("8",))])

    assert dialogue[1].calls == (CALL,)
    assert dialogue[1].text == GREETING.text


def test_the_caller_is_always_last() -> None:
    _, broken_off = split([SYSTEM, CALLER, GREETING])
    _, empty = split([SYSTEM])

    assert broken_off == [CALLER, GREETING, WAITING]
    assert empty == [BEGINNING]
