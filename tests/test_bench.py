"""The benchmark runs, and writes down what its README promises."""

import importlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]


def report(script: str, results: Path, *options: str, timeout: float) -> Any:
    """What a short run writes down."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "bench" / script), *options, "--results", str(results)],
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    return json.loads(results.read_text())


def test_the_benchmark_of_the_adapters_runs_and_reports(tmp_path: Path) -> None:
    options = ["--rounds", "2", "--target", "inf"]  # two rounds are too few to judge by
    found = report("adapters.py", tmp_path / "results.json", *options, timeout=120)

    assert set(found["adapters"]) == {"groq", "openai", "anthropic"}
    for ways in found["adapters"].values():
        assert set(ways) == {"raw", "ours", "typed"}
        assert all(cost["ms_p50"] > 0 for cost in ways.values())


def test_an_adapter_that_costs_more_than_it_may_fails_the_benchmark(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "bench"))
    adapters = importlib.import_module("adapters")

    def costing(ratio: float) -> dict[str, Any]:
        return {"ours": adapters.Cost(5.0, ratio, 1.0, 9.9)}

    adapters.judge({"groq": costing(1.1), "openai": costing(adapters.TARGET)}, adapters.TARGET)
    with pytest.raises(SystemExit) as failed:
        adapters.judge({"groq": costing(1.1), "openai": costing(1.21)}, adapters.TARGET)
    assert failed.value.code == "More than 1.2: openai: 1.21 times raw lines."


def test_the_benchmark_of_stored_results_runs_and_reports(tmp_path: Path) -> None:
    options = ["--transcripts", "40", "--latency-ms", "5"]
    found = report("ingest_results.py", tmp_path / "results.json", *options, timeout=150)

    assert found["results_per_second"] > 0


def test_the_benchmark_of_queries_runs_and_reports(tmp_path: Path) -> None:
    options = ["--turns", "2000", "--operator-results", "400", "--rounds", "2"]
    found = report("ingest_queries.py", tmp_path / "results.json", *options, timeout=240)

    assert found["filled"]["rows"]["turn"] == 2000
    assert found["filled"]["rows"]["operator_result"] == 400
    names = {each["name"] for each in found["took"]}
    assert names >= {"calls by number", "search: common", "search: rare", "results by label"}
    assert all(each["p95_ms"] > 0 for each in found["took"])
