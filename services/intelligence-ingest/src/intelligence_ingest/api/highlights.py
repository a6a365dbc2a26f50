"""Where the words of a search were spoken."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from intelligence_ingest.api.call_models import Highlight, Part
from intelligence_ingest.api.call_rows import CallRow
from intelligence_ingest.api.filters import Search

# The marks are characters that no words have: what is stored is free of control characters.
_MARK, _UNMARK = "\x02", "\x03"
_MARKS = f"StartSel={_MARK}, StopSel={_UNMARK}, MaxFragments=1, MaxWords=25, MinWords=8"

# Call by call, by the primary key of turns and index sentence_call. A turn is what was asked and
# what was heard; OFFSET 0 keeps the order, so that no more texts are parsed than three places take.
_HIGHLIGHTS = """
SELECT page.call_sid, place.speaker, place.turn,
       ts_headline('{config}', place.body, {query}, :marks) AS headline
FROM unnest(CAST(:calls AS text[]), CAST(:times AS timestamptz[])) AS page (call_sid, filed_at)
CROSS JOIN LATERAL (
    SELECT speaker, turn, body FROM (
        SELECT speaker, turn, body FROM (
            SELECT turn, asked, heard FROM intelligence.turn
            WHERE turn.call_sid = page.call_sid AND turn.filed_at = page.filed_at
              AND search @@ {query} ORDER BY turn LIMIT 3) AS spoken
        CROSS JOIN LATERAL (VALUES (0, 'customer', asked), (1, 'agent', heard))
            AS of_turn (n, speaker, body)
        ORDER BY turn, n OFFSET 0) AS of_turns
    WHERE intelligence.searchable(:language, body) @@ {query} LIMIT 3) AS place
UNION ALL
SELECT page.call_sid, place.speaker, NULL,
       ts_headline('{config}', place.body, {query}, :marks)
FROM unnest(CAST(:calls AS text[]), CAST(:times AS timestamptz[])) AS page (call_sid, filed_at)
CROSS JOIN LATERAL (
    SELECT speaker, body FROM intelligence.sentence
    WHERE sentence.call_sid = page.call_sid AND search @@ {query}
      AND sentence.filed_at >= page.filed_at - interval '1 day'
    ORDER BY sentence_index LIMIT 3) AS place
"""
MOST = 3


async def highlights(
    connection: AsyncConnection, search: Search, calls: Sequence[CallRow]
) -> dict[str, list[Highlight]]:
    """Where the searched words were spoken in these calls, three places of each at most."""
    statement = _HIGHLIGHTS.format(query=search.query, config=search.config)
    values = {
        "calls": [call.call_sid for call in calls],
        "times": [call.filed_at for call in calls],
        "marks": _MARKS,
        "language": search.language,
        "text": search.text,
    }
    found: dict[str, list[Highlight]] = {}
    for row in await connection.execute(text(statement), values):
        places = found.setdefault(row.call_sid, [])
        if len(places) < MOST:
            places.append(Highlight(speaker=row.speaker, turn=row.turn, parts=parts(row.headline)))
    return found


def parts(headline: str) -> list[Part]:
    """A headline as pieces, so that nobody has to take words for marks."""
    plain, *marked = headline.split(_MARK)
    found = [Part(text=plain, hit=False)]
    for each in marked:
        hit, _, rest = each.partition(_UNMARK)
        found += [Part(text=hit, hit=True), Part(text=rest, hit=False)]
    return [part for part in found if part.text]
