"""The filters of lists of calls, as they are asked for, and as SQL."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Query

from trunkline.api.times import Time
from trunkline.protect import NumberVault

# The languages whose stems intelligence.searchable knows.
LANGUAGES = {
    "en": "english",
    "pt": "portuguese",
    "es": "spanish",
    "de": "german",
    "fr": "french",
    "it": "italian",
    "nl": "dutch",
}


@dataclass(frozen=True, slots=True)
class CallFilter:
    """Which calls; what is left out does not matter."""

    since: datetime | None = None
    until: datetime | None = None
    agent: str | None = None
    campaign: str | None = None
    number: str | None = None
    label: str | None = None
    outcome: str | None = None
    text: str | None = None
    language: str = "en"


Words = Annotated[str | None, Query(max_length=200)]


def call_filter(
    since: Annotated[Time | None, Query(description="Filed at this time or later.")] = None,
    until: Annotated[Time | None, Query(description="Filed before this time.")] = None,
    agent: Words = None,
    campaign: Words = None,
    number: Annotated[
        str | None, Query(pattern=r"^\+[1-9]\d{6,14}$", description="The other side's, E.164.")
    ] = None,
    label: Annotated[
        str | None, Query(max_length=200, description="That an operator has given the call.")
    ] = None,
    outcome: Words = None,
    text: Annotated[
        str | None,
        Query(max_length=200, description='Words that were spoken: refund -insurance "next week".'),
    ] = None,
    language: Annotated[
        str, Query(pattern="^[a-z]{2}$", description="Of the searched words: stems count.")
    ] = "en",
) -> CallFilter:
    """What the request asks for."""
    return CallFilter(
        since=since,
        until=until,
        agent=agent,
        campaign=campaign,
        number=number,
        label=label,
        outcome=outcome,
        text=text,
        language=language,
    )


WithFilter = Annotated[CallFilter, Depends(call_filter)]


@dataclass(frozen=True, slots=True)
class Search:
    """Words to be looked for, and whose stems count."""

    text: str
    language: str

    @property
    def config(self) -> str:
        """How PostgreSQL calls the language's stems; of others the words count as they stand."""
        return LANGUAGES.get(self.language, "simple")

    @property
    def query(self) -> str:
        """SQL for the words, whose parameter is `text`.

        The language is written out: as a parameter, which has to be cast, it would have the words
        parsed anew for every row that they are compared with.
        """
        return (
            "(websearch_to_tsquery('simple', :text)"
            f" || websearch_to_tsquery('{self.config}', :text))"
        )


@dataclass(frozen=True, slots=True)
class Where:
    """Conditions on a call itself, and their parameters; and what is to be found in it, for
    `searching`."""

    sql: str
    values: Mapping[str, object]
    label: str | None = None
    search: Search | None = None
    is_of_number: bool = False
    """These are the calls of one person: few, whatever they are searched for."""


# By index call_page and its sisters, in the order of the page.
PLAIN = {
    "since": "filed_at >= :since",
    "until": "filed_at < :until",
    "agent": "agent_id = :agent",
    "campaign": "campaign_id = :campaign",
    "outcome": "outcome = :outcome",
}


def where(asked: CallFilter, tenant_id: str, vault: NumberVault) -> Where:
    """The filter as conditions; a number is looked up under every key it may be stored with."""
    values: dict[str, object] = {
        name: value for name, value in asdict(asked).items() if value is not None and name in PLAIN
    }
    values["tenant_id"] = tenant_id
    conditions = ["tenant_id = :tenant_id"]
    conditions += [sql for name, sql in PLAIN.items() if name in values]
    if asked.number is not None:  # of one key, IN is the same as =, and keeps the index's order
        hmacs = [index.hmac for index in vault.indexes(tenant_id, asked.number)]
        values |= {f"number_{n}": hmac for n, hmac in enumerate(hmacs)}
        conditions.append(f"num_hmac IN ({', '.join(f':number_{n}' for n in range(len(hmacs)))})")
    search = None if asked.text is None else Search(asked.text, asked.language)
    sql = "\n  AND ".join(conditions)
    return Where(sql, values, asked.label, search, asked.number is not None)
