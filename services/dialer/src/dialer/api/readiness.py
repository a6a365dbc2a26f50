"""What a campaign needs before it can call anybody, whoever its contacts are."""

from collections.abc import Iterator, Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.api.campaign_rows import CampaignRow
from dialer.api.context import Parts
from dialer.policy import Policy
from dialer.presets import Purpose
from dialer.unsaid import Unsaid, unsaid
from trunkline.api.problem import FieldError

# from_number_choice finds one.
_CALLS_FROM = text("""
SELECT EXISTS (SELECT FROM dialer.from_number JOIN dialer.campaign USING (tenant_id)
               WHERE campaign.id = :id AND from_number.account_sid = campaign.account_sid
                 AND pool = campaign.from_pool AND from_number.state = 'active')
""")


async def missing(
    connection: AsyncConnection, parts: Parts, row: CampaignRow
) -> Sequence[FieldError]:
    """What stands in the way of its start."""
    errors = list(_wrong_agent(parts, row))
    if not (await connection.execute(_CALLS_FROM, {"id": row.id})).scalar_one():
        detail = "The pool has no active number of the account."
        errors.append(FieldError("#/from_pool", "no_calling_number", detail))
    return errors


def _wrong_agent(parts: Parts, row: CampaignRow) -> Iterator[FieldError]:
    if parts.agents.current(row.agent_id) is None:
        yield FieldError("#/agent_id", "unknown_agent", "The agent is not there any more.")
        return
    agent = parts.agents.asked_for(row.agent_id, row.agent_version or "")
    if agent is None:
        detail = "The agent has another version by now."
        yield FieldError("#/agent_version", "unknown_version", detail)
        return
    policy = Policy.model_validate_json(row.policy)
    for each in unsaid(agent, policy, Purpose(row.purpose)):
        yield FieldError(*_UNSAID[each])


_UNSAID = {
    Unsaid.DISCLOSURE: (
        *("#/agent_id", "no_disclosure"),
        "The agent says in one of its languages no disclosure that it is an AI.",
    ),
    Unsaid.OPT_OUT: (
        *("#/agent_id", "no_opt_out_in_voicemail"),
        "The agent's phrases.voicemail does not name {{opt_out_number}} in all of its languages.",
    ),
    Unsaid.OPT_OUT_NUMBER: (
        *("#/policy/opt_out_number", "no_opt_out_number"),
        "A message of marketing to an answering machine has to name a number for opting out.",
    ),
    Unsaid.RECORDING: (
        *("#/policy/recording", "no_recording_announcement"),
        "The agent does not say in all of its languages that calls are recorded (recorded).",
    ),
}
