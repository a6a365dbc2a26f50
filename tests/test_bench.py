"""The benchmark runs, and writes down what its README promises."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

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
    found = report("adapters.py", tmp_path / "results.json", "--rounds", "2", timeout=120)

    assert set(found["adapters"]) == {"groq", "openai", "anthropic"}
    for ways in found["adapters"].values():
        assert set(ways) == {"raw", "ours", "typed"}
        assert all(cost["ms_p50"] > 0 for cost in ways.values())


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
