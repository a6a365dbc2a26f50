"""Keys become one input: finished by a key, by their number, or by a pause."""

from builders import SILENCE_SECONDS, agent, appended, asked, listening_call, new_call, only, words

from gateway.effects import AgentSpeaking, Interrupted, Prompted
from trunkline.agents import Http, Keypad, Tool
from trunkline.events.call import CallerSpoke, CollectDigits, KeysPressed
from trunkline.events.turn import Message, Role, ToolCall

FIND_REFERRAL = Tool(
    name="find_referral",
    description="Finds a referral.",
    parameters={"type": "object", "properties": {"digits": {"type": "string"}}},
    http=Http(url="https://clinic.example/referrals/{digits}"),
)


def test_the_finish_key_makes_one_input_of_the_keys_before_it() -> None:
    effects = listening_call().presses("123#")

    *pressed, spoke = appended(effects)
    assert pressed == [KeysPressed(0, digit) for digit in "123#"]
    assert spoke == CallerSpoke(1, "", "", "123")
    request = only(asked(effects))
    assert request.history[-1] == Message(Role.CALLER, "", 1, "123")
    assert request.calls == ()


def test_a_pause_completes_the_input() -> None:
    call = listening_call()
    call.presses("12")

    assert asked(call.passes(2.9)) == []
    assert only(asked(call.passes(0.2))).history[-1].keys == "12"


def test_so_many_keys_complete_the_input() -> None:
    call = listening_call(agent(keypad=Keypad(max_digits=4)))

    assert asked(call.presses("123")) == []
    assert only(asked(call.presses("4"))).history[-1].keys == "1234"


def test_the_finish_key_alone_is_an_input_too() -> None:
    assert only(asked(listening_call().presses("#"))).history[-1].keys == "#"


def test_keys_are_given_to_the_tool_that_is_there_for_them() -> None:
    keypad = Keypad(tool="find_referral", argument="digits")
    call = listening_call(agent(tools=(FIND_REFERRAL,), keypad=keypad))

    request = only(asked(call.presses("77#")))

    assert request.calls == (ToolCall("find_referral", '{"digits":"77"}'),)


def test_a_second_attempt_names_the_same_tool_for_the_keys() -> None:
    keypad = Keypad(tool="find_referral", argument="digits")
    call = listening_call(agent(tools=(FIND_REFERRAL,), keypad=keypad))
    call.presses("77#")
    call.confirm()

    assert only(asked(call.passes(0.7))).calls == (ToolCall("find_referral", '{"digits":"77"}'),)


def test_what_is_said_takes_the_keys_before_it_along() -> None:
    call = listening_call()
    call.presses("12")

    effects = call.happens(Prompted("That is my number."))

    assert appended(effects) == [CallerSpoke(1, "That is my number.", "", "12")]
    assert asked(call.passes(10.0)) == []


def test_the_model_may_ask_for_keys_of_another_form() -> None:
    call = listening_call()
    run = call.prompted("I have an account.")
    call.writes(run.started(), run.chunk("Type it."))
    done = call.writes(run.requests(CollectDigits(3, "*", 4000), "use-9"))
    call.writes(run.finished())

    assert [(one.turn, one.use_id) for one in appended(done)] == [(1, "use-9")]  # type: ignore[union-attr]  # an ActionDone
    assert asked(call.presses("1#")) == []
    assert only(asked(call.presses("2"))).history[-1].keys == "1#2"


def test_keys_asked_for_are_no_business_of_the_agents_tool() -> None:
    keypad = Keypad(tool="find_referral", argument="digits")
    call = listening_call(agent(tools=(FIND_REFERRAL,), keypad=keypad))
    run = call.prompted("I have an account.")
    call.writes(run.started(), run.requests(CollectDigits(2, "#", 4000)), run.finished())

    assert only(asked(call.presses("12"))).calls == ()


def test_keys_during_a_reply_replace_it_once_they_are_complete() -> None:
    call = listening_call()
    run = call.prompted()
    call.writes(run.started(), run.chunk("We open "))

    effects = call.presses("5#")

    assert only(asked(effects)).ref.turn == 2
    assert call.writes(run.chunk("at nine.")) == []


def test_keys_that_cut_the_greeting_off_are_collected() -> None:
    call = new_call()
    call.happens(AgentSpeaking(on=True))
    call.happens(Interrupted("Welc"))

    assert only(asked(call.presses("9#"))).history[-1].keys == "9"


def test_a_key_is_a_sign_of_life() -> None:
    call = listening_call(agent(keypad=Keypad(timeout_seconds=30.0)))
    call.passes(SILENCE_SECONDS - 0.1)
    call.presses("1")

    assert words(call.passes(SILENCE_SECONDS - 0.1)) == ""
