"""API keys: how they look, whom they let in, and what they do not show."""

import re
from dataclasses import replace

import pytest

from trunkline.api.keys import (
    ApiKey,
    InsufficientScope,
    Principal,
    StoredKey,
    Unauthenticated,
    checked_scopes,
    parse_key,
    verified,
)

KEY = ApiKey("0e8b7f529d5c4d0e8f7b3f1d4e2a9c11", "s_-" + "x" * 40)
ACME = Principal(KEY.id, "acme", frozenset({"campaigns:read"}), 20)
STORED = StoredKey(ACME, KEY.hash, usable_seconds=60)


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER "])
def test_a_key_comes_back_from_the_header(scheme: str) -> None:
    assert parse_key(f"{scheme} {KEY.text()}") == KEY


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        KEY.text(),
        f"Basic {KEY.text()}",
        f"Bearer {KEY.text()}x",
        f"Bearer {KEY.text()[:-1]}",
        f"Bearer tk_{KEY.id.upper()}_{KEY.secret}",
        f"Bearer {KEY.text()}\n{KEY.text()}",
        "Bearer " + "tk_" * 10_000,
    ],
)
def test_anything_else_is_no_key(header: str | None) -> None:
    with pytest.raises(Unauthenticated) as refused:
        parse_key(header)

    assert refused.value.headers["WWW-Authenticate"].startswith("Bearer")


def test_the_right_secret_is_let_in() -> None:
    assert verified(KEY, STORED) == ACME


@pytest.mark.parametrize(
    "stored",
    [
        None,
        replace(STORED, hash=ApiKey(KEY.id, "y" * 43).hash),
        replace(STORED, usable_seconds=0),
        replace(STORED, usable_seconds=-1),
    ],
    ids=["unknown", "wrong", "revoked", "expired"],
)
def test_a_key_that_is_unknown_wrong_revoked_or_expired_is_refused_alike(
    stored: StoredKey | None,
) -> None:
    with pytest.raises(Unauthenticated):
        verified(KEY, stored)


def test_a_scope_must_be_the_keys_own() -> None:
    ACME.check("campaigns:read")

    with pytest.raises(InsufficientScope, match="campaigns:write"):
        ACME.check("campaigns:write")


def test_a_secret_is_not_printed() -> None:
    assert KEY.secret not in repr(KEY)
    assert repr(KEY.hash) not in repr(STORED)
    assert re.fullmatch("tk_[0-9a-f]{8}", KEY.prefix)


def test_scopes_are_put_in_order() -> None:
    known = ["b:read", "a:write", "a:read"]

    assert checked_scopes(["b:read", "a:read", "b:read"], known) == ("a:read", "b:read")


@pytest.mark.parametrize("scopes", [[], ["a:write"]])
def test_scopes_that_the_service_does_not_have_are_refused(scopes: list[str]) -> None:
    with pytest.raises(ValueError, match="There are: a:read"):
        checked_scopes(scopes, ["a:read"])
