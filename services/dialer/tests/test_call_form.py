"""A request says what it means, in Twilio's own names."""

from twilio_stand import FROM, REQUEST, TO, URLS

from dialer.call_form import CallRequest, form_of


def test_all_progress_is_asked_for() -> None:
    form = form_of(REQUEST)

    assert form["StatusCallbackEvent"] == ("initiated", "ringing", "answered", "completed")
    assert (form["Timeout"], form["TimeLimit"]) == ("25", "600")
    assert "MachineDetection" not in form


def test_twiml_is_asked_for_at_a_url_and_never_written_into_the_request() -> None:
    form = form_of(REQUEST)

    assert (form["Url"], form["Method"]) == (URLS.twiml, "POST")
    assert "twiml" not in {name.lower() for name in form}


def test_whoever_answers_never_waits_for_the_detection() -> None:
    form = form_of(CallRequest(TO, FROM, URLS, 25, 600, detects_machines=True))

    assert (form["MachineDetection"], form["AsyncAmd"]) == ("Enable", "true")
    assert form["AsyncAmdStatusCallback"] == URLS.amd


def test_a_message_waits_for_the_beep() -> None:
    request = CallRequest(TO, FROM, URLS, 25, 600, detects_machines=True, awaits_beep=True)

    assert form_of(request)["MachineDetection"] == "DetectMessageEnd"


def test_neither_numbers_nor_urls_are_in_what_is_shown_of_a_request() -> None:
    assert TO not in repr(REQUEST)
    assert URLS.twiml not in repr(REQUEST)
