"""Which large model speaks in the demo, if there is a key for one, and the agents it speaks for."""

import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from llm_worker.settings import WorkerSettings
from trunkline.agents import Provider
from trunkline.agents.models import EXAMPLES
from trunkline_cli.stack.errors import StackError

_ORDER = (
    Provider.GROQ,
    Provider.OPENAI,
    Provider.ANTHROPIC,
    Provider.GEMINI,
    Provider.DEEPSEEK,
)
_MODELS = re.compile(r"^models:[ \t]*(?:#.*)?$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Speaker:
    """A provider's model."""

    provider: Provider
    name: str


def speaker_of(settings: WorkerSettings) -> Speaker | None:
    """The model of the first provider that has a key; none: all is said by rules and documents."""
    keys = {
        Provider.GROQ: settings.groq_api_key,
        Provider.OPENAI: settings.openai_api_key,
        Provider.ANTHROPIC: settings.anthropic_api_key,
        Provider.GEMINI: settings.gemini_api_key,
        Provider.DEEPSEEK: settings.deepseek_api_key,
    }
    with_key = (provider for provider in _ORDER if keys[provider])
    return next((Speaker(provider, EXAMPLES[provider]) for provider in with_key), None)


def agents_for(speaker: Speaker, source: Path, target: Path, names: Sequence[str]) -> Path:
    """Copy the agents' folder; in these agents the speaker is asked before all other models."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)
    for name in names:
        file = target / f"{name}.yaml"
        file.write_text(put_first(speaker, file.read_text()))
    return target


def put_first(speaker: Speaker, text: str) -> str:
    """The text of an agent file with the speaker at the head of its models."""
    effort = ["    reasoning_effort: low"] if speaker.provider is Provider.GROQ else []
    lines = [f"  - provider: {speaker.provider}", f"    name: {speaker.name}", *effort]
    changed, count = _MODELS.subn(lambda found: "\n".join([found[0], *lines]), text)
    if count != 1:
        raise StackError("The demo puts a model into agent files with a line `models:` alone.")
    return changed
