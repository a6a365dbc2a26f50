"""How evenly three dialers place calls together: requests in any second, and their mean rate.

python bench/dialer_pacing.py [--seconds 20] [--results bench/results/dialer_pacing.json]
"""

import argparse
import asyncio
import json
import random
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from statistics import mean, stdev

from about import about
from rich.console import Console
from rich.table import Table

from trunkline_cli.chaos.placing import peak
from trunkline_cli.chaos.rig import RigOptions, open_rig
from trunkline_cli.chaos.seeding import Wanted
from trunkline_cli.chaos.stage import Stage

HERE = Path(__file__).parent
RATES = (5.0, 10.0, 30.0)
DIALERS = 3
BUSY = "75"  # last digits of a telephone that is busy: requests are measured, not conversations
MEAN_TARGET = 0.97
PATIENCE = 4  # times the time that it should take


@dataclass(frozen=True)
class Pace:
    """What came out of the socket at Twilio's side, for one rate."""

    cps: float
    requests: int
    mean_share: float
    """Mean rate, as a share of the calls per second that Twilio grants."""
    peak: int
    """Requests in the fullest second of all."""
    peak_allowed: float
    gap_variation: float
    """Standard deviation of the gaps, as a share of their mean."""

    @property
    def held(self) -> bool:
        return self.mean_share >= MEAN_TARGET and self.peak <= self.peak_allowed


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=20.0)
    arguments.add_argument("--rates", type=float, nargs="+", default=RATES)
    arguments.add_argument("--results", type=Path, default=HERE / "results/dialer_pacing.json")
    given = arguments.parse_args()
    paces = asyncio.run(measure(given.rates, given.seconds))
    Console().print(table(paces))
    report = {
        "what": f"requests of {DIALERS} dialers to the emulated Twilio, backlogged",
        **about(),
        "paces": [asdict(pace) for pace in paces],
    }
    given.results.write_text(json.dumps(report, indent=2) + "\n")


async def measure(rates: Sequence[float], seconds: float) -> list[Pace]:
    """One rate after the other, each with an account of its own."""
    command = [sys.executable, "-m", "dialer"]
    with tempfile.TemporaryDirectory(prefix="pacing") as folder:
        options = RigOptions(
            Path(folder),
            command=command,
            dialers=DIALERS,
            workers=0,
            subaccounts=len(rates),
            cps=max(rates),
            speed=50.0,
        )
        async with open_rig(options) as rig:
            accounts = rig.identities.accounts[1:]
            stages = [
                Stage(rig, number, [account], random.Random(number))
                for number, account in enumerate(accounts, start=1)
            ]
            return [
                await _pace(stage, rate, seconds) for stage, rate in zip(stages, rates, strict=True)
            ]


async def _pace(stage: Stage, rate: float, seconds: float) -> Pace:
    stage.account.cps = rate
    await stage.open()
    wanted = max(10, round(rate * seconds))
    await stage.run(Wanted(numbers=stage.people(wanted, [BUSY])))
    await stage.posted(wanted, within=max(30.0, PATIENCE * seconds))
    return pace(rate, sorted(post.at for post in stage.rig.ledger.posts([stage.account.sid])))


def pace(cps: float, times: Sequence[float]) -> Pace:
    """The figures of a series of moments, in order."""
    gaps = [later - earlier for earlier, later in pairwise(times)]
    rate = len(gaps) / (times[-1] - times[0])
    return Pace(
        cps=cps,
        requests=len(times),
        mean_share=round(rate / cps, 3),
        peak=peak(times),
        peak_allowed=max(cps + 1, 1.1 * cps),
        gap_variation=round(stdev(gaps) / mean(gaps), 3),
    )


def table(paces: Sequence[Pace]) -> Table:
    shown = Table(title=f"{DIALERS} dialers together (targets: mean at least {MEAN_TARGET:.0%})")
    for heading in ("calls/s granted", "requests", "mean", "fullest s", "allowed", "gaps vary", ""):
        shown.add_column(heading, justify="right")
    for each in paces:
        shown.add_row(
            f"{each.cps:g}",
            str(each.requests),
            f"{each.mean_share:.1%}",
            str(each.peak),
            f"{each.peak_allowed:g}",
            f"{each.gap_variation:.0%}",
            "held" if each.held else "missed",
        )
    return shown


if __name__ == "__main__":
    main()
