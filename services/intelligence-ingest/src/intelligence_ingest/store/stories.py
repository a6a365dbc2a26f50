"""Reads calls as our operators see them, and stores what they found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from intelligence_ingest.operators.declared import Operator
from intelligence_ingest.operators.story import AGENT, CUSTOMER, Story, Utterance
from intelligence_ingest.results import OperatorResult
from intelligence_ingest.store.rows import Values, upsert
from intelligence_ingest.store.transcripts import result_row

# By the calls' primary key; the turns and sentences by their own.
CALLS = """
    SELECT call_sid, filed_at, tenant_id FROM intelligence.call
    WHERE call_sid = ANY(:calls) AND NOT live
"""
TURNS = """
    SELECT call_sid, turn, language, asked, heard, interrupted, first_words_ms
    FROM intelligence.turn WHERE call_sid = ANY(:calls) ORDER BY call_sid, turn
"""
SENTENCES = """
    SELECT call_sid, speaker, language, body, start_s, end_s FROM intelligence.sentence
    WHERE call_sid = ANY(:calls) AND speaker IS NOT NULL ORDER BY call_sid, sentence_index
"""
# By the same keys. Retention takes a transcript's words after it has marked it, so who asks last
# knows whether what was read before is whole.
GONE = """
    SELECT call_sid FROM intelligence.turn WHERE call_sid = ANY(:calls) AND said IS NULL
    UNION SELECT call_sid FROM intelligence.transcript
    WHERE call_sid = ANY(:calls) AND api = 'v2' AND raw_enc IS NULL
"""
OPERATED = """
    SELECT DISTINCT subject_id AS call_sid FROM intelligence.operator_result
    WHERE subject_id = ANY(:calls)
"""
KEY = ("subject_id", "result_key", "filed_at")
TOUCH = "updated_at = clock_timestamp()"


@dataclass(frozen=True, slots=True)
class Finished:
    """A call that is over, and its story."""

    call_sid: str
    filed_at: datetime
    tenant_id: str
    story: Story


async def finished_calls(
    connection: AsyncConnection, call_sids: Sequence[str]
) -> Sequence[Finished]:
    """Those of the calls that are over and whose words are there.

    Without them, operators would find nothing where they had found something: what was found before
    stays, and is evidence.
    """
    values = {"calls": sorted(call_sids)}
    calls = (await connection.execute(text(CALLS), values)).all()
    turns = _grouped((await connection.execute(text(TURNS), values)).mappings().all())
    sentences = _grouped((await connection.execute(text(SENTENCES), values)).mappings().all())
    operated = await _named(connection, OPERATED, values)
    gone = (operated - turns.keys() - sentences.keys()) | await _named(connection, GONE, values)
    return [
        Finished(
            row.call_sid,
            row.filed_at,
            row.tenant_id,
            _story(turns.get(row.call_sid, []), sentences.get(row.call_sid, [])),
        )
        for row in calls
        if row.call_sid not in gone
    ]


async def _named(
    connection: AsyncConnection, statement: str, values: Mapping[str, Any]
) -> frozenset[str]:
    return frozenset(row.call_sid for row in await connection.execute(text(statement), values))


async def operate(
    connection: AsyncConnection, operators: Sequence[Operator], calls: Sequence[Finished]
) -> None:
    """Run the operators on the calls and store what they find; again is the same."""
    rows = [_row(call, operator.run(call.story)) for call in calls for operator in operators]
    await upsert(connection, "operator_result", rows, KEY, also=TOUCH)


def _row(call: Finished, result: OperatorResult) -> Values:
    return result_row(result) | {
        "subject_id": call.call_sid,
        "filed_at": call.filed_at,
        "tenant_id": call.tenant_id,
        "source": "own",
        "call_sid": call.call_sid,
        "call_filed_at": call.filed_at,
        "created_at": call.filed_at,
    }


def _grouped(rows: Sequence[Mapping[Any, Any]]) -> dict[str, list[Mapping[Any, Any]]]:
    return {key: list(some) for key, some in groupby(rows, key=lambda row: row["call_sid"])}


def _story(turns: Sequence[Mapping[Any, Any]], sentences: Sequence[Mapping[Any, Any]]) -> Story:
    heard = [
        Utterance(speaker, words, turn["language"], turn["turn"])
        for turn in turns
        for speaker, words in ((CUSTOMER, turn["asked"]), (AGENT, turn["heard"]))
        if words
    ]
    spoken = [
        Utterance(
            each["speaker"],
            each["body"],
            each["language"] or "",
            None,
            each["start_s"],
            each["end_s"],
        )
        for each in sentences
    ]
    return Story(
        tuple(heard),
        tuple(spoken),
        tuple(turn["first_words_ms"] for turn in turns if turn["first_words_ms"]),
        sum(turn["interrupted"] for turn in turns),
    )
