"""One room of a session alone: its scribe and its mouth, and what it wants done."""

from dataclasses import dataclass

from builders import agent, attached, attachment, record

from gateway.effects import Announce, Append, Effect, SendText, StartTimer, StopTimer, Timer
from gateway.mouth import Mouth
from gateway.scribe import Scribe
from gateway.story import tell
from trunkline.agents import Agent
from trunkline.events.call import CallerSpoke, CallEvent, GatewayEvent
from trunkline.events.lifecycle import Lifecycle


@dataclass
class Room:
    """What a part of a session is given, at an hour that the test sets."""

    agent: Agent
    scribe: Scribe
    mouth: Mouth

    def wanted(self) -> list[Effect]:
        """What was wanted done since this was asked last."""
        return self.scribe.take_effects()

    def timers(self) -> dict[Timer, float | None]:
        """Timers that were started since, with their seconds, or stopped: None."""
        moved: dict[Timer, float | None] = {}
        for effect in self.wanted():
            match effect:
                case StartTimer(timer, seconds):
                    moved[timer] = seconds
                case StopTimer(timer):
                    moved[timer] = None
        return moved

    def written(self) -> list[CallEvent]:
        """What was written down since."""
        return [one.record.event for one in self.wanted() if isinstance(one, Append)]

    def said(self) -> str:
        """The words that were said since."""
        return "".join(one.token for one in self.wanted() if isinstance(one, SendText))

    def told(self) -> list[Lifecycle]:
        """What was announced since."""
        return [one.event for one in self.wanted() if isinstance(one, Announce)]


def room(
    whom: Agent | None = None,
    *events: GatewayEvent,
    greeting: str = "",
    is_outbound: bool = False,
    opt_out_key: str = "",
) -> Room:
    """A room of a call in which these have happened."""
    model = whom or agent()
    me = attachment(is_outbound=is_outbound, opt_out_key=opt_out_key, language=model.language)
    happened = [attached(greeting, language=model.language), *events]
    story = tell([record(event, n) for n, event in enumerate(happened, start=1)])
    scribe = Scribe(me, model, story, len(happened))
    return Room(model, scribe, Mouth(scribe, model))


ASKED = CallerSpoke(1, "Are you open?", "en-US")
"""The caller has asked something: turn 1."""
