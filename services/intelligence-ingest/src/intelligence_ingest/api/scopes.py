"""What keys may be allowed to do."""

from typing import Annotated

from trunkline.api.keys import Principal
from trunkline.api.require import require

SCOPES = {
    "calls:read": "see calls, what was said in them and what was found; numbers masked",
    "calls:read_numbers": "see telephone numbers, keys pressed and arguments of tools in full",
    "calls:erase": "erase a call, or all calls of a number, here and at Twilio",
}
"""The scopes, and what each of them lets a key do."""

Reader = Annotated[Principal, require("calls:read")]
Eraser = Annotated[Principal, require("calls:erase")]


def sees_numbers(principal: Principal) -> bool:
    """Whether answers to this key may hold numbers in full."""
    return "calls:read_numbers" in principal.scopes
