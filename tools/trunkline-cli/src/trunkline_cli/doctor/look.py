"""Looks at everything, one area after the other."""

from collections.abc import AsyncIterator, Sequence
from typing import TypeVar

import httpx
from pydantic import ValidationError

from gateway.settings import GatewaySettings
from llm_worker.settings import WorkerSettings
from trunkline.agents import Agent, Provider
from trunkline.agents.load import AgentError, load_agents
from trunkline.settings import Settings, explain
from trunkline_cli.doctor.agents import check_agents, has_key
from trunkline_cli.doctor.finding import Finding, fine, skipped, wrong
from trunkline_cli.doctor.kafka import check_kafka
from trunkline_cli.doctor.models import check_models, questions
from trunkline_cli.doctor.postgres import check_postgres
from trunkline_cli.doctor.public import check_public
from trunkline_cli.doctor.twilio import check_twilio
from trunkline_cli.settings import CliSettings

ASK_SECONDS = 8.0

S = TypeVar("S", bound=Settings)


async def look(cli: CliSettings) -> AsyncIterator[Finding]:
    """Every finding, as it is made."""
    gateway, problems = _read(GatewaySettings)
    worker, more = _read(WorkerSettings)
    for problem in dict.fromkeys([*problems, *more]):
        yield problem
    agents = _read_agents(cli)
    if isinstance(agents, Finding):
        yield agents
        agents = []
    if worker is not None:
        for finding in check_agents(agents, worker):
            yield finding
    async with httpx.AsyncClient(timeout=ASK_SECONDS, trust_env=False) as client:
        async for finding in _look_outside(client, cli, gateway, worker, agents):
            yield finding


async def _look_outside(
    client: httpx.AsyncClient,
    cli: CliSettings,
    gateway: GatewaySettings | None,
    worker: WorkerSettings | None,
    agents: Sequence[Agent],
) -> AsyncIterator[Finding]:
    if gateway is None:
        yield skipped("twilio", "not looked at: see the settings above")
        yield skipped("public address", "not looked at: see the settings above")
    else:
        account, public = gateway.twilio_account_sid, gateway.public_url
        tokens = gateway.auth_tokens
        accounts = {account: tokens[account], **tokens}  # that one first
        numbers = [number for agent in agents for number in agent.numbers]
        for finding in await check_twilio(
            client, cli.twilio_api_base_url, accounts, public, numbers
        ):
            yield finding
        for finding in await check_public(client, public, account, tokens[account][0]):
            yield finding
    bootstrap = cli.kafka_bootstrap_servers
    for finding in await check_kafka(bootstrap) if bootstrap else ():
        yield finding
    for finding in await check_postgres(cli.database_url.get_secret_value()):
        yield finding
    if worker is not None:
        async for finding in _look_at_models(client, worker, agents):
            yield finding


async def _look_at_models(
    client: httpx.AsyncClient, worker: WorkerSettings, agents: Sequence[Agent]
) -> AsyncIterator[Finding]:
    named: dict[Provider, dict[str, None]] = {}
    for choice in (choice for agent in agents for choice in agent.models):
        if has_key(choice.provider, worker):
            named.setdefault(choice.provider, {})[choice.name] = None
    for provider, question in questions(worker, named).items():
        for finding in await check_models(client, provider, question, list(named[provider])):
            yield finding


def _read(cls: type[S]) -> tuple[S | None, list[Finding]]:
    try:
        settings = cls()
    except ValidationError as error:
        return None, [
            wrong("settings", sentence.partition(". ")[0], sentence.partition(". ")[2])
            for sentence in explain(cls, error)
        ]
    return settings, [fine("settings", f"{(cls.__doc__ or '').rstrip('.').lower()} are complete")]


def _read_agents(cli: CliSettings) -> list[Agent] | Finding:
    try:
        return list(load_agents(cli.agents_dir))
    except AgentError as error:
        mend = f"`trunkline agents check {cli.agents_dir}` shows them all."
        return wrong("agents", f"{len(error.mistakes)} mistakes in the agent files", mend)
