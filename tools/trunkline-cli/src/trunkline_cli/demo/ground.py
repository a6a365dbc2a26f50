"""Where the demo plays: a folder and servers of its own, empty at the start, and its own Twilio.

Nothing that it does can touch a stack, an account or a list of yours: it calls 187 numbers.
"""

import re
import shutil
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

from pydantic import SecretStr

from intelligence_ingest.settings import OPERATORS
from trunkline_cli.demo.acts import EVENT_HOST, RECEPTIONIST
from trunkline_cli.demo.speaker import Speaker, put_first
from trunkline_cli.settings import CliSettings
from trunkline_cli.stack.emulated import SERVICE
from trunkline_cli.stack.errors import StackError
from trunkline_cli.stack.leftovers import ProcessBook
from trunkline_cli.stack.options import StackOptions
from trunkline_cli.stack.plan import agents_folder

NOTICE = "notice"
_PLAIN = {
    "TWILIO_API_KEYS": "",
    "TWILIO_SUBACCOUNTS": "",
    "INGEST_OPERATORS_FILE": str(OPERATORS),
}
"""In place of settings that the emulated Twilio, or the story, could not make sense of."""
_RELAY = re.compile(r"^relay:[ \t]*(?:#.*)?$", re.MULTILINE)


def own_ground(
    options: StackOptions, settings: CliSettings, speaker: Speaker | None
) -> tuple[StackOptions, CliSettings]:
    """Empty the folder and put the agents there; a demo that runs there already is left alone."""
    folder = (options.state_dir or settings.trunkline_state_dir).absolute() / "demo"
    book = ProcessBook(folder)
    with book.opened():
        book.stop_leftovers()
        for name in ("kafka", "postgres", "logs", "agents", "credentials.json"):
            _remove(folder / name)
        _copy_agents(agents_folder(options, settings), folder / "agents", speaker)
    own = replace(
        options,
        state_dir=folder,
        agents_dir=folder / "agents",
        environment={**_PLAIN, **options.environment},
    )
    nobodys = {
        "kafka_bootstrap_servers": "",
        "database_url": SecretStr(""),
        "public_url": "",
        "twilio_account_sid": "",
        "twilio_auth_tokens": (),
    }
    return own, settings.model_copy(update=nobodys)


def transcribed(text: str) -> str:
    """The text of an agent file whose calls Twilio transcribes."""
    line = f"  intelligence_service: {SERVICE}"
    if not re.search(r"^relay:", text, re.MULTILINE):
        return f"{text.rstrip()}\n\nrelay:\n{line}\n"
    changed, count = _RELAY.subn(lambda found: f"{found[0]}\n{line}", text)
    if count != 1:
        raise StackError("The demo writes into agent files with a line `relay:` alone, or without.")
    return changed


def _copy_agents(source: Path, target: Path, speaker: Speaker | None) -> None:
    """The agents, with one more that calls people; the speaker is asked before all other models."""
    shutil.copytree(source, target)
    notice = files("trunkline_cli.demo").joinpath(f"{NOTICE}.yaml").read_text()
    (target / f"{NOTICE}.yaml").write_text(notice)
    for name in (RECEPTIONIST, EVENT_HOST):
        file = target / f"{name}.yaml"
        text = transcribed(file.read_text())
        file.write_text(text if speaker is None else put_first(speaker, text))


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
