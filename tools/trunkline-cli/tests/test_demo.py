"""The demo's program: what is expected of rules and documents, and what of any model."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from llm_worker.settings import WorkerSettings
from trunkline.agents import Provider
from trunkline.agents.load import load_agents
from trunkline_cli.demo.acts import EVENT_HOST, RECEPTIONIST, Act, acts, problems
from trunkline_cli.demo.clinic import Clinic
from trunkline_cli.demo.clinic_service import Asked, ClinicService
from trunkline_cli.demo.closing import Played, close
from trunkline_cli.demo.failures import count_failures
from trunkline_cli.demo.loosened import loosened
from trunkline_cli.demo.show import pace
from trunkline_cli.demo.speaker import Speaker, agents_for, put_first, speaker_of
from trunkline_cli.paths import ROOT
from trunkline_cli.stack.errors import StackError
from twilio_emulator import CallLedger
from twilio_emulator.events import CallerSpoke, CallPlaced, ExpectationFailed, TokenArrived
from twilio_emulator.scenario import Expect, Say

GROQ = Speaker(Provider.GROQ, "openai/gpt-oss-20b")


def settings(**keys: str) -> WorkerSettings:
    return WorkerSettings.model_validate({"kafka_bootstrap_servers": "", **keys})


@pytest.fixture
def booking() -> Act:
    (act,) = [act for act in acts() if act.bookings]
    return act


@pytest.fixture
def ledger() -> CallLedger:
    ledger = CallLedger(name="booking")
    ledger.add(CallPlaced(0.0, "CA1", "+1", "+2"))
    return ledger


def test_every_act_expects_something_and_says_what_it_shows() -> None:
    for act in acts():
        assert act.shows
        assert any(isinstance(step, Expect) for step in act.script.steps)


def test_an_act_that_books_needs_its_line_in_the_clinics_book(
    booking: Act, ledger: CallLedger
) -> None:
    service = ClinicService(Clinic(), "token")
    service.requests += [Asked(path, "CA1", "", authorized=True) for path in booking.asks]
    assert problems(booking, [ledger], service) == [
        "the clinic's book gained 0 appointments, not 1"
    ]

    service.clinic.book("CA1", "k1", "monday-okafor-four-oclock", "Ann")
    service.clinic.book("CA2", "k2", "monday-okafor-half-past-nine", "Bob")

    assert problems(booking, [ledger], service) == []


def test_an_act_with_tools_needs_the_clinic_to_have_been_asked(
    booking: Act, ledger: CallLedger
) -> None:
    service = ClinicService(Clinic(), "token")
    service.requests.append(Asked("/slots", "CA2", "", authorized=True))

    assert problems(booking, [ledger], service)[:2] == [
        "the clinic was not asked for /slots",
        "the clinic was not asked for /appointments",
    ]


def test_an_expectation_that_failed_is_named(booking: Act, ledger: CallLedger) -> None:
    ledger.add(ExpectationFailed(1.0, "the reply is empty"))

    found = problems(booking, [ledger], ClinicService(Clinic(), "token"))

    assert found[0] == "booking: the reply is empty"


def test_a_model_that_failed_is_counted_by_its_provider() -> None:
    name = "trunkline_worker_model_failures_total"
    metrics = "\n".join(
        [
            f"# TYPE {name} counter",
            f'{name}{{fault="refused",provider="groq"}} 3.0',
            f'{name}{{fault="slow",provider="groq"}} 2.0',
            f'{name}{{fault="slow",provider="offline"}} 7.0',
        ]
    )

    assert count_failures(Provider.GROQ, metrics) == 5
    assert count_failures(Provider.OPENAI, metrics) == 0


@pytest.mark.parametrize(("failures", "held"), [(0, True), (1, True), (2, False)])
def test_a_demo_of_a_model_that_never_answers_does_not_hold(
    booking: Act, ledger: CallLedger, failures: int, held: bool
) -> None:
    for turn in (1, 2):
        ledger.add(CallerSpoke(1.0, turn, "Hello?", "en-US"))
        ledger.add(TokenArrived(1.1, turn, "Yes.", last=True, lang=None))
    screen = io.StringIO()

    played = [Played(booking, [ledger], [])]
    report = close(played, GROQ, failures, Console(file=screen, width=80))

    assert report["held"] is held
    assert report["model_failures"] == failures
    assert ("hardly ever answered" in screen.getvalue()) is not held


def test_what_went_wrong_in_an_act_is_told_at_the_end(booking: Act, ledger: CallLedger) -> None:
    screen = io.StringIO()

    played = [Played(booking, [ledger], ["the reply is [bold]empty"])]
    report = close(played, None, 0, Console(file=screen, width=80))

    assert report["held"] is False
    assert report["acts"] == [{"title": "An appointment", "held": False}]
    assert "the reply is [bold]empty" in screen.getvalue()


@pytest.mark.parametrize(("first_token_seconds", "cps"), [(0.05, 5.0), (0.4, 2.0)])
def test_fewer_are_called_at_once_where_replies_take_long(
    booking: Act, ledger: CallLedger, first_token_seconds: float, cps: float
) -> None:
    ledger.add(CallerSpoke(1.0, 1, "Hello?", "en-US"))
    ledger.add(TokenArrived(1.0 + first_token_seconds, 1, "Yes.", last=True, lang=None))

    assert pace([Played(booking, [ledger], [])]) == cps
    assert pace([]) == 5.0


def test_of_a_models_own_words_nothing_is_expected() -> None:
    for act in acts():
        expected = [step for step in loosened(act.script).steps if isinstance(step, Expect)]

        assert not [step for step in expected if step.contains or step.said or step.matches]


def test_what_is_done_is_expected_of_any_model() -> None:
    scripts = {act.script.name: loosened(act.script) for act in acts()}

    def kept(name: str) -> list[Expect]:
        return [step for step in scripts[name].steps if isinstance(step, Expect)]

    assert [step.spoken_lang for step in kept("languages")][:3] == ["pt-BR", "en-US", "en-US"]
    assert kept("transfer")[0].verbs == ("Dial", "Enqueue")
    assert kept("transfer")[1].task == {"department": "billing", "language": "en-US"}
    assert kept("booking")[-1].ended_by == "agent"
    assert [step.text for step in scripts["booking"].steps if isinstance(step, Say)]


@pytest.mark.parametrize(
    ("keys", "provider"),
    [
        ({"groq_api_key": "g", "openai_api_key": "o"}, Provider.GROQ),
        ({"openai_api_key": "o", "anthropic_api_key": "a"}, Provider.OPENAI),
        ({"anthropic_api_key": "a"}, Provider.ANTHROPIC),
        ({"gemini_api_key": "g"}, Provider.GEMINI),
        ({"deepseek_api_key": "d"}, Provider.DEEPSEEK),
    ],
)
def test_the_first_provider_with_a_key_speaks(keys: dict[str, str], provider: Provider) -> None:
    speaker = speaker_of(settings(**keys))

    assert speaker is not None
    assert speaker.provider is provider
    assert speaker.name


def test_without_a_key_nobody_speaks_but_rules_and_documents() -> None:
    assert speaker_of(settings()) is None


@pytest.mark.parametrize("provider", [Provider.GROQ, Provider.ANTHROPIC])
def test_the_speaker_is_asked_first_and_the_others_stay_behind_it(
    tmp_path: Path, provider: Provider
) -> None:
    speaker = Speaker(provider, "some/model")
    before = {agent.id: agent for agent in load_agents(ROOT / "agents")}

    names = [RECEPTIONIST, EVENT_HOST]
    folder = agents_for(speaker, ROOT / "agents", tmp_path / "agents", names)

    after = {agent.id: agent for agent in load_agents(folder)}
    for name in names:
        first, *others = after[name].models
        assert (first.provider, first.name) == (provider, "some/model")
        assert tuple(others) == before[name].models
    assert after["scripted"] == before["scripted"]


def test_an_agent_file_that_is_written_otherwise_is_refused() -> None:
    with pytest.raises(StackError, match="`models:` alone"):
        put_first(GROQ, "models: [{provider: offline}]")
