"""What makes two requests the same one."""

import pytest

from trunkline.api.fingerprint import (
    Claim,
    IdempotencyKeyInvalid,
    IdempotencyKeyMissing,
    claim,
)

PATH = "/v1/campaigns"


def claimed(header: str | None, body: bytes = b"{}", tenant: str = "acme") -> Claim:
    return claim(header, tenant, "POST", PATH, body)


def test_a_key_may_be_quoted_or_bare() -> None:
    assert claimed('"8e03978e"') == claimed("8e03978e") == claimed(" 8e03978e ")


def test_the_same_key_with_another_body_is_another_request() -> None:
    first, second = claimed("k", b"1"), claimed("k", b"2")

    assert first.key == second.key
    assert first.fingerprint != second.fingerprint


def test_the_same_body_under_another_key_cannot_be_recognised() -> None:
    assert claimed("a", b"1").fingerprint != claimed("b", b"1").fingerprint
    assert claimed("a", b"b1").fingerprint != claimed("ab", b"1").fingerprint


def test_tenants_paths_and_schemas_do_not_get_in_each_others_way() -> None:
    others = [
        claimed("k"),
        claimed("k", tenant="other"),
        claim("k", "acme", "POST", "/v1/exports", b"{}"),
        claim("k", "acme", "PUT", PATH, b"{}"),
        claimed("l"),
    ]
    locks = {one.lock(schema) for one in others for schema in ("dialer", "ingest")}

    assert len(locks) == 10
    assert all(-(2**63) <= lock < 2**63 for lock in locks)


def test_neither_key_nor_body_is_kept() -> None:
    assert "5550100" not in repr(claimed("call-+15550100", b"+15550100"))


def test_a_request_without_a_key_is_refused() -> None:
    with pytest.raises(IdempotencyKeyMissing):
        claimed(None)


@pytest.mark.parametrize("header", ["", '""', '"', 'a"b', '"a" b', "a b", "é", "a" * 256, "a\tb"])
def test_a_key_that_is_not_one_is_refused(header: str) -> None:
    with pytest.raises(IdempotencyKeyInvalid):
        claimed(header)
