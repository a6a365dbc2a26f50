"""Stores finished turns and the tools used in them."""

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from intelligence_ingest.news import News, newest, when
from intelligence_ingest.reading_json import clean
from intelligence_ingest.store.anchors import Subject, anchored, erased, share_erasure_lock
from intelligence_ingest.store.due import mark_due
from intelligence_ingest.store.rows import Row, Values, as_json, upsert
from trunkline.events.turn import ToolUse, TurnFinished
from trunkline.protect import NumberVault

# Of equal epochs the later record holds, and the same record again changes nothing that matters.
NEWER = "(excluded.epoch, excluded.finished_at) >= (kept.epoch, kept.finished_at)"
KEY = ("call_sid", "turn", "filed_at")


async def store_turns(
    connection: AsyncConnection, vault: NumberVault, news: Sequence[News[TurnFinished]]
) -> None:
    """Store the turns that are not erased; of one turn, what the highest epoch told."""
    await share_erasure_lock(connection)
    gone = await erased(connection, (each.event.call_sid for each in news))
    kept = newest(
        (each for each in news if each.event.call_sid not in gone),
        lambda each: (each.event.call_sid, each.event.turn),
        lambda each: (each.event.epoch, each.event.finished_ms),
    )
    if not kept:
        return
    filed = await anchored(
        connection,
        [
            Subject(each.event.call_sid, each.event.tenant_id, each.at(each.event.asked_ms))
            for each in kept
        ],
    )
    rows = [_turn(each, vault) | {"filed_at": filed[each.event.call_sid]} for each in kept]
    written = await upsert(connection, "turn", rows, KEY, NEWER)
    await _store_calls(connection, rows)
    await _store_uses(
        connection,
        [(row, each.event) for row, each in zip(rows, kept, strict=True) if _key(row) in written],
        vault,
    )
    await mark_due(connection, {row["call_sid"] for row in rows})


async def _store_calls(connection: AsyncConnection, rows: Sequence[Row]) -> None:
    """A call exists as soon as anything is known of it; lifecycle tells more."""
    columns = ("call_sid", "filed_at", "tenant_id", "agent_id", "agent_version")
    calls = {row["call_sid"]: {column: row[column] for column in columns} for row in rows}
    await upsert(
        connection, "call", list(calls.values()), ("call_sid", "filed_at"), "kept.agent_id IS NULL"
    )


async def _store_uses(
    connection: AsyncConnection, turns: Sequence[tuple[Row, TurnFinished]], vault: NumberVault
) -> None:
    """Exactly the uses that the stored record of a turn names."""
    if not turns:
        return
    await connection.execute(
        text(
            "DELETE FROM intelligence.tool_use AS kept USING jsonb_populate_recordset("
            " NULL::intelligence.tool_use, CAST(:turns AS jsonb)) AS told"
            " WHERE kept.call_sid = told.call_sid AND kept.turn = told.turn"
            " AND kept.filed_at = told.filed_at"
        ),
        {"turns": as_json([dict(zip(KEY, _key(row), strict=True)) for row, _ in turns])},
    )
    uses = {
        (event.call_sid, event.turn, use.use_id): _use(row, use, vault)
        for row, event in turns
        for use in event.uses
    }
    await upsert(
        connection, "tool_use", list(uses.values()), ("call_sid", "turn", "use_id", "filed_at")
    )


def _key(row: Row) -> tuple[object, ...]:
    return tuple(row[column] for column in KEY)


def _turn(news: News[TurnFinished], vault: NumberVault) -> Values:
    event = news.event
    return {
        "call_sid": event.call_sid,
        "turn": event.turn,
        "tenant_id": event.tenant_id,
        "epoch": event.epoch,
        "agent_id": event.agent_id,
        "agent_version": event.agent_version,
        "language": event.language,
        "asked": clean(event.asked),
        "said": clean(event.said),
        "heard": clean(event.heard),
        "keys_enc": vault.encrypt(event.keys) if event.keys else None,
        "interrupted": event.interrupted,
        "attempts": event.attempts,
        "fillers": event.fillers,
        "apologised": event.apologised,
        **asdict(event.usage),
        **asdict(event.timings),
        "asked_at": news.at(event.asked_ms),
        "first_words_ms": event.first_words_ms,
        "finished_at": when(event.finished_ms),
    }


def _use(turn: Row, use: ToolUse, vault: NumberVault) -> Values:
    return {
        "call_sid": turn["call_sid"],
        "turn": turn["turn"],
        "use_id": use.use_id,
        "filed_at": turn["filed_at"],
        "tenant_id": turn["tenant_id"],
        "round": use.round,
        "tool": use.tool,
        "status": use.status.name.lower(),
        "model": use.model,
        "arguments_enc": vault.encrypt(use.arguments) if use.arguments else None,
        "result_enc": vault.encrypt(use.result) if use.result else None,
    }
