"""Conversations on the terminal while they happen: who speaks, when, and what was heard."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from twilio_emulator.events import (
    AgentPlayed,
    AgentSpoke,
    CallEnded,
    CallerInterrupted,
    CallerSpoke,
    CallPlaced,
    Event,
    ExpectationFailed,
    KeyPressed,
    LanguagesSet,
    Noted,
    PassedOn,
    Reconnected,
    SessionClosed,
    SessionOpened,
    VerbRun,
)
from twilio_emulator.ledger import CallLedger
from twilio_emulator.report import Report, percentiles

SHOWN_SID = 6  # the last characters tell calls apart


class LiveDisplay:
    """An `Observer` that prints a line for each thing said or done."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console()

    def happened(self, ledger: CallLedger, event: Event) -> None:
        line = _line(ledger, event)
        if line is None:
            return
        who, style, words = line
        text = Text()
        text.append(f"{event.at - ledger.started_at:7.2f} s ", style="dim")
        text.append(f"{ledger.call_sid[-SHOWN_SID:]} ", style="dim")
        text.append(f"{who:>7} ", style=f"bold {style}")
        text.append(words, style="" if who in ("caller", "agent") else style)
        self._console.print(text, soft_wrap=True)


def _line(ledger: CallLedger, event: Event) -> tuple[str, str, str] | None:
    """Who, in which colour, and the words; None for what is not shown."""
    match event:
        case CallPlaced(to_number=number):
            return "call", "blue", f"calls {number}"
        case SessionOpened(greeting=greeting):
            return "call", "blue", "connected" + (f", greeted: {greeting}" if greeting else "")
        case CallerSpoke(text=text):
            return "caller", "cyan", text
        case KeyPressed(digit=digit):
            return "caller", "cyan", f"presses {digit}"
        case LanguagesSet(tts=tts, transcription=heard) if len(ledger.languages) > 1:
            return "call", "blue", f"now speaks {tts} and understands {heard}"
        case AgentPlayed(source=source):
            return "agent", "green", f"plays {source}"
        case AgentSpoke(kind="keys", heard=keys) if keys:
            return "agent", "green", f"presses {keys}"
        case AgentSpoke(how="finished", turn=turn, text=text, kind="text") if turn:
            return "agent", "green", f"{text.strip()}{_first_token(ledger, turn)}"
        case AgentSpoke(how="interrupted", turn=turn, heard=heard, text=text, kind="text"):
            cut = f"{heard.strip()} ─┤ cut off, {len(text) - len(heard)} characters unheard"
            return "agent", "yellow", f"{cut}{_first_token(ledger, turn)}"
        case AgentSpoke(how="preempted", heard=heard, kind="text") if heard.strip():
            return "agent", "green", f"{heard.strip()} ─┤ makes way for the reply"
        case CallerInterrupted(by=by, duration_ms=ms):
            return "caller", "yellow", f"interrupts by {by} after {ms} ms of speech"
        case VerbRun(verb=verb, detail=detail):
            return "call", "blue", f"<{verb}> {detail}"
        case PassedOn(verb=verb, status=status):
            return "call", "blue", f"<{verb}> came to: {status}"
        case Reconnected():
            return "call", "blue", "connected again"
        case SessionClosed(status="failed", error_code=code, error_message=message):
            return "call", "red", f"session failed: {code} {message}"
        case Noted(text=text):
            return "note", "magenta", text
        case ExpectationFailed(text=text):
            return "FAILED", "red", text
        case CallEnded(by=by, reason=reason):
            return "call", "red" if by == "error" else "blue", f"ended by the {by}: {reason}"
        case _:
            return None


def _first_token(ledger: CallLedger, turn: int) -> str:
    if not 0 < turn <= len(ledger.turns):
        return ""
    first = ledger.turns[turn - 1].first_token_ms
    return "" if first is None else f"  (first token {first:.1f} ms)"


def calls_table(ledgers: list[CallLedger]) -> Table:
    """One row per call."""
    table = _table("Calls")
    for name in (
        "call",
        "scenario",
        "turns",
        "lost",
        "interrupts",
        "stale",
        "first token",
        "ended by",
    ):
        table.add_column(name)
    for call in ledgers:
        times = [turn.first_token_ms for turn in call.turns if turn.first_token_ms is not None]
        table.add_row(
            call.call_sid[-SHOWN_SID:],
            call.name,
            str(len(call.turns)),
            str(len(call.lost_turns())),
            str(len(call.interrupts)),
            str(len(call.stale_tokens())),
            _ms(percentiles(times).p50),
            str(call.ended_by),
            style="" if call.ok else "red",
        )
    return table


def report_table(figures: Report) -> Table:
    """The figures over all calls."""
    table = _table("Together")
    percentile_names = ("first token p50", "p95", "p99")
    for name in ("calls", "turns", "turns lost", "interrupts", "stale tokens", *percentile_names):
        table.add_column(name)
    first = figures.first_token_ms
    counts = (
        figures.calls,
        figures.turns,
        figures.turns_lost,
        figures.interrupts,
        figures.stale_tokens,
    )
    table.add_row(*map(str, counts), _ms(first.p50), _ms(first.p95), _ms(first.p99))
    return table


def _table(title: str) -> Table:
    """Without walls: a terminal of 80 columns shows all of it."""
    return Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f} ms"
