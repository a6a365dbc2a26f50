"""`python -m <service> create-key --tenant acme --scopes campaigns:read,campaigns:write`."""

import argparse
import sys
from collections.abc import Iterable, Sequence
from datetime import timedelta

from trunkline.api.key_store import KeyStore, NewKey
from trunkline.api.keys import ApiKey, checked_scopes
from trunkline.database.engine import open_engine
from trunkline.database.transaction import transaction

ACTOR = "command-line"


async def create_key(
    arguments: Sequence[str], database_url: str, schema: str, scopes: Iterable[str]
) -> None:
    """Make a key of the service whose scopes these are, and print it: once, on standard output."""
    new = _parsed(arguments, sorted(scopes))
    async with (
        open_engine(database_url, f"{schema} create-key") as engine,
        transaction(engine) as connection,
    ):
        key = await KeyStore(engine, schema).create(connection, new)
    _show(key, new)


def _parsed(arguments: Sequence[str], scopes: Sequence[str]) -> NewKey:
    parser = argparse.ArgumentParser("create-key", description="Make an API key.")
    parser.add_argument("--tenant", required=True, help="whose data it opens")
    parser.add_argument("--scopes", required=True, help=f"comma-separated: {', '.join(scopes)}")
    parser.add_argument("--name", default="command line", help="what it is for")
    parser.add_argument("--requests-per-second", type=float, default=20.0)
    parser.add_argument("--expires-days", type=float, help="never, if left out")
    found = parser.parse_args(arguments)
    wanted = [scope.strip() for scope in found.scopes.split(",") if scope.strip()]
    try:
        allowed = checked_scopes(wanted, scopes)
    except ValueError as error:
        parser.error(str(error))
    if found.requests_per_second <= 0:
        parser.error("--requests-per-second must be above 0")
    return NewKey(
        tenant_id=found.tenant,
        name=found.name,
        scopes=allowed,
        created_by=ACTOR,
        requests_per_second=found.requests_per_second,
        expires_in=None if found.expires_days is None else timedelta(days=found.expires_days),
    )


def _show(key: ApiKey, new: NewKey) -> None:
    sys.stdout.write(f"{key.text()}\n")
    sys.stderr.write(
        f"A key of {new.tenant_id} for {', '.join(new.scopes)}."
        " It is stored nowhere: keep it now, it cannot be shown again.\n"
    )
