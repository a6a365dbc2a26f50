"""The tables that the dialer and the ingest need, and a key to the dialer's API."""

from datetime import timedelta

from dialer.api.scopes import SCOPES
from dialer.migrate import migrate as migrate_dialer
from intelligence_ingest.migrate import MIGRATIONS
from trunkline.api.key_command import ACTOR
from trunkline.api.key_store import KeyStore, NewKey
from trunkline.database.engine import open_engine
from trunkline.database.migrate import migrate
from trunkline.database.transaction import transaction
from trunkline_cli.stack.options import StackOptions

_TENANT = "default"
_KEY_LIVES = timedelta(days=7)  # each start makes one: they are not to pile up, usable for ever


async def prepare_database(url: str, options: StackOptions) -> str:
    """Bring the tables of what will run up to date; return a key to the dialer's API, if any."""
    if options.ingests:
        await migrate(url, MIGRATIONS)
    if not options.dialers:
        return ""
    await migrate_dialer(url)
    return await _dialer_key(url)


async def _dialer_key(url: str) -> str:
    """A key that may do what a tenant may, as `python -m dialer create-key` makes it."""
    scopes = sorted(SCOPES.keys() - {"platform:admin"})
    new = NewKey(_TENANT, "local stack", scopes, ACTOR, expires_in=_KEY_LIVES)
    async with open_engine(url, "trunkline-up") as engine, transaction(engine) as connection:
        key = await KeyStore(engine, "dialer").create(connection, new)
    return key.text()
