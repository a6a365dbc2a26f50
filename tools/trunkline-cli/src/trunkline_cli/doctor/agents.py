"""Agents, their models' keys, their tools' hosts and secrets. Reads the folder of secrets alone."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from llm_worker.settings import WorkerSettings
from llm_worker.tools.hosts import parse_hosts
from llm_worker.tools.in_python import GROUP, PythonTools
from trunkline.agents import Agent, Http, Provider, Tool
from trunkline.errors import Invalid
from trunkline_cli.doctor.finding import Finding, fine, warning, wrong

AREA = "agents"
_KEYS = {
    Provider.GROQ: "GROQ_API_KEY",
    Provider.OPENAI: "OPENAI_API_KEY",
    Provider.ANTHROPIC: "ANTHROPIC_API_KEY",
    Provider.GEMINI: "GEMINI_API_KEY",
    Provider.DEEPSEEK: "DEEPSEEK_API_KEY",
    Provider.OLLAMA: "OLLAMA_BASE_URL",
    Provider.VLLM: "VLLM_BASE_URL",
}


def check_agents(agents: Iterable[Agent], settings: WorkerSettings) -> Iterator[Finding]:
    """Each agent, by itself and with what the worker is given."""
    for agent in agents:
        yield from _check_numbers(agent)
        yield from _check_models(agent, settings)
        for tool in agent.tools:
            yield from _check_tool(agent, tool, settings)


def has_key(provider: Provider, settings: WorkerSettings) -> bool:
    """Whether the worker can ask this provider's models."""
    name = _KEYS.get(provider)
    return name is None or bool(getattr(settings, name.lower()))


def _check_numbers(agent: Agent) -> Iterator[Finding]:
    if agent.numbers:
        yield fine(AREA, f"{agent.id} answers {', '.join(agent.numbers)}")
    else:
        mend = "Give it `numbers` in its file, or use it for outbound calls alone."
        yield warning(AREA, f"{agent.id} answers no number", mend)


def _check_models(agent: Agent, settings: WorkerSettings) -> Iterator[Finding]:
    providers = dict.fromkeys(choice.provider for choice in agent.models)
    missing = [provider for provider in providers if not has_key(provider, settings)]
    for provider in missing:
        what = f"{agent.id} names {provider}, and {_KEYS[provider]} is not set"
        yield warning(AREA, what, f"Set {_KEYS[provider]}; until then the next model answers.")
    if len(missing) == len(providers):
        mend = "Set one of the keys, or put `provider: offline` at the end of its models."
        yield wrong(AREA, f"{agent.id} has no model that can be asked", mend)


def _check_tool(agent: Agent, tool: Tool, settings: WorkerSettings) -> Iterator[Finding]:
    name = f"{agent.id}: tool {tool.name}"
    if tool.http is None:
        if why_not := PythonTools.find([tool.python]).why_not(tool.python):
            mend = f"Install a package beside the worker whose entry points name it, in {GROUP}."
            yield warning(AREA, f"{name} cannot be used: {why_not}", mend)
    else:
        yield from _check_http(name, tool.http, settings)


def _check_http(name: str, http: Http, settings: WorkerSettings) -> Iterator[Finding]:
    hosts = parse_hosts(settings.tool_hosts)
    try:
        hosts.origin(http)
    except Invalid as error:
        is_known = http.host in hosts.served
        mend = "Write it so in the agent file." if is_known else f"Add {http.host} to TOOL_HOSTS."
        yield warning(AREA, f"{name} may not call {http.host}: {error}", mend)
    for secret in sorted(http.secrets):
        if not _is_there(settings.tool_secrets_dir, secret):
            mend = f"Put it into a file of that name in the folder TOOL_SECRETS_DIR: {secret}"
            yield warning(AREA, f"{name} needs the secret {secret}", mend)


def _is_there(folder: Path | None, secret: str) -> bool:
    return folder is not None and (folder / secret).is_file()
