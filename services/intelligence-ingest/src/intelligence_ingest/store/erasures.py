"""Erased people and calls: what their erasure means for news that comes later."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from intelligence_ingest.news import News
from intelligence_ingest.store.anchors import take_erasure_lock
from intelligence_ingest.store.rows import Row, Values, upsert
from trunkline.events.lifecycle import CallStarted, Lifecycle
from trunkline.protect import NumberVault

# Everything that names a call, child tables first. Anchors go too: what is erased leaves no trace
# but the erasure itself.
FORGET = (
    "DELETE FROM intelligence.tool_use WHERE call_sid = ANY(:calls)",
    "DELETE FROM intelligence.turn WHERE call_sid = ANY(:calls)",
    "DELETE FROM intelligence.sentence WHERE call_sid = ANY(:calls)"
    " OR transcript_sid = ANY(:transcripts)",
    "DELETE FROM intelligence.operator_result WHERE call_sid = ANY(:calls)"
    " OR subject_id = ANY(:subjects)",
    "DELETE FROM intelligence.transcript WHERE transcript_sid = ANY(:transcripts)",
    "DELETE FROM intelligence.session WHERE call_sid = ANY(:calls)",
    "DELETE FROM intelligence.call WHERE call_sid = ANY(:calls)",
    "DELETE FROM intelligence.operator_due WHERE call_sid = ANY(:calls)",
    "DELETE FROM intelligence.anchor WHERE subject_id = ANY(:subjects)",
)

# Where Twilio has what an id names: a call (by which its conversations are found), a session or a
# recording (by which their transcripts are), a transcript, a conversation of the third version.
PLACES = {
    "CA": ("recording", "call_record", "conversation"),
    "VX": ("transcript",),
    "RE": ("transcript",),
    "GT": ("transcript",),
    "conv": ("operator_result", "conversation"),
}


async def forget_calls(
    connection: AsyncConnection, erasure_id: object, call_sids: Collection[str]
) -> None:
    """Delete all that is stored of these calls, and keep it from coming back.

    In a transaction that holds the erasure lock. Their sessions and transcripts are erased too: by
    them a sweep would find the words again.
    """
    calls = sorted(set(call_sids))
    found = await connection.execute(
        text(
            "SELECT tenant_id, call_sid AS id, 'call' AS kind FROM intelligence.call"
            " WHERE call_sid = ANY(:calls)"
            " UNION SELECT tenant_id, session_id, 'session' FROM intelligence.session"
            " WHERE call_sid = ANY(:calls)"
            " UNION SELECT tenant_id, transcript_sid, 'transcript' FROM intelligence.transcript"
            " WHERE call_sid = ANY(:calls)"
        ),
        {"calls": calls},
    )
    rows = found.all()
    transcripts = sorted(row.id for row in rows if row.kind == "transcript")
    await note_erased(connection, erasure_id, [(row.id, row.tenant_id) for row in rows])
    await forget(connection, calls, transcripts)


async def forget_transcripts(
    connection: AsyncConnection, erasure_id: object, transcripts: Sequence[tuple[str, str]]
) -> None:
    """Delete all that is stored of these, each with its tenant, and keep it from coming back."""
    await note_erased(connection, erasure_id, transcripts)
    await forget(connection, [], [sid for sid, _ in transcripts])


async def forget_sources(
    connection: AsyncConnection, erasure_id: object, sources: Sequence[str]
) -> None:
    """The same for transcripts that are one of these or made of one, and belong to no call yet; by
    the primary key and index transcript_source."""
    found = await connection.execute(
        text(
            "SELECT transcript_sid, tenant_id FROM intelligence.transcript"
            " WHERE transcript_sid = ANY(:sources)"
            " OR (call_sid IS NULL AND source_sid = ANY(:sources))"
        ),
        {"sources": sources},
    )
    rows = [(row.transcript_sid, row.tenant_id) for row in found]
    await forget_transcripts(connection, erasure_id, rows)


async def forget(
    connection: AsyncConnection, calls: Sequence[str], transcripts: Sequence[str]
) -> None:
    """Delete every row about these calls and transcripts."""
    values = {"calls": calls, "transcripts": transcripts, "subjects": [*calls, *transcripts]}
    for statement in FORGET:
        names = {name: value for name, value in values.items() if f":{name}" in statement}
        await connection.execute(text(statement), names)


async def refuse_numbers(
    connection: AsyncConnection, vault: NumberVault, started: Sequence[News[Lifecycle]]
) -> None:
    """Erase calls that turn out to be with an erased number, from before it was erased."""
    calls = [each.event for each in started if isinstance(each.event, CallStarted)]
    hmacs = {hmac for call in calls for hmac in _hmacs(call, vault)}
    if not hmacs:
        return
    found = await connection.execute(
        text(
            "SELECT num_hmac, erasure_id, extract(epoch FROM before) * 1000 AS before_ms"
            " FROM intelligence.erased_number WHERE num_hmac = ANY(:hmacs)"
        ),
        {"hmacs": list(hmacs)},
    )
    rows = found.all()
    if rows:  # turns of these calls may be on their way in other transactions
        await take_erasure_lock(connection)
    for row in rows:
        for call in calls:
            if row.num_hmac in _hmacs(call, vault) and call.at_ms < row.before_ms:
                await _refuse(connection, row.erasure_id, call)


def _hmacs(call: CallStarted, vault: NumberVault) -> set[bytes]:
    return {
        index.hmac
        for number in (call.from_, call.to)
        if number
        for index in vault.indexes(call.tenant_id, number)
    }


async def _refuse(connection: AsyncConnection, erasure_id: object, call: CallStarted) -> None:
    """Turns of it may be stored already: they do not tell the number."""
    ids = [(call.call_sid, call.tenant_id)]
    if call.session_id:
        ids.append((call.session_id, call.tenant_id))
    await note_erased(connection, erasure_id, ids)
    await forget_calls(connection, erasure_id, [call.call_sid])


async def refuse_transcripts(connection: AsyncConnection, sources: Mapping[str, str]) -> None:
    """Erase transcripts, by sid, of sources that are erased: they were made, or found, later."""
    found = await connection.execute(
        text(
            "SELECT subject_id, erasure_id, tenant_id FROM intelligence.erased"
            " WHERE subject_id = ANY(:sources)"
        ),
        {"sources": sorted(set(sources.values()))},
    )
    for row in found.all():
        sids = [sid for sid, source in sources.items() if source == row.subject_id]
        await note_erased(connection, row.erasure_id, [(sid, row.tenant_id) for sid in sids])


async def note_erased(
    connection: AsyncConnection, erasure_id: object, subjects: Sequence[tuple[str, str]]
) -> None:
    """Keep these sids, each with its tenant, from coming back, and from staying at Twilio."""
    named = dict(subjects)
    rows: list[Values] = [
        {"subject_id": subject, "erasure_id": str(erasure_id), "tenant_id": tenant}
        for subject, tenant in named.items()
    ]
    await upsert(connection, "erased", rows, ("subject_id",), "false")
    await _note_places(connection, rows)


async def _note_places(connection: AsyncConnection, subjects: Sequence[Row]) -> None:
    """Twilio has to delete them, too; an erasure that was finished is not any more."""
    rows = [
        {**subject, "place": place}
        for subject in subjects
        for place in _places(subject["subject_id"])
    ]
    key = ("erasure_id", "place", "subject_id")
    if await upsert(connection, "erasure_place", rows, key, "false"):
        await connection.execute(
            text(
                "UPDATE intelligence.erasure SET state = 'running', finished_at = NULL"
                " WHERE id = ANY(CAST(:ids AS uuid[])) AND state <> 'running'"
            ),
            {"ids": sorted({row["erasure_id"] for row in rows})},
        )


def _places(subject_id: str) -> Sequence[str]:
    kind, separator, _ = subject_id.partition("_")
    return PLACES.get(kind if separator else subject_id[:2], ())
