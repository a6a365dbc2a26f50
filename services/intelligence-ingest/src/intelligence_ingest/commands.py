"""What an operator does at the command line, beside running the service."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence

from intelligence_ingest.api.scopes import SCOPES
from intelligence_ingest.halts import accept_topic
from intelligence_ingest.main import engine_of, run
from intelligence_ingest.migrate import MIGRATIONS, SCHEMA
from intelligence_ingest.operators.declared import load_operators
from intelligence_ingest.rerun import rerun, wanted
from intelligence_ingest.settings import IngestSettings
from intelligence_ingest.store.reapplying import erasures, reapply
from trunkline.api.audit import AuditEntry, record
from trunkline.api.key_command import ACTOR, create_key
from trunkline.database.migrate import migrate
from trunkline.database.transaction import transaction
from trunkline.errors import Invalid, Transient
from trunkline.settings import load_settings

Command = Callable[[IngestSettings, Sequence[str]], Awaitable[None]]

USAGE = """\
python -m intelligence_ingest                          run the service
python -m intelligence_ingest migrate                  bring the database up to date
python -m intelligence_ingest create-key --tenant …    make an API key
python -m intelligence_ingest rerun --since …          run own operators over past calls
python -m intelligence_ingest accept-topic TOPIC       read a topic that was made anew
python -m intelligence_ingest reapply-erasures         erase again what a backup has brought back
"""


def start(arguments: Sequence[str]) -> None:
    """Run the command, or the service if there is none."""
    if not arguments:
        run()
        return
    command = COMMANDS.get(arguments[0])
    if command is None:
        raise SystemExit(USAGE)
    try:
        asyncio.run(_run(command, arguments[1:]))
    except (Invalid, Transient) as error:
        raise SystemExit(str(error)) from None


async def _run(command: Command, arguments: Sequence[str]) -> None:
    await command(load_settings(IngestSettings), arguments)


async def _migrate(settings: IngestSettings, arguments: Sequence[str]) -> None:
    await migrate(settings.database_url.get_secret_value(), MIGRATIONS)


async def _create_key(settings: IngestSettings, arguments: Sequence[str]) -> None:
    await create_key(arguments, settings.database_url.get_secret_value(), SCHEMA, SCOPES)


async def _rerun(settings: IngestSettings, arguments: Sequence[str]) -> None:
    what = wanted(arguments, load_operators(settings.operators_file))
    async with engine_of(settings) as engine:
        await rerun(engine, what)


async def _reapply_erasures(settings: IngestSettings, arguments: Sequence[str]) -> None:
    back = 0
    async with engine_of(settings) as engine:
        async with transaction(engine) as connection:
            every = await erasures(connection)
        for erasure_id in every:
            async with transaction(engine) as connection:
                back += await reapply(connection, erasure_id)
        async with transaction(engine) as connection:
            entry = AuditEntry("-", ACTOR, "erasures.reapplied", "erasure", "all")
            await record(connection, SCHEMA, entry)
    sys.stderr.write(
        f"{len(every)} erasures applied again: {back} calls and transcripts had come back.\n"
    )


async def _accept_topic(settings: IngestSettings, arguments: Sequence[str]) -> None:
    if len(arguments) != 1:
        raise Invalid("accept-topic takes the name of one topic.")
    async with engine_of(settings) as engine, transaction(engine) as connection:
        partitions = await accept_topic(connection, arguments[0], ACTOR)
    sys.stderr.write(
        f"{partitions} partitions of {arguments[0]} will be read from the beginning.\n"
    )


COMMANDS: Mapping[str, Command] = {
    "migrate": _migrate,
    "create-key": _create_key,
    "rerun": _rerun,
    "accept-topic": _accept_topic,
    "reapply-erasures": _reapply_erasures,
}
