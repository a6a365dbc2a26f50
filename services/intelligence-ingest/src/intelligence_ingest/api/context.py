"""What the routes lean on, put together by `main.py`."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncEngine

from trunkline.protect import NumberVault


@dataclass(frozen=True, slots=True)
class Parts:
    """The service as its API sees it."""

    engine: AsyncEngine
    vault: NumberVault


def parts_of(request: Request) -> Parts:
    """What this request's app leans on."""
    parts: Parts = request.app.state.parts
    return parts


WithParts = Annotated[Parts, Depends(parts_of)]
