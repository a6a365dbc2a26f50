"""Rules of the agent file fit words as they are spoken, and nothing that only resembles them."""

import pytest
from builders import agent

from gateway.rules import key_rule, says_any, speaks_like_machine, spoken_rule
from trunkline.agents import Dial, Language, OptOutRule, Switch, TransferTo, Voicemail
from trunkline.events.call import OptOut, SwitchLanguage, Transfer

DESK = TransferTo(about="People.", dial=Dial(number="+15005550111"), phrases=("a person",), key="0")
AGENT = agent(
    languages=(
        Language(code="en-US"),
        Language(code="pt-BR", switch=Switch(phrases=("em português",), key="1")),
    ),
    transfers={"desk": DESK},
    voicemail=Voicemail(phrases=("after the tone",)),
)


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("a person", True),
        ("Can I talk to A PERSON, please?", True),
        ("a  person!", True),
        ("a personal question", False),
        ("pa person", False),
        ("person", False),
        ("", False),
    ],
)
def test_a_phrase_fits_whole_words(text: str, fits: bool) -> None:
    assert says_any(text, ["a person"]) is fits


@pytest.mark.parametrize("text", ["Em portugues, por favor", "EM PORTUGUÊS"])
def test_accents_and_case_make_no_difference(text: str) -> None:
    assert spoken_rule(AGENT, text) == SwitchLanguage("pt-BR")


def test_a_phrase_without_a_word_fits_nothing() -> None:
    assert not says_any("anything at all", ["?!", " "])


def test_words_and_keys_ask_for_languages_and_transfers() -> None:
    assert spoken_rule(AGENT, "I want a person") == Transfer("desk")
    assert spoken_rule(AGENT, "When are you open?") is None
    assert [key_rule(AGENT, key) for key in "01#"] == [
        Transfer("desk"),
        SwitchLanguage("pt-BR"),
        None,
    ]


def test_a_wish_not_to_be_called_comes_before_all_else() -> None:
    whom = AGENT.model_copy(update={"opt_out": OptOutRule(phrases=("stop calling",))})

    assert spoken_rule(whom, "Stop calling! I want a person.") == OptOut()
    assert key_rule(whom, "0", opt_out_key="0") == OptOut()
    assert key_rule(whom, "9") is None


def test_a_machine_shows_itself_in_its_first_two_utterances() -> None:
    text = "Please speak after the tone."

    assert [speaks_like_machine(AGENT, text, turn) for turn in (1, 2, 3)] == [True, True, False]
    assert not speaks_like_machine(AGENT, "Hello?", 1)
