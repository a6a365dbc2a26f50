"""What Twilio accepts of a request for a call, as a table."""

from __future__ import annotations

import pytest

from twilio_emulator.rest.errors import ApiError
from twilio_emulator.rest.forms import CallRequest, read_create, read_update

GOOD = {"To": "+447700900101", "From": "+15005550006", "Url": "https://example.com/voice"}


def read(**changes: str | list[str]) -> CallRequest:
    fields = {**GOOD, **changes}
    form = {name: [value] if isinstance(value, str) else value for name, value in fields.items()}
    return read_create(form, {"AP1": "https://example.com/application"})


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"To": ""}, 21201),
        ({"From": ""}, 21213),
        ({"To": "07700900101"}, 21211),
        ({"To": "+0123456789"}, 21211),
        ({"To": "+44 7700 900101"}, 21211),
        ({"To": "+1234567890123456"}, 21211),
        ({"From": "Trunkline"}, 21212),
        ({"Url": ""}, 21205),
        ({"Url": "ftp://example.com/"}, 21205),
        ({"Url": "/voice"}, 21205),
        ({"Url": "", "Twiml": "x" * 4001}, 32018),
        ({"Url": "", "ApplicationSid": "AP2"}, 21218),
        ({"FallbackUrl": "nowhere"}, 21205),
        ({"StatusCallback": "https://my_host.example.com/status"}, 21609),
        ({"StatusCallbackEvent": ["answered", "hung-up"]}, 21626),
        ({"Method": "PUT"}, 20001),
        ({"Timeout": "601"}, 20001),
        ({"Timeout": "soon"}, 20001),
        ({"TimeLimit": "0"}, 20001),
        ({"MachineDetection": "Maybe"}, 20001),
        ({"MachineDetectionTimeout": "60"}, 20001),
        ({"MachineDetectionSpeechThreshold": "999"}, 20001),
        ({"SendDigits": "1" * 33}, 20001),
        ({"SendDigits": "12x"}, 20001),
    ],
)
def test_a_request_that_is_wrong_gets_twilios_code(
    changes: dict[str, str | list[str]], code: int
) -> None:
    with pytest.raises(ApiError) as refused:
        read(**changes)

    assert (refused.value.status, refused.value.code) == (400, code)
    assert refused.value.body()["more_info"] == f"https://www.twilio.com/docs/errors/{code}"


def test_what_is_not_given_has_twilios_defaults() -> None:
    asked = read()

    assert (asked.ring_seconds, asked.max_seconds) == (60, 14_400)
    assert (asked.detection, asked.async_amd, asked.status_callback) == (None, False, None)
    assert asked.instructions.voice is not None
    assert asked.instructions.voice.method == "POST"


def test_everything_that_is_given_is_read() -> None:
    asked = read(
        Method="GET",
        FallbackUrl="https://example.com/fallback",
        StatusCallback="https://example.com/status#rc=5&rp=all",
        StatusCallbackEvent=["initiated", "answered"],
        MachineDetection="DetectMessageEnd",
        MachineDetectionTimeout="20",
        AsyncAmd="true",
        AsyncAmdStatusCallback="https://example.com/amd",
        Timeout="25",
        TimeLimit="600",
    )

    assert asked.instructions.voice is not None
    assert asked.instructions.voice.method == "GET"
    assert asked.instructions.fallback is not None
    assert asked.status_callback is not None
    assert asked.status_callback.url.endswith("#rc=5&rp=all")
    assert asked.events == {"initiated", "answered"}
    assert (asked.detection, asked.detection_seconds) == ("DetectMessageEnd", 20)
    assert asked.async_amd
    assert (asked.ring_seconds, asked.max_seconds) == (25, 600)


def test_only_the_end_is_told_of_unless_more_is_asked_for() -> None:
    assert read(StatusCallback="https://example.com/status").events == {"completed"}


def test_events_may_stand_in_one_field_with_spaces_between() -> None:
    assert read(StatusCallbackEvent="ringing answered").events == {"ringing", "answered"}


def test_with_a_url_the_twiml_is_passed_over() -> None:
    asked = read(Twiml="<Response/>").instructions

    assert asked.twiml is None
    assert asked.voice is not None


def test_an_application_brings_its_own_urls_and_no_callbacks() -> None:
    asked = read(Url="", ApplicationSid="AP1", StatusCallback="https://example.com/status")

    assert asked.instructions.voice is not None
    assert asked.instructions.voice.url == "https://example.com/application"
    assert asked.status_callback is None


def test_keys_to_be_sent_leave_no_room_for_detection() -> None:
    assert read(SendDigits="ww1#", MachineDetection="Enable").detection is None


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"Status": "busy"}, 20001),
        ({"Url": "https://example.com/", "Twiml": "<Response/>"}, 20001),
        ({"Twiml": "x" * 4001}, 32018),
    ],
)
def test_a_change_that_is_wrong_is_refused(form: dict[str, str], code: int) -> None:
    with pytest.raises(ApiError) as refused:
        read_update({name: [value] for name, value in form.items()})

    assert refused.value.code == code


def test_a_change_may_end_the_call_or_lead_it_elsewhere() -> None:
    assert read_update({"Status": ["completed"]}).status == "completed"
    other = read_update({"Twiml": ["<Response/>"]})
    assert other.instructions is not None
    assert other.instructions.twiml == "<Response/>"
