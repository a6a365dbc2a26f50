"""The sample agents' clinic: what it finds, books and remembers."""

import pytest

from trunkline_cli.demo.clinic import Clinic, Slot


@pytest.fixture
def clinic() -> Clinic:
    return Clinic()


def spoken(body: object) -> str:
    assert isinstance(body, dict)
    return str(body["spoken"])


def test_it_offers_the_times_of_the_doctor_that_was_asked_for(clinic: Clinic) -> None:
    answer = clinic.find("CA1", "Tuesday", "Okafor")

    assert answer.status == 200
    assert spoken(answer.body) == (
        "On Tuesday Doctor Okafor has time at half past nine, a quarter past two and four o'clock. "
        "Which one shall I book, and for whom?"
    )


def test_any_doctor_is_the_first_who_has_time(clinic: Clinic) -> None:
    assert clinic.find("CA1", "friday", "any").body["doctor"] == "lindqvist"


@pytest.mark.parametrize(
    ("day", "doctor", "words"),
    [
        ("friday", "okafor", "There is no time on Friday"),
        ("monday", "nobody", "There is no time on Monday"),
        ("sunday", "okafor", "from Monday to Friday"),
        ("", "any", "from Monday to Friday"),
    ],
)
def test_a_day_without_times_is_answered_with_a_sentence(
    clinic: Clinic, day: str, doctor: str, words: str
) -> None:
    answer = clinic.find("CA1", day, doctor)

    assert (answer.status, answer.body["slots"]) == (200, [])
    assert words in spoken(answer.body)


def test_places_mean_what_this_call_was_offered_last(clinic: Clinic) -> None:
    clinic.find("CA1", "monday", "okafor")
    clinic.find("CA1", "tuesday", "marchetti")
    clinic.find("CA2", "thursday", "lindqvist")

    answer = clinic.book("CA1", "k1", "second", "Ann Example")

    assert answer.status == 201
    assert clinic.ledger[0].slot == Slot("tuesday", "marchetti", "a quarter past two")
    assert spoken(answer.body).endswith(
        "on Tuesday at a quarter past two with Doctor Marchetti, in the name of Ann Example."
    )


def test_a_time_can_be_booked_by_its_own_name(clinic: Clinic) -> None:
    slots = clinic.find("CA1", "monday", "tanaka").body["slots"]
    assert isinstance(slots, list)

    clinic.book("CA1", "k1", slots[2]["slot_id"], "Ann")

    assert [booking.slot.time for booking in clinic.ledger] == ["four o'clock"]


@pytest.mark.parametrize("slot_id", ["first", "fourth", "monday-okafor-at-noon", ""])
def test_what_was_never_offered_cannot_be_booked(clinic: Clinic, slot_id: str) -> None:
    assert clinic.book("CA1", "k1", slot_id, "Ann").status == 404
    assert clinic.ledger == []


def test_the_same_key_books_once_and_is_answered_alike(clinic: Clinic) -> None:
    clinic.find("CA1", "monday", "okafor")

    answers = [clinic.book("CA1", "k1", "first", "Ann") for _ in range(3)]

    assert len(clinic.ledger) == 1
    assert answers[0] == answers[1] == answers[2]


def test_a_time_is_given_to_one_caller_and_offered_to_none_after_that(clinic: Clinic) -> None:
    clinic.find("CA1", "monday", "tanaka")
    clinic.find("CA2", "monday", "tanaka")
    clinic.book("CA1", "k1", "first", "Ann")

    assert clinic.book("CA2", "k2", "first", "Bob").status == 409
    assert "half past nine" not in spoken(clinic.find("CA2", "monday", "tanaka").body)


def test_referrals_are_found_by_their_number(clinic: Clinic) -> None:
    assert "Doctor Tanaka" in spoken(clinic.refer("48215").body)
    assert clinic.refer("999").status == 404


def test_offers_to_calls_of_long_ago_are_forgotten(clinic: Clinic) -> None:
    for number in range(1001):
        clinic.find(f"CA{number}", "monday", "okafor")

    assert clinic.book("CA0", "k0", "first", "Ann").status == 404
    assert clinic.book("CA1", "k1", "first", "Ann").status == 201
