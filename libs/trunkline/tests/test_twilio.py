"""Signatures: Twilio's published vectors, and the ways to get them wrong."""

import hashlib
from itertools import islice, product
from string import ascii_letters
from time import process_time

import pytest
from twilio.request_validator import RequestValidator

from trunkline.twilio import SignatureCheck

CHECK = SignatureCheck(["12345"])
FORM = (
    b"CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309"
    b"&To=%2B18005551212"
)
URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
JSON = b'{"property": "value", "boolean": true}'
JSON_URL = f"{URL}&bodySHA256={hashlib.sha256(JSON).hexdigest()}"


def test_a_form_is_accepted() -> None:
    assert CHECK.of_form(URL, FORM, "RSOYDt4T1cUTdK1PDd93/VVr8B8=")


def test_repeated_names_are_part_of_what_is_signed() -> None:
    body = b"Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234&Digits=1234"

    assert CHECK.of_form(URL, body, "IK+Dwps556ElfBT0I3Rgjkr1wJU=")


def test_empty_values_are_part_of_what_is_signed() -> None:
    assert CHECK.of_form("https://h.example.com/ci", b"A=&B=x", "kLoNBB3WCuzP7XWixXAd2Vdzfok=")


def test_a_form_of_thousands_of_names_is_checked_in_no_time() -> None:
    """Twilio's validator searched all pairs of a multi-dict for each name: 32 KiB took seconds."""
    names = ["".join(letters) for letters in islice(product(ascii_letters, repeat=3), 16_000)]
    began = process_time()

    assert not CHECK.of_form(URL, "&".join(names).encode(), "forged")
    assert process_time() - began < 1


def test_a_form_is_accepted_where_twilio_signs_the_default_port() -> None:
    assert CHECK.of_form(URL, FORM, "kvajT1Ptam85bY51eRf/AJRuM3w=")


def test_values_beyond_ascii_are_read_as_utf_8() -> None:
    signature = RequestValidator("12345").compute_signature(URL, {"CallerName": "Zoë"})

    assert CHECK.of_form(URL, b"CallerName=Zo%C3%AB", signature)


def test_an_upgrade_is_signed_with_the_url_of_the_twiml() -> None:
    signature = "xnoJwxy0CIpoyz+WdcmZOMrycSk="

    assert CHECK.of_upgrade("wss://mycompany.com/ws", signature)
    assert not CHECK.of_upgrade("https://mycompany.com/ws", signature)
    assert not CHECK.of_upgrade("wss://mycompany.com/ws/", signature)


def test_a_body_is_accepted_with_its_hash_in_the_url() -> None:
    assert CHECK.of_body(JSON_URL, JSON, "a9nBmqA0ju/hNViExpshrM61xv4=")


@pytest.mark.parametrize("body", [b"", b"{}", JSON + b" "])
def test_another_body_is_refused_though_the_url_is_signed(body: bytes) -> None:
    assert not CHECK.of_body(JSON_URL, body, "a9nBmqA0ju/hNViExpshrM61xv4=")


def test_a_body_without_its_hash_is_refused() -> None:
    assert not CHECK.of_body(URL, JSON, RequestValidator("12345").compute_signature(URL, {}))


def test_a_url_alone_is_accepted_only_where_it_carries_no_hash() -> None:
    signature = RequestValidator("12345").compute_signature(URL, {})
    hashed = f"{URL}&bodySHA256="

    assert CHECK.of_url(URL, signature)
    assert not CHECK.of_url(URL, "forged")
    assert not CHECK.of_url(JSON_URL, "a9nBmqA0ju/hNViExpshrM61xv4=")
    assert not CHECK.of_url(hashed, RequestValidator("12345").compute_signature(hashed, {}))


@pytest.mark.parametrize("signature", [None, "", "x", "é", "RSOYDt4T1cUTdK1PDd93/VVr8B9="])
def test_a_missing_or_wrong_signature_is_refused(signature: str | None) -> None:
    assert not CHECK.of_form(URL, FORM, signature)


def test_bytes_that_are_no_text_are_refused() -> None:
    assert not CHECK.of_form(URL, b"\xff\xfe=%ff", "RSOYDt4T1cUTdK1PDd93/VVr8B8=")


def test_both_tokens_are_valid_while_one_is_being_rotated() -> None:
    rotating = SignatureCheck(["new", "12345"])

    assert rotating.of_form(URL, FORM, "RSOYDt4T1cUTdK1PDd93/VVr8B8=")
