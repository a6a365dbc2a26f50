"""What keys may be allowed to do."""

from typing import Annotated

from trunkline.api.keys import Principal
from trunkline.api.require import require

SCOPES = {
    "campaigns:read": "see campaigns, their contacts, attempts and counts; numbers masked",
    "campaigns:write": "create, edit and delete campaigns",
    "campaigns:control": "start, pause, resume and cancel them, and queue contacts again",
    "contacts:write": "add contacts, by list or by file, and remove them",
    "contacts:read_numbers": "see telephone numbers and variables in full",
    "calls:create": "place single calls",
    "suppressions:read": "see who may not be called; numbers masked",
    "suppressions:write": "suppress numbers, and lift what was not an opt-out",
    "policy:override": "depart from a country's rules, call in emergencies, lift opt-outs; audited",
    "stops:write": "stop a campaign, an account or the tenant at once, and go on",
    "accounts:admin": "set up accounts and the numbers that calls come from",
    "keys:admin": "list and revoke API keys",
    "audit:read": "read who did what",
    "platform:admin": "stop everybody, whoever the tenant is",
}
"""The scopes, and what each of them lets a key do."""

Reader = Annotated[Principal, require("campaigns:read")]
Writer = Annotated[Principal, require("campaigns:write")]
Controller = Annotated[Principal, require("campaigns:control")]
ContactWriter = Annotated[Principal, require("contacts:write")]
Caller = Annotated[Principal, require("calls:create")]
SuppressionReader = Annotated[Principal, require("suppressions:read")]
SuppressionWriter = Annotated[Principal, require("suppressions:write")]
Overrider = Annotated[Principal, require("policy:override")]
Stopper = Annotated[Principal, require("stops:write")]
AccountAdmin = Annotated[Principal, require("accounts:admin")]
KeyAdmin = Annotated[Principal, require("keys:admin")]
Auditor = Annotated[Principal, require("audit:read")]


def sees_numbers(principal: Principal) -> bool:
    """Whether answers to this key may hold numbers in full."""
    return "contacts:read_numbers" in principal.scopes
