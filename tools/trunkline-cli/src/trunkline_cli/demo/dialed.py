"""What the demo's campaign came to, and whether that is as promised: pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from trunkline_cli.chaos import oracle
from trunkline_cli.chaos.books import everybody_done, without_end
from trunkline_cli.chaos.evidence import Evidence
from trunkline_cli.chaos.placing import one_each
from trunkline_cli.demo.people import People

Json = Mapping[str, Any]

_FEW, _BEARABLE = 3, 0.1  # people without an agent, on a machine that has other things to do
_NAMED = 5  # contacts with whom something is wrong; the count tells of all


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialed:
    """A campaign that is over, or has come to a stop."""

    people: People
    imported: Json
    """The import, as the API tells of it."""
    refused: Sequence[Json]
    """Its rows that were not taken, with their codes."""
    progress: Json
    evidence: Evidence = field(repr=False)
    seconds: float
    while_paused: int
    """Requests to place a call while the campaign was paused."""
    stuck: str = ""
    """Why it was not waited for any longer."""
    given_up: bool = False
    """Whether the machine was too slow for it, so that the dialer has paused the account."""

    @property
    def dialed_twice(self) -> int:
        """Calls that nobody should have got, as Twilio's own ledger has them."""
        return oracle.double_dials(self.evidence)

    @property
    def looked_for(self) -> set[str]:
        """Contacts whose call Twilio is being asked about: it may have been placed by the killed
        dialer, so that nobody calls again before it is certain."""
        return {
            attempt.contact_id for attempt in self.evidence.attempts if attempt.state == "unknown"
        }

    @property
    def lost(self) -> int:
        """Contacts that were taken and have come to no end, those that are looked for aside."""
        ended_not = {contact for contact, _ in without_end(self.evidence)}
        return len(ended_not - self.looked_for)

    def figures(self) -> Mapping[str, object]:
        """For the report."""
        return {
            "rows": self.people.rows,
            "accepted": self.imported["accepted"],
            "rejected": self.imported["rejected"],
            "duplicates": self.imported["duplicates"],
            "suppressed": self.imported["suppressed"],
            "dispositions": dict(self.progress["dispositions"]),
            "requests": len(self.evidence.posts),
            "calls": len(self.evidence.calls),
            "dialed_twice": self.dialed_twice,
            "lost": self.lost,
            "looked_for": len(self.looked_for),
            "abandoned": self.progress["abandoned"]["count"],
            "given_up": self.given_up,
            "placed_while_paused": self.while_paused,
            "seconds": round(self.seconds, 1),
        }

    def problems(self) -> list[str]:
        """What is not as promised."""
        return [*self._of_the_list(), *self._of_the_calls()]

    def _of_the_list(self) -> Iterator[str]:
        found = sorted(row["code"] for row in self.refused)
        expected = sorted(code for code, n in self.people.codes.items() for _ in range(n))
        if found != expected:
            yield f"the list's mistakes were {', '.join(found)}"
        if self.imported["accepted"] != sum(self.people.good.values()):
            yield f"{self.imported['accepted']} rows were taken"

    def _of_the_calls(self) -> Iterator[str]:
        if self.stuck:
            yield self.stuck
        if self.dialed_twice:
            yield f"{self.dialed_twice} calls were one too many"
        if self.lost:
            yield f"{self.lost} contacts have come to no end"
        abandoned, answered = (self.progress["abandoned"][name] for name in ("count", "of"))
        if abandoned > max(_FEW, _BEARABLE * answered):
            yield f"{abandoned} of {answered} people were given no agent in time"
        if self.while_paused:
            yield f"{self.while_paused} calls were placed while the campaign was paused"
        yield from one_each(self.evidence)
        looked_for = self.looked_for
        wrong = (
            each
            for each in everybody_done(self.evidence)
            if not any(contact in each for contact in looked_for)
        )
        yield from islice(wrong, _NAMED)
