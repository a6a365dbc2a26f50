"""The rules that keep decisions pure, services apart and imports harmless."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCES = {
    "trunkline": ROOT / "libs/trunkline/src/trunkline",
    "dialer": ROOT / "services/dialer/src/dialer",
    "gateway": ROOT / "services/gateway/src/gateway",
    "intelligence_ingest": ROOT / "services/intelligence-ingest/src/intelligence_ingest",
    "llm_worker": ROOT / "services/llm-worker/src/llm_worker",
    "twilio_emulator": ROOT / "tools/twilio-emulator/src/twilio_emulator",
    "trunkline_cli": ROOT / "tools/trunkline-cli/src/trunkline_cli",
}
SERVICES = {"dialer", "gateway", "intelligence_ingest", "llm_worker"}
TOOLS = {"twilio_emulator", "trunkline_cli"}

PURE = [
    "dialer.absence",
    "dialer.api.row_messages",
    "dialer.api.transitions",
    "dialer.attempt",
    "dialer.attempt_call",
    "dialer.attempt_events",
    "dialer.attempt_facts",
    "dialer.classify",
    "dialer.contact",
    "dialer.dealing",
    "dialer.effort",
    "dialer.gates",
    "dialer.importer.columns",
    "dialer.importer.contacts",
    "dialer.importer.copytext",
    "dialer.importer.intake",
    "dialer.importer.lines",
    "dialer.importer.listed",
    "dialer.importer.mask",
    "dialer.importer.multipart",
    "dialer.importer.ndjson",
    "dialer.importer.options",
    "dialer.importer.prepared",
    "dialer.importer.reading",
    "dialer.importer.records",
    "dialer.matching",
    "dialer.news",
    "dialer.numbers",
    "dialer.offsets",
    "dialer.outcomes",
    "dialer.overrides",
    "dialer.pacing",
    "dialer.places",
    "dialer.policy",
    "dialer.presets",
    "dialer.presets_table",
    "dialer.rows",
    "dialer.rules_text",
    "dialer.unsaid",
    "dialer.windows",
    "dialer.zones",
    "gateway.actions",
    "gateway.after",
    "gateway.asides",
    "gateway.attachment",
    "gateway.beginning",
    "gateway.budget",
    "gateway.calllog",
    "gateway.cluster",
    "gateway.deeds",
    "gateway.effects",
    "gateway.ending",
    "gateway.ends",
    "gateway.fence",
    "gateway.floor",
    "gateway.handoff",
    "gateway.heard",
    "gateway.history",
    "gateway.keypad",
    "gateway.keys",
    "gateway.machines",
    "gateway.mouth",
    "gateway.notices",
    "gateway.patience",
    "gateway.pressing",
    "gateway.quiet",
    "gateway.reports",
    "gateway.resuming",
    "gateway.returning",
    "gateway.rules",
    "gateway.scribe",
    "gateway.reply",
    "gateway.session",
    "gateway.speech",
    "gateway.spoken",
    "gateway.story",
    "gateway.substitutes",
    "gateway.telling",
    "gateway.twiml",
    "gateway.verbs",
    "gateway.verdicts",
    "gateway.voice",
    "gateway.voicemail",
    "gateway.wire",
    "gateway.wish",
    "intelligence_ingest.api.aggregate_models",
    "intelligence_ingest.api.call_models",
    "intelligence_ingest.api.exporting",
    "intelligence_ingest.api.masking",
    "intelligence_ingest.api.spans",
    "intelligence_ingest.api.story_models",
    "intelligence_ingest.api.timeline",
    "intelligence_ingest.backoff",
    "intelligence_ingest.bundle",
    "intelligence_ingest.carried",
    "intelligence_ingest.delay",
    "intelligence_ingest.insight",
    "intelligence_ingest.insight_v3",
    "intelligence_ingest.moved",
    "intelligence_ingest.news",
    "intelligence_ingest.operators",
    "intelligence_ingest.operators.classifier",
    "intelligence_ingest.operators.interruptions",
    "intelligence_ingest.operators.matching",
    "intelligence_ingest.operators.phrases",
    "intelligence_ingest.operators.silence",
    "intelligence_ingest.operators.story",
    "intelligence_ingest.operators.talk_ratio",
    "intelligence_ingest.reading_json",
    "intelligence_ingest.results",
    "llm_worker.actions",
    "llm_worker.arguments",
    "llm_worker.cancels",
    "llm_worker.continuation",
    "llm_worker.effects",
    "llm_worker.ledger",
    "llm_worker.prompt",
    "llm_worker.providers.english",
    "llm_worker.providers.portuguese",
    "llm_worker.providers.spanish",
    "llm_worker.providers.spoken",
    "llm_worker.providers.anthropic_request",
    "llm_worker.providers.anthropic_wire",
    "llm_worker.providers.calls",
    "llm_worker.providers.chat_request",
    "llm_worker.providers.chat_wire",
    "llm_worker.providers.dialogue",
    "llm_worker.providers.faults",
    "llm_worker.providers.rules",
    "llm_worker.providers.sse",
    "llm_worker.providers.thinking",
    "llm_worker.rounds",
    "llm_worker.sentences",
    "llm_worker.stopwatch",
    "llm_worker.succession",
    "llm_worker.toolbox",
    "llm_worker.tools",
    "llm_worker.tools.hosts",
    "llm_worker.tools.request",
    "llm_worker.turn",
    "trunkline.agents",
    "trunkline.agents.catalog",
    "trunkline.agents.checks",
    "trunkline.agents.checks_relay",
    "trunkline.agents.checks_rules",
    "trunkline.agents.checks_size",
    "trunkline.agents.described",
    "trunkline.agents.file",
    "trunkline.agents.manners",
    "trunkline.agents.mistakes",
    "trunkline.agents.models",
    "trunkline.agents.part",
    "trunkline.agents.positions",
    "trunkline.agents.relay",
    "trunkline.agents.sounds",
    "trunkline.agents.templates",
    "trunkline.agents.tools",
    "trunkline.agents.transfers",
    "trunkline.agents.variables",
    "trunkline.api.bucket",
    "trunkline.api.cursor",
    "trunkline.api.etag",
    "trunkline.api.fingerprint",
    "trunkline.api.invalid",
    "trunkline.api.keys",
    "trunkline.api.problem",
    "trunkline.api.recent",
    "trunkline.api.spreadsheet",
    "trunkline.api.times",
    "trunkline.bus.offsets",
    "trunkline.database.names",
    "trunkline.errors",
    "trunkline.events",
    "trunkline.events.call",
    "trunkline.events.commands",
    "trunkline.events.dial",
    "trunkline.events.intelligence",
    "trunkline.events.lifecycle",
    "trunkline.events.topics",
    "trunkline.events.turn",
    "trunkline.events.twilio",
    "trunkline.events.wire",
    "trunkline.outbound",
    "trunkline.skew",
    "trunkline.tickets",
    "trunkline.twilio",
    "trunkline_cli.calls.findings",
    "trunkline_cli.chaos.books",
    "trunkline_cli.chaos.evidence",
    "trunkline_cli.chaos.oracle",
    "trunkline_cli.chaos.placing",
    "trunkline_cli.chaos.result",
    "trunkline_cli.chaos.rows",
    "trunkline_cli.demo.clinic",
    "trunkline_cli.demo.dialed",
    "trunkline_cli.demo.loosened",
    "trunkline_cli.demo.people",
    "twilio_emulator.events",
    "twilio_emulator.expectations",
    "twilio_emulator.frames",
    "twilio_emulator.languages",
    "twilio_emulator.ledger",
    "twilio_emulator.numbered",
    "twilio_emulator.outcomes",
    "twilio_emulator.overrides",
    "twilio_emulator.protocol",
    "twilio_emulator.quirks",
    "twilio_emulator.relay",
    "twilio_emulator.report",
    "twilio_emulator.rest.accounts",
    "twilio_emulator.rest.callbacks",
    "twilio_emulator.rest.disorder",
    "twilio_emulator.rest.errors",
    "twilio_emulator.rest.faults",
    "twilio_emulator.rest.forms",
    "twilio_emulator.rest.intelligence.analysis",
    "twilio_emulator.rest.intelligence.asked",
    "twilio_emulator.rest.intelligence.conversation",
    "twilio_emulator.rest.intelligence.lexicon",
    "twilio_emulator.rest.intelligence.media",
    "twilio_emulator.rest.intelligence.notices",
    "twilio_emulator.rest.intelligence.operator_routes",
    "twilio_emulator.rest.intelligence.operators",
    "twilio_emulator.rest.intelligence.paging",
    "twilio_emulator.rest.intelligence.quirks",
    "twilio_emulator.rest.intelligence.resources",
    "twilio_emulator.rest.intelligence.service_routes",
    "twilio_emulator.rest.intelligence.sids",
    "twilio_emulator.rest.intelligence.store",
    "twilio_emulator.rest.intelligence.transcript_routes",
    "twilio_emulator.rest.listing",
    "twilio_emulator.rest.pacer",
    "twilio_emulator.rest.phones",
    "twilio_emulator.rest.placed",
    "twilio_emulator.rest.progress",
    "twilio_emulator.rest.quirks",
    "twilio_emulator.rest.resources",
    "twilio_emulator.scenario",
    "twilio_emulator.session",
    "twilio_emulator.speaker",
    "twilio_emulator.turns",
    "twilio_emulator.twiml",
    "twilio_emulator.twiml_names",
    "twilio_emulator.utterance",
    "twilio_emulator.verbs",
    "twilio_emulator.voice",
]
"""Files that only decide or translate: an event, a text or a record in, values out."""

TYPES_ONLY = {"trunkline.bus", "llm_worker.model"}
"""Protocols and records that pure files may name, though the Protocols' methods are async."""

