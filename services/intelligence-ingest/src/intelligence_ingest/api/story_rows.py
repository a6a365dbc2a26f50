"""Everything about one call, between its rows and the API."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from intelligence_ingest.api import call_rows
from intelligence_ingest.api.call_rows import CallRow
from intelligence_ingest.api.result_rows import (
    RESULT_COLUMNS,
    TRANSCRIPT_COLUMNS,
    result_of,
    transcript_of,
)
from intelligence_ingest.api.story_models import Moment, Story
from intelligence_ingest.api.timeline import Values, aligned, beginnings, spoken, told
from trunkline.protect import NumberVault

# All by an index that begins with the call: session_call, the primary keys of turns and of uses of
# tools, sentence_call, transcript_call, operator_result_call.
_SESSIONS = """
SELECT started_at AS at, session_id, epoch FROM intelligence.session WHERE call_sid = :call_sid
"""
_TURNS = """
SELECT asked_at AS at, turn, language, asked, said, heard, keys_enc, interrupted, attempts, fillers,
       apologised, model, prompt_tokens, completion_tokens, cached_tokens, reasoning_tokens,
       queued_ms, first_token_ms, total_ms, tools_ms, first_words_ms, finished_at
FROM intelligence.turn WHERE call_sid = :call_sid ORDER BY turn
"""
_TOOLS = """
SELECT turn.asked_at AS at, use.turn, use.round, use.tool, use.status, use.model,
       use.arguments_enc, use.result_enc
FROM intelligence.tool_use AS use JOIN intelligence.turn AS turn
  ON turn.call_sid = use.call_sid AND turn.turn = use.turn AND turn.filed_at = use.filed_at
WHERE use.call_sid = :call_sid ORDER BY use.turn, use.round, use.use_id
"""
_SENTENCES = """
SELECT transcript_sid, sentence_index, speaker, channel, start_s, end_s, body, confidence
FROM intelligence.sentence WHERE call_sid = :call_sid ORDER BY transcript_sid, sentence_index
"""
_TRANSCRIPTS = f"""
SELECT {TRANSCRIPT_COLUMNS} FROM intelligence.transcript WHERE call_sid = :call_sid
ORDER BY filed_at, transcript_sid
"""
_RESULTS = f"""
SELECT {RESULT_COLUMNS} FROM intelligence.operator_result WHERE call_sid = :call_sid
ORDER BY source, operator_name, subject_id
"""


async def story(
    connection: AsyncConnection, call: CallRow, vault: NumberVault, *, in_full: bool
) -> Story:
    """The call's story, as the key that asks may see it."""

    async def rows(statement: str) -> Sequence[Values]:
        found = await connection.execute(text(statement), {"call_sid": call.call_sid})
        return found.mappings().all()

    sessions, transcripts = await rows(_SESSIONS), await rows(_TRANSCRIPTS)
    begins = beginnings(transcripts, {row["session_id"]: row["at"] for row in sessions})
    return Story(
        call=call_rows.shown(call, vault, in_full=in_full),
        timeline=aligned(
            told("session", sessions),
            told("turn", [_opened(row, vault, in_full) for row in await rows(_TURNS)]),
            told("tool", [_opened(row, vault, in_full) for row in await rows(_TOOLS)]),
            spoken(await rows(_SENTENCES), begins),
            _end(call),
        ),
        transcripts=[transcript_of(row) for row in transcripts],
        results=[result_of(row) for row in await rows(_RESULTS)],
    )


def _opened(row: Values, vault: NumberVault, in_full: bool) -> Mapping[str, Any]:
    """What is encrypted because it may hold numbers: in clear, or left out."""
    hidden = [name for name in row if name.endswith("_enc")]
    clear = {
        name.removesuffix("_enc"): vault.decrypt(row[name]) if row[name] is not None else None
        for name in hidden
        if in_full
    }
    return {**{name: value for name, value in row.items() if name not in hidden}, **clear}


def _end(call: CallRow) -> list[Moment]:
    if call.ended_at is None:
        return []
    ended = {"at": call.ended_at, "reason": call.outcome, "transferred_to": call.transferred_to}
    return told("ended", [ended])
