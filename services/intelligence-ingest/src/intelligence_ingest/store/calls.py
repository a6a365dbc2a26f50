"""Stores what becomes of calls: their beginning, sessions and end, and the campaigns they were for.

Each kind of news has its own columns and its own rule of what is newer, so that the same row comes
out in whichever order the records are read.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from intelligence_ingest.news import News, Rank, newest, when
from intelligence_ingest.store.anchors import Subject, anchored, erased, share_erasure_lock
from intelligence_ingest.store.due import mark_due
from intelligence_ingest.store.erasures import refuse_numbers
from intelligence_ingest.store.rows import Row, Values, update, upsert
from intelligence_ingest.store.sessions import store_sessions
from trunkline.events.lifecycle import (
    GONE,
    CallEnded,
    CallResumed,
    CallStarted,
    Lifecycle,
    OptOutRequested,
)
from trunkline.protect import NumberVault

KEY = ("call_sid", "filed_at")
SAME_CALL = "kept.call_sid = told.call_sid"

STARTED = """
    tenant_id = told.tenant_id, direction = told.direction, agent_id = told.agent_id,
    agent_version = told.agent_version, started_at = told.started_at,
    started_epoch = told.started_epoch, attempt_id = coalesce(told.attempt_id, kept.attempt_id),
    num_key = told.num_key, num_hmac = told.num_hmac, num_enc = told.num_enc,
    our_num_key = told.our_num_key, our_num_hmac = told.our_num_hmac,
    our_num_enc = told.our_num_enc, updated_at = clock_timestamp()
"""
STARTED_WHEN = f"{SAME_CALL} AND coalesce(kept.started_epoch < told.started_epoch, true)"

ENDED = """
    end_epoch = told.end_epoch, end_reason = told.end_reason, ended_at = told.ended_at,
    transferred_to = told.transferred_to, turns = told.turns, duration_ms = told.duration_ms,
    updated_at = clock_timestamp()
"""
ENDED_WHEN = f"""{SAME_CALL}
    AND coalesce((kept.end_epoch, kept.ended_at) < (told.end_epoch, told.ended_at), true)"""

GONE_AT = "gone_at = told.gone_at, updated_at = clock_timestamp()"
GONE_WHEN = f"{SAME_CALL} AND coalesce(kept.gone_at > told.gone_at, true)"

OPTED_OUT = """
    opted_out_at = told.opted_out_at, opted_out_turn = told.opted_out_turn,
    updated_at = clock_timestamp()
"""
OPTED_OUT_WHEN = f"{SAME_CALL} AND coalesce(kept.opted_out_at > told.opted_out_at, true)"


async def store_lifecycle(
    connection: AsyncConnection, vault: NumberVault, news: Sequence[News[Lifecycle]]
) -> None:
    """Store the news of calls that are not erased, nor come to be by the number they name."""
    await share_erasure_lock(connection)
    await refuse_numbers(connection, vault, [each for each in news if _is_start(each)])
    gone = await erased(connection, (each.event.call_sid for each in news))
    kept = [each for each in news if each.event.call_sid not in gone]
    if not kept:
        return
    filed = await anchored(
        connection,
        [Subject(each.event.call_sid, each.event.tenant_id, _at(each)) for each in kept],
    )
    rows = [
        {"call_sid": each.event.call_sid, "filed_at": filed[each.event.call_sid]}
        | _row(each, vault)
        for each in kept
    ]
    await _store_epochs(connection, rows)
    for kind, rank, changes, condition in (
        ("started_epoch", _epoch, STARTED, STARTED_WHEN),
        ("end_epoch", _end, ENDED, ENDED_WHEN),
        ("gone_at", _sooner("gone_at"), GONE_AT, GONE_WHEN),
        ("opted_out_at", _sooner("opted_out_at"), OPTED_OUT, OPTED_OUT_WHEN),
    ):
        told = newest((row for row in rows if kind in row), _sid, rank)
        await update(connection, "call", told, changes, condition)
    await store_sessions(connection, kept, filed)
    await mark_due(connection, filed)


def _is_start(news: News[Lifecycle]) -> bool:
    return isinstance(news.event, CallStarted)


def _at(news: News[Lifecycle]) -> datetime:
    return news.at(0 if isinstance(news.event, OptOutRequested) else news.event.at_ms)


def _sid(row: Row) -> object:
    return row["call_sid"]


def _epoch(row: Row) -> Rank:
    return (row["last_epoch"],)


def _end(row: Row) -> Rank:
    return row["end_epoch"], row["ended_at"]


def _sooner(column: str) -> Callable[[Row], Rank]:
    """Of several times, the first holds: the rank within a batch is that between batches."""
    return lambda row: (-row[column].timestamp(),)


async def _store_epochs(connection: AsyncConnection, rows: Iterable[Row]) -> None:
    """The calls exist, with the highest epoch that was told of each."""
    columns = (*KEY, "tenant_id", "last_epoch")
    calls = newest(rows, _sid, _epoch)
    await upsert(
        connection,
        "call",
        [{column: row[column] for column in columns} for row in calls],
        KEY,
        "kept.last_epoch < excluded.last_epoch",
    )


def _row(news: News[Lifecycle], vault: NumberVault) -> Values:
    event = news.event
    common = {"tenant_id": event.tenant_id, "last_epoch": event.epoch}
    match event:
        case CallStarted():
            return common | _started(event, vault)
        case CallEnded(reason=reason) if reason == GONE:
            return common | {"gone_at": _at(news)}
        case CallEnded():
            return common | _ended(event)
        case OptOutRequested(turn=turn):
            return common | {"opted_out_at": _at(news), "opted_out_turn": turn}
        case CallResumed():
            return common


def _started(event: CallStarted, vault: NumberVault) -> Values:
    inbound = event.direction == "inbound"
    person, ours = (event.from_, event.to) if inbound else (event.to, event.from_)
    return {
        "started_epoch": event.epoch,
        "started_at": when(event.at_ms),
        "direction": event.direction,
        "agent_id": event.agent_id,
        "agent_version": event.agent_version,
        "attempt_id": event.attempt_id or None,
        **_hidden("num", event.tenant_id, person, vault),
        **_hidden("our_num", event.tenant_id, ours, vault),
    }


def _hidden(name: str, tenant_id: str, number: str, vault: NumberVault) -> Values:
    if not number:
        return {}
    index = vault.index(tenant_id, number)
    return {
        f"{name}_key": index.key,
        f"{name}_hmac": index.hmac,
        f"{name}_enc": vault.encrypt(number),
    }


def _ended(event: CallEnded) -> Values:
    return {
        "end_epoch": event.epoch,
        "end_reason": event.reason,
        "ended_at": when(event.at_ms),
        "transferred_to": event.transferred_to or None,
        "turns": event.turns,
        "duration_ms": event.duration_ms,
    }
