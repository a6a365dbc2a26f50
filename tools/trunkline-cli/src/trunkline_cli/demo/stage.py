"""What the demo is played on, and how its conversations are played."""

from collections.abc import Mapping
from dataclasses import dataclass

from rich.console import Console

from trunkline_cli.demo.acts import Act, problems
from trunkline_cli.demo.clinic_service import ClinicService
from trunkline_cli.demo.closing import Played
from trunkline_cli.stack.report import StackReport
from trunkline_cli.stack.run import Stack
from twilio_emulator import CallPlan, Scenario, run_calls
from twilio_emulator.display import LiveDisplay
from twilio_emulator.rest import EmulatedTwilio

GAP_SECONDS = 0.05  # between callers of one act: they all talk at once, but dial as people do
SPEAKING_CPS = 40.0  # faster than people speak: the demo is to take two minutes


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that runs."""

    stack: Stack
    twilio: EmulatedTwilio
    clinic: ClinicService
    console: Console

    @property
    def report(self) -> StackReport:
        """Where the parts are."""
        return self.stack.report

    async def play(self, number: int, act: Act) -> Played:
        """Play an act, and say what went wrong in it."""
        self.begin(number, act.title, act.about)
        self.clinic.delay_seconds = act.clinic_seconds
        plans = [self.plan(act.agent, caller, act.script) for caller in range(act.callers)]
        ledgers = await run_calls(plans, LiveDisplay(self.console), gap_seconds=GAP_SECONDS)
        self.console.print()
        return Played(act, ledgers, problems(act, ledgers, self.clinic))

    def plan(self, agent: str, caller: int, script: Scenario) -> CallPlan:
        """A call to this agent."""
        report = self.report
        numbers: Mapping[str, str] = {
            each.id: each.numbers[0] for each in report.agents if each.numbers
        }
        return CallPlan(
            voice_url=report.voice_url,
            account_sid=report.twilio.account_sid,
            auth_token=report.twilio.auth_token,
            from_number=f"+1500555{caller:04}",
            to_number=numbers[agent],
            script=script,
            speaking_cps=SPEAKING_CPS,
            listener=self.twilio.intelligence,
        )

    def begin(self, number: int, title: str, about: str) -> None:
        """Say what comes."""
        self.console.rule(f"[bold]{number}. {title}")
        self.console.print(f"{about}\n", style="dim")
