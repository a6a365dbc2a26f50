"""The benchmark runs, and writes down what its README promises."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_the_benchmark_of_the_adapters_runs_and_reports(tmp_path: Path) -> None:
    results = tmp_path / "adapters.json"
    script = ROOT / "bench/adapters.py"
    done = subprocess.run(
        [sys.executable, str(script), "--rounds", "2", "--results", str(results)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    report = json.loads(results.read_text())
    assert set(report["adapters"]) == {"groq", "openai", "anthropic"}
    for ways in report["adapters"].values():
        assert set(ways) == {"raw", "ours", "typed"}
        assert all(cost["ms_p50"] > 0 for cost in ways.values())


def test_the_benchmark_of_stored_results_runs_and_reports(tmp_path: Path) -> None:
    results = tmp_path / "ingest.json"
    script = ROOT / "bench/ingest_results.py"
    options = ["--transcripts", "40", "--latency-ms", "5", "--results", str(results)]
    done = subprocess.run(
        [sys.executable, str(script), *options],
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    report = json.loads(results.read_text())
    assert report["results_per_second"] > 0


def test_the_benchmark_of_queries_runs_and_reports(tmp_path: Path) -> None:
    results = tmp_path / "queries.json"
    script = ROOT / "bench/ingest_queries.py"
    options = ["--turns", "2000", "--operator-results", "400", "--rounds", "2"]
    done = subprocess.run(
        [sys.executable, str(script), *options, "--results", str(results)],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    report = json.loads(results.read_text())
    assert report["filled"]["rows"]["turn"] == 2000
    assert report["filled"]["rows"]["operator_result"] == 400
    names = {each["name"] for each in report["took"]}
    assert names >= {"calls by number", "search: common", "search: rare", "results by label"}
    assert all(each["p95_ms"] > 0 for each in report["took"])
