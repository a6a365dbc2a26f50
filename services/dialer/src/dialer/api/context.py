"""What the routes lean on, put together by `main.py`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncEngine

from dialer.importer.campaign import Campaigns
from dialer.importer.upload import Uploads
from dialer.store.reduction import Chances, Todo
from dialer.store.snapshot import World
from trunkline.agents.catalog import Agents
from trunkline.api.key_store import KeyStore
from trunkline.protect import NumberVault

SCHEMA = "dialer"


@dataclass(frozen=True, slots=True)
class Parts:
    """The dialer as its API sees it."""

    engine: AsyncEngine
    agents: Agents
    campaigns: Campaigns
    vault: NumberVault
    uploads: Uploads
    keys: KeyStore
    uploaded: Callable[[], None]
    """Told when a list is there to be imported."""
    world: Callable[[], World]
    """What this process knows of bus and gateways."""
    chances: Chances
    errands: Callable[[Sequence[Todo]], None]
    """Handed what a committed change wants from Twilio; their timers repeat what is lost."""


def parts_of(request: Request) -> Parts:
    """What this request's app leans on."""
    parts: Parts = request.app.state.parts
    return parts


WithParts = Annotated[Parts, Depends(parts_of)]
