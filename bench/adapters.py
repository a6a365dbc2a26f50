"""How much CPU a turn costs through our adapters, against raw lines and the SDKs' own types.

python bench/adapters.py [--rounds 200] [--target 1.2] [--results bench/results/adapters.json]

It fails if one of ours costs more than the target.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from statistics import median, quantiles
from time import process_time

import uvloop
from about import about
from model_server import TOKENS
from readers import Read, Readers, open_readers
from rich.console import Console
from rich.table import Table

from trunkline.agents import Provider

HERE = Path(__file__).parent
WARM_UP = 10
TARGET = 1.2


@dataclass(frozen=True)
class Cost:
    """Milliseconds of CPU per turn, and how often that of raw lines; 10th to 90th percentile."""

    ms_p50: float
    ratio_p50: float
    ratio_p10: float
    ratio_p90: float


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=200)
    arguments.add_argument("--target", type=float, default=TARGET)
    arguments.add_argument("--results", type=Path, default=HERE / "results/adapters.json")
    given = arguments.parse_args()
    with _server() as base:
        costs = uvloop.run(measure(base, given.rounds))
    Console().print(table(costs, given.target))
    report = {
        "what": f"CPU per turn of {TOKENS} tokens, in one process, taking turns",
        **about(),
        "rounds": given.rounds,
        "adapters": {
            provider: {way: asdict(cost) for way, cost in ways.items()}
            for provider, ways in costs.items()
        },
    }
    given.results.write_text(json.dumps(report, indent=2) + "\n")
    judge(costs, given.target)


@contextmanager
def _server() -> Iterator[str]:
    command = [sys.executable, str(HERE / "model_server.py")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield f"http://127.0.0.1:{int(server.stdout.readline())}"
        finally:
            server.kill()


async def measure(base: str, rounds: int) -> Mapping[Provider, Mapping[str, Cost]]:
    """Take turns in each round, so that whatever else the machine does hits all alike."""
    async with open_readers(base) as families:
        taken: dict[Provider, list[Sequence[float]]] = {provider: [] for provider in families}
        for _ in range(WARM_UP + rounds):
            for provider, readers in families.items():
                taken[provider].append([await _cpu_ms(read) for read in _ways(readers).values()])
    ways = ("raw", "ours", "typed")
    return {
        provider: dict(zip(ways, _costs(list(islice(all_, WARM_UP, None))), strict=True))
        for provider, all_ in taken.items()
    }


def _ways(readers: Readers) -> Mapping[str, Read]:
    return {"raw": readers.raw, "ours": readers.ours, "typed": readers.typed}


async def _cpu_ms(read: Read) -> float:
    before = process_time()
    tokens = await read()
    taken = process_time() - before
    if tokens != TOKENS:
        raise SystemExit(f"{tokens} tokens instead of {TOKENS} were read.")
    return taken * 1000


def _costs(rounds: Sequence[Sequence[float]]) -> Iterator[Cost]:
    for column in zip(*rounds, strict=True):
        ratios = [mine / raw for mine, (raw, *_) in zip(column, rounds, strict=True)]
        tenths = quantiles(ratios, n=10)
        yield Cost(
            round(median(column), 2),
            round(median(ratios), 3),
            round(tenths[0], 3),
            round(tenths[-1], 3),
        )


def judge(costs: Mapping[Provider, Mapping[str, Cost]], target: float) -> None:
    """Raise `SystemExit` with the adapters that cost more than `target` times raw lines."""
    dear = [
        f"{provider}: {ways['ours'].ratio_p50:g} times raw lines"
        for provider, ways in costs.items()
        if ways["ours"].ratio_p50 > target
    ]
    if dear:
        raise SystemExit(f"More than {target:g}: {', '.join(dear)}.")


def table(costs: Mapping[Provider, Mapping[str, Cost]], target: float) -> Table:
    shown = Table(title=f"CPU per turn of {TOKENS} tokens (target: ours at most {target:g} x raw)")
    for heading in ("adapter", "raw ms", "ours ms", "SDK ms", "ours/raw", "spread", "SDK/raw"):
        shown.add_column(heading, justify="left" if heading == "adapter" else "right")
    for provider, ways in costs.items():
        times = [f"{ways[way].ms_p50:.2f}" for way in ("raw", "ours", "typed")]
        ours = ways["ours"]
        spread = f"{ours.ratio_p10:.2f}-{ours.ratio_p90:.2f}"
        typed = f"{ways['typed'].ratio_p50:.2f}"
        shown.add_row(provider, *times, f"{ours.ratio_p50:.2f}", spread, typed)
    return shown


if __name__ == "__main__":
    main()
