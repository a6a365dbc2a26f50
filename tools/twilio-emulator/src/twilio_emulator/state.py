"""What both sides of an emulated call share: its plan, its ledger, and waiting for a change."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping

from twilio_emulator.events import Event, Observer
from twilio_emulator.ledger import CallLedger
from twilio_emulator.line import Line
from twilio_emulator.outcomes import Callees, Queues
from twilio_emulator.plan import CallPlan

LONGEST_WAIT_SECONDS = 0.5  # some conditions come true by the passing of time alone


class CallState:
    """The caller changes `hung_up`, `keys` and `words`; Twilio's side changes the rest."""

    def __init__(self, plan: CallPlan, observer: Observer | None) -> None:
        self.plan = plan
        self.ledger = CallLedger(name=plan.script.name)
        self.line: Line | None = None
        self.gathering: frozenset[str] = frozenset()
        self.keys = ""
        self.words = ""
        self.hung_up = False
        self._observer = observer
        self._changed = asyncio.Event()

    @property
    def over(self) -> bool:
        return self.ledger.ended_by is not None

    @property
    def sounds(self) -> Mapping[str, float]:
        return {**self.plan.sounds, **self.plan.script.sounds}

    @property
    def callees(self) -> Callees:
        return {**self.plan.callees, **self.plan.script.callees}

    @property
    def queues(self) -> Queues:
        return {**self.plan.queues, **self.plan.script.queues}

    def note(self, event: Event) -> None:
        """Record an event and tell the observer."""
        self.ledger.add(event)
        if self._observer is not None:
            self._observer.happened(self.ledger, event)
        self.touch()

    def touch(self) -> None:
        """Wake whoever waits for a change."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def wait(
        self,
        met: Callable[[], bool],
        seconds: float,
        due: Callable[[], float | None] = lambda: None,
    ) -> bool:
        """Wait until `met`; False after `seconds`. `due` may tell when to look again."""
        deadline = time.monotonic() + seconds
        while not met():
            now = time.monotonic()
            if now >= deadline:
                return False
            wake_at = min(deadline, now + LONGEST_WAIT_SECONDS, due() or deadline)
            changed = self._changed
            try:
                async with asyncio.timeout(max(0.0, wake_at - now)):
                    await changed.wait()
            except TimeoutError:
                continue
        return True
