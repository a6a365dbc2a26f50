"""Ledgers as JSON files; they hold callers' words and numbers, so only the owner may read them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import msgspec

from twilio_emulator.ledger import CallLedger
from twilio_emulator.report import report


def as_json(ledgers: Sequence[CallLedger]) -> bytes:
    """The report and every call with all its frames; times are monotonic seconds."""
    content = {"report": report(ledgers).as_dict(), "calls": [asdict(call) for call in ledgers]}
    return msgspec.json.format(msgspec.json.encode(content), indent=1)


def write_ledgers(path: Path, ledgers: Sequence[CallLedger]) -> None:
    """Write `as_json` to a file with mode 0600."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
        os.fchmod(file.fileno(), 0o600)  # an older file keeps its mode otherwise
        file.write(as_json(ledgers))