SHELL = {
    *("asyncio", "concurrent", "threading", "multiprocessing", "subprocess", "signal"),
    *("socket", "ssl", "http", "urllib.request", "selectors", "os", "shutil", "tempfile"),
    *("time", "random", "secrets", "uuid", "logging", "structlog", "warnings"),
    *("aiokafka", "fastapi", "starlette", "uvicorn", "uvloop", "httpx", "websockets"),
    *("httpx2", "groq", "openai", "anthropic"),
    *("prometheus_client", "pydantic_settings", "sqlite3", "asyncpg"),
    *("sqlalchemy", "alembic"),
}
"""Input and output, clocks, chance and logs: nothing of it belongs in a pure file."""


def path_of(module: str) -> Path:
    package, *rest = module.split(".")
    path = SOURCES[package].joinpath(*rest)
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def modules() -> Iterator[tuple[str, Path]]:
    """Every module of ours, with its file; generated code aside."""
    for package, folder in SOURCES.items():
        for path in sorted(folder.rglob("*.py")):
            parts = path.relative_to(folder).with_suffix("").parts
            if "_pb" not in parts:
                yield ".".join([package, *(part for part in parts if part != "__init__")]), path


def imports(path: Path) -> set[str]:
    """Every module that a file imports, at its top or inside a function."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def packages(path: Path) -> set[str]:
    return {name.partition(".")[0] for name in imports(path)}


@pytest.mark.parametrize("module", PURE)
def test_a_pure_file_imports_no_input_output_clock_chance_or_log(module: str) -> None:
    names = imports(path_of(module))
    if "uuid.UUID" in names:  # the type is welcome; its module makes them by chance
        names -= {"uuid", "uuid.UUID"}

    assert not {name for name in names if name in SHELL or name.partition(".")[0] in SHELL}


@pytest.mark.parametrize("module", PURE)
def test_a_pure_file_leans_only_on_pure_files_of_ours(module: str) -> None:
    used = imports(path_of(module)) & {name for name, _ in modules()}
    ways = {name.rpartition(".")[0] for name in used}  # packages named on the way to a module

    assert used - ways <= TYPES_ONLY.union(PURE)


@pytest.mark.parametrize("module", PURE)
def test_a_pure_file_waits_for_nothing_and_opens_nothing(module: str) -> None:
    waits = (ast.AsyncFunctionDef, ast.Await, ast.AsyncFor, ast.AsyncWith)
    nodes = list(ast.walk(ast.parse(path_of(module).read_text())))
    called = {
        node.func.id
        for node in nodes
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }

    read = {
        node.func.attr
        for node in nodes
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }

    assert not [node for node in nodes if isinstance(node, waits)]
    assert not called & {"open", "print", "input"}
    assert not read & {"now", "utcnow", "today"}  # the type datetime is welcome, its clock is not


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_a_service_imports_no_other_service_and_no_tool(service: str) -> None:
    for path in SOURCES[service].rglob("*.py"):
        assert not packages(path) & (SERVICES | TOOLS) - {service}, path


def test_the_shared_library_knows_no_service_and_no_tool() -> None:
    for path in SOURCES["trunkline"].rglob("*.py"):
        assert not packages(path) & (SERVICES | TOOLS), path


def test_the_emulator_shares_no_code_with_what_it_tests() -> None:
    for path in SOURCES["twilio_emulator"].rglob("*.py"):
        assert not packages(path) & (SERVICES | {"trunkline", "trunkline_cli"}), path


def test_protobuf_is_known_to_wire_files_alone() -> None:
    for _, path in modules():
        if path.name not in ("wire.py", "proto.py"):  # proto.py generates the code
            names = imports(path)
            assert not {name for name in names if "_pb" in name or "google.protobuf" in name}, path


def test_every_service_has_the_files_that_all_services_have() -> None:
    for service in SERVICES:
        present = {path.name for path in SOURCES[service].glob("*.py")}
        assert present >= {"__main__.py", "main.py", "settings.py"}, service


IMPORT_EVERYTHING = """
import importlib, sys, threading
from trunkline.settings import Settings

def refuse(self, **values):
    raise AssertionError(f"{type(self).__name__} is built at import")

Settings.__init__ = refuse
for name in sys.argv[1:]:
    importlib.import_module(name)
assert threading.active_count() == 1, threading.enumerate()
"""


def test_importing_any_module_does_nothing(tmp_path: Path) -> None:
    """No setting is read, no file written, no thread started, nothing said."""
    names = [name for name, _ in modules() if not name.endswith("__main__")]
    done = subprocess.run(
        [sys.executable, "-B", "-c", IMPORT_EVERYTHING, *names],
        env={},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert list(tmp_path.iterdir()) == []
