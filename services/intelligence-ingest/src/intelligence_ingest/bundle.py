"""One transcript with all that belongs to it, and whether it is the same as before: pure."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec

from intelligence_ingest.results import OperatorResult, Sentence, Transcript

WHOLE = "v2"
"""An API whose answers hold everything about a transcript: what is not in them any more is gone.
Those of other APIs hold some results each."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """What was fetched at one time; what was asked for later is newer."""

    transcript: Transcript
    sentences: Sequence[Sentence]
    results: Sequence[OperatorResult]
    asked_at: datetime
    unverified: bool = False
    """Told by a webhook of which only the URL was signed."""

    @property
    def content_hash(self) -> bytes:
        """Equal for equal content, whenever and however often it was fetched.

        The links in a document are left out: signed ones differ from answer to answer.
        """
        kept = replace(self.transcript, raw=_without_links(self.transcript.raw))
        plain = msgspec.json.encode([kept, self.sentences, self.results], order="deterministic")
        return hashlib.sha256(plain).digest()


def _without_links(raw: object) -> dict[str, object]:
    found = raw if isinstance(raw, dict) else {}
    return {name: value for name, value in found.items() if name not in ("links", "url")}


def joined(bundles: Iterable[Bundle]) -> list[Bundle]:
    """The bundles, those with some results each of one conversation as one."""
    found: dict[str, Bundle] = {}
    whole = []
    for bundle in bundles:
        sid = bundle.transcript.sid
        if bundle.transcript.api == WHOLE:
            whole.append(bundle)
        elif sid in found:
            found[sid] = _with(found[sid], bundle)
        else:
            found[sid] = bundle
    return [*whole, *found.values()]


def _with(one: Bundle, other: Bundle) -> Bundle:
    """Both; where they differ, what was signed holds, and then what is later."""
    signed = [each for each in (one, other) if not each.unverified] or [one, other]
    latest, *earlier = sorted(signed, key=lambda each: each.asked_at, reverse=True)
    sources = (each.transcript.source_sid for each in (latest, *earlier))
    transcript = replace(latest.transcript, source_sid=next(filter(None, sources), None))
    told = sorted((*one.results, *other.results), key=lambda result: not result.unverified)
    results = {result.key: result for result in told}
    return replace(latest, transcript=transcript, results=tuple(results.values()))
