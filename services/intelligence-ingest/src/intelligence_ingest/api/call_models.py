"""Calls as answers have them."""

from pydantic import BaseModel, Field

from trunkline.api.times import Time


class Part(BaseModel):
    """A piece of a text, and whether it is what was searched for."""

    text: str
    hit: bool


class Highlight(BaseModel):
    """Where the words that were searched for were spoken."""

    speaker: str | None = Field(description="customer, agent, or null if unknown.")
    turn: int | None = Field(description="Of our own record; null: a sentence of a transcript.")
    parts: list[Part]


class Call(BaseModel):
    """One call."""

    call_sid: str
    filed_at: Time = Field(description="The first news of it; the order of lists.")
    direction: str | None = Field(description="inbound or outbound-api; null: not told yet.")
    agent_id: str | None
    agent_version: str | None
    campaign_id: str | None
    attempt_id: str | None
    attempt_outcome: str | None = Field(description="As the dialer saw it: human or machine.")
    number: str | None = Field(description="Masked for keys without `calls:read_numbers`.")
    our_number: str | None
    started_at: Time | None
    ended_at: Time | None
    duration_ms: int | None
    turns: int | None
    outcome: str = Field(description="Why it ended; `live` while it goes on.")
    transferred_to: str | None
    opted_out_at: Time | None
    labels: list[str] = Field(description="That operators have given it, each once.")
    highlights: list[Highlight] = Field(
        default=[], description="Of the search's words, three at most."
    )
