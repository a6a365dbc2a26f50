"""Who may use a route: `principal: Annotated[Principal, require("campaigns:write")]`."""

from typing import Annotated

from fastapi import Depends, Request, Security, params
from fastapi.security import HTTPBearer

from trunkline.api.app import api_of
from trunkline.api.bucket import RateLimited
from trunkline.api.keys import Principal

# Describes in the OpenAPI document what the function below does.
_BEARER = HTTPBearer(
    scheme_name="api_key", description="An API key, `tk_<id>_<secret>`.", auto_error=False
)


def require(scope: str) -> params.Depends:
    """Let in keys that have this scope, as fast as each may ask."""

    async def let_in(request: Request, _: Annotated[object, Security(_BEARER)] = None) -> Principal:
        api = api_of(request)
        principal = await api.authenticator.authenticate(request.headers.get("authorization"))
        allowance = api.limiter.take(principal)
        request.state.allowance = allowance  # the envelope tells it in the answer's headers
        if not allowance.allowed:
            raise RateLimited
        principal.check(scope)
        return principal

    found: params.Depends = Depends(let_in)
    return found
