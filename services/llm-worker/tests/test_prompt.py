"""A conversation in which tools were used, as messages."""

from collections.abc import Sequence
from dataclasses import replace

from clinic import BOOK, FIND, clinic, request, use

from llm_worker.effects import Round
from llm_worker.model import ModelMessage, Question
from llm_worker.prompt import NOT_RUN, UNKNOWN, ask
from trunkline.agents import Document
from trunkline.events.call import ToolStatus
from trunkline.events.turn import Message, Role, TurnRequested

S = ToolStatus
HISTORY = (
    Message(Role.AGENT, "Hello."),
    Message(Role.CALLER, "Book Tuesday.", 1),
    Message(Role.AGENT, "You are booked.", 1),
    Message(Role.CALLER, "And Wednesday?", 2),
)


def question(
    asked: TurnRequested, rounds: Sequence[Round] = (), prefix: str = "", model: int = 0
) -> Question:
    agent = clinic()
    return ask(agent, asked, agent.models[model], prefix, rounds)


def spoken(asked: TurnRequested, rounds: Sequence[Round] = (), prefix: str = "") -> list[str]:
    """Each message after the system's, as one line."""
    return [line(message) for message in question(asked, rounds, prefix).messages[1:]]


def line(message: ModelMessage) -> str:
    calls = "".join(f" [{call.id} {call.name} {call.arguments}]" for call in message.calls)
    name = f" [{message.call_id}]" if message.call_id else ""
    return f"{message.speaker}{name}: {message.text}{calls}"


def test_tools_stand_between_what_the_caller_said_and_what_the_agent_said_then() -> None:
    uses = [
        use("u1", turn=1, round_=0, tool=FIND, arguments='{"day":"Tue"}', result="ten"),
        use("u2", turn=1, round_=1, tool=BOOK, result="booked"),
    ]

    assert spoken(request(history=HISTORY, turn=2, uses=uses)) == [
        "assistant: Hello.",
        "user: Book Tuesday.",
        'assistant:  [call_1 find_slot {"day":"Tue"}]',
        "tool [call_1]: ten",
        'assistant:  [call_2 book {"name":"Ann"}]',
        "tool [call_2]: booked",
        "assistant: You are booked.",
        "user: And Wednesday?",
    ]


def test_tools_of_one_answer_stand_together_and_each_has_its_result() -> None:
    uses = [use("u1", turn=1, result="a"), use("u2", turn=1, tool=FIND, result="b")]

    lines = spoken(request(history=HISTORY, turn=2, uses=uses))

    assert lines[2:5] == [
        'assistant:  [call_1 book {"name":"Ann"}] [call_2 find_slot {"name":"Ann"}]',
        "tool [call_1]: a",
        "tool [call_2]: b",
    ]


def test_tools_of_the_open_turn_come_after_its_question_then_those_of_this_attempt() -> None:
    before = [use("u1", turn=2, result="ten")]
    now = Round("One moment.", (use("u2", turn=2, round_=1, tool=FIND, result="none"),))

    lines = spoken(request(history=HISTORY, turn=2, uses=before), [now], prefix="I am ")

    assert lines[3:9] == [
        "user: And Wednesday?",
        'assistant:  [call_1 book {"name":"Ann"}]',
        "tool [call_1]: ten",
        'assistant: One moment. [call_2 find_slot {"name":"Ann"}]',
        "tool [call_2]: none",
        "assistant: I am ",
    ]
    assert lines[9].startswith("system: You were cut off")


def test_tools_of_turns_that_were_left_out_are_left_out_too() -> None:
    lines = spoken(request(history=HISTORY[2:], turn=2, uses=[use("u0", turn=0, result="x")]))

    assert not [one for one in lines if "call_" in one]


def test_a_turn_that_the_agent_began_shows_its_tools_before_its_words() -> None:
    history = (Message(Role.AGENT, "This is the clinic.", 1), Message(Role.CALLER, "Yes?", 2))

    lines = spoken(request(history=history, turn=2, uses=[use("u1", turn=1, result="free")]))

    assert [one.split(":")[0] for one in lines] == [
        "assistant", "tool [call_1]", "assistant", "user",
    ]  # fmt: skip


def test_keys_stand_before_the_words_or_instead_of_them() -> None:
    history = (
        Message(Role.CALLER, "My number.", 1, keys="1234"),
        Message(Role.CALLER, "", 2, keys="5#"),
    )

    assert spoken(request(history=history, turn=2)) == [
        "user: (keys pressed: 1234) My number.",
        "user: (keys pressed: 5#)",
    ]


def test_what_is_known_of_a_use_is_said_in_words() -> None:
    for status, result, text, is_error in [
        (S.SUCCEEDED, "booked", "booked", False),
        (S.SUCCEEDED, "", "Done.", False),
        (S.FAILED, "full", "full", True),
        (S.NOT_RUN, "", NOT_RUN, True),
        (S.UNKNOWN, "timeout", f"{UNKNOWN} timeout", True),
        (S.UNSPECIFIED, "", UNKNOWN, True),
    ]:
        uses = [use(turn=1, status=status, result=result)]
        told = question(request(history=HISTORY, turn=2, uses=uses)).messages[4]
        assert (told.text, told.is_error) == (text, is_error)


def test_what_a_provider_wants_back_is_given_to_that_model_alone() -> None:
    asked = request(history=HISTORY, turn=2, uses=[use(turn=1, extra='{"signature":1}')])

    extras = [question(asked, model=model).messages[3].calls[0].extra for model in (0, 1)]

    assert extras == ['{"signature":1}', ""]


def test_after_a_switch_the_language_is_the_new_one_and_so_are_the_documents() -> None:
    agent = clinic().model_copy(
        update={
            "knowledge": (
                Document(source="en.md", text="We open at eight.", language="en-US"),
                Document(source="es.md", text="Abrimos a las ocho.", language="es-US"),
            )
        }
    )
    rounds = [Round("Claro.", (use(tool="switch_language"),), "es-US")]

    asked = ask(agent, request(), agent.models[0], "", rounds)

    assert asked.language == "es-US"
    assert "Answer in the language es-US." in asked.messages[0].text
    assert "Abrimos" in asked.messages[0].text
    assert "We open" not in asked.messages[0].text


def test_a_question_holds_the_tools_and_the_variables() -> None:
    asked = question(request())

    assert [spec.name for spec in asked.tools][:3] == [FIND, BOOK, "end_call"]
    assert asked.variables == {"caller": "the caller"}


def test_a_model_is_asked_for_the_callers_language_where_nobody_knows_it_yet() -> None:
    asked = replace(request(), language="multi")

    assert "Answer in the caller's language." in question(asked).messages[0].text
