"""What can be asked of the program besides running: the schema, keys, a restored database."""

import asyncio
import sys
from collections.abc import Callable, Mapping, Sequence

from dialer.api.scopes import SCOPES
from dialer.main import run
from dialer.migrate import migrate
from dialer.store.fence import acknowledge
from trunkline.api.key_command import ACTOR, create_key
from trunkline.database.engine import open_engine
from trunkline.database.settings import DatabaseSettings
from trunkline.database.transaction import transaction
from trunkline.errors import Transient
from trunkline.settings import load_settings

USAGE = """\
usage: python -m dialer [run]                 place calls, and serve the API
       python -m dialer migrate               bring the database up to date
       python -m dialer create-key ...        make an API key; --help says more
       python -m dialer acknowledge-restore   let a restored database be dialled from
"""


def obey(arguments: Sequence[str]) -> None:
    """Do what the command line says; what cannot be done ends with a sentence."""
    command, *rest = arguments or ["run"]
    commands: Mapping[str, Callable[[Sequence[str]], None]] = {
        "run": lambda _: run(),
        "migrate": lambda _: asyncio.run(migrate(_database_url())),
        "create-key": lambda rest: asyncio.run(create_key(rest, _database_url(), "dialer", SCOPES)),
        "acknowledge-restore": lambda _: asyncio.run(acknowledge_restore(_database_url())),
    }
    if command not in commands:
        raise SystemExit(USAGE)
    try:
        commands[command](rest)
    except Transient as error:
        raise SystemExit(str(error)) from None


async def acknowledge_restore(database_url: str) -> None:
    """Say that what the restored database does not know has been looked after."""
    async with (
        open_engine(database_url, "dialer acknowledge-restore") as engine,
        transaction(engine) as connection,
    ):
        waited = await acknowledge(connection, ACTOR)
    said = "Calls are placed once Twilio's lists were compared." if waited else "Nothing waited."
    sys.stdout.write(f"{said}\n")


def _database_url() -> str:
    return load_settings(DatabaseSettings).database_url.get_secret_value()
