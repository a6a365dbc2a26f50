"""The clinic that the sample receptionist books with: its calendar, its referrals, its book; pure.

It does not exist, and forgets everything at its end. What it answers is JSON whose `spoken` can be
said as it is, which keeps the receptionist's rules short.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from trunkline.errors import Invalid

ANY_DOCTOR = "any"
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")
_TIMES = ("half past nine", "a quarter past two", "four o'clock")
_DOCTORS = {
    "okafor": ("monday", "tuesday", "wednesday", "thursday"),
    "lindqvist": ("monday", "tuesday", "thursday", "friday"),
    "marchetti": ("tuesday", "thursday"),
    "tanaka": ("monday",),
}
_PLACES = {"first": 0, "second": 1, "third": 2}
_REFERRALS = {
    "1234": "Doctor Okafor has referred you to our skin doctor, Doctor Marchetti",
    "48215": "Doctor Lindqvist has referred you to our heart specialist, Doctor Tanaka",
}
_MAX_CALLS = 1000  # whose offers are remembered


@dataclass(frozen=True, slots=True)
class Slot:
    """A time that can be booked."""

    day: str
    doctor: str
    time: str

    @property
    def id(self) -> str:
        """What tools call it."""
        return "-".join((self.day, self.doctor, *self.time.replace("'", "").split()))

    @property
    def spoken(self) -> str:
        return f"on {self.day.title()} at {self.time} with Doctor {self.doctor.title()}"


@dataclass(frozen=True, slots=True)
class Booking:
    """A line in the clinic's book: the effect that must not happen twice."""

    call: str
    key: str
    slot: Slot
    name: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the clinic answers, by its HTTP status."""

    status: int
    body: Mapping[str, object]


class Clinic:
    """The calendar and the book. Calls are told apart by their names, attempts by their keys."""

    def __init__(self) -> None:
        self.ledger: list[Booking] = []
        self._offers: dict[str, tuple[Slot, ...]] = {}
        self._calls: deque[str] = deque()

    def find(self, call: str, day: str, doctor: str) -> Answer:
        """What is free on that day; remembers it, for `first`, `second` and `third`."""
        day, doctor = day.strip().lower(), doctor.strip().lower()
        try:
            slots = self._free(day, doctor)
        except Invalid as reason:
            return Answer(200, {"slots": [], "spoken": str(reason)})
        self._remember(call, slots)
        found = [{"slot_id": slot.id, "time": slot.time} for slot in slots]
        who = slots[0].doctor
        spoken = (
            f"On {day.title()} Doctor {who.title()} has time at "
            f"{_listed([slot.time for slot in slots])}. Which one shall I book, and for whom?"
        )
        return Answer(200, {"day": day, "doctor": who, "slots": found, "spoken": spoken})

    def book(self, call: str, key: str, slot_id: str, name: str) -> Answer:
        """Book a time once: the same key again is answered as before, and changes nothing."""
        for booking in self.ledger:
            if key and booking.key == key:
                return _booked(booking)
        slot = self._slot(call, slot_id.strip().lower())
        if slot is None:
            return Answer(404, {"error": "there is no such time"})
        if slot in self._taken:
            return Answer(409, {"error": "that time has been taken"})
        booking = Booking(call, key, slot, name)
        self.ledger.append(booking)
        return _booked(booking)

    def refer(self, digits: str) -> Answer:
        """Look a referral up by its number."""
        about = _REFERRALS.get(digits)
        if about is None:
            return Answer(404, {"error": "there is no such referral"})
        return Answer(
            200, {"spoken": f"{about}. Your referral is valid until the end of the year."}
        )

    @property
    def _taken(self) -> set[Slot]:
        return {booking.slot for booking in self.ledger}

    def _free(self, day: str, doctor: str) -> tuple[Slot, ...]:
        """The free times. Raises `Invalid` with a sentence to be said if there are none."""
        if day not in _DAYS:
            raise Invalid("There are appointments from Monday to Friday. Which day would suit you?")
        for who in _DOCTORS if doctor == ANY_DOCTOR else (doctor,):
            slots = tuple(Slot(day, who, time) for time in _TIMES if day in _DOCTORS.get(who, ()))
            if free := tuple(slot for slot in slots if slot not in self._taken):
                return free
        raise Invalid(f"There is no time on {day.title()}. Shall I look for another day?")

    def _slot(self, call: str, slot_id: str) -> Slot | None:
        """By its place in what this call was offered last, or by its own name."""
        offered = self._offers.get(call, ())
        if slot_id in _PLACES:
            return offered[_PLACES[slot_id]] if _PLACES[slot_id] < len(offered) else None
        every = (
            Slot(day, who, time) for who in _DOCTORS for day in _DOCTORS[who] for time in _TIMES
        )
        return next((slot for slot in every if slot.id == slot_id), None)

    def _remember(self, call: str, slots: tuple[Slot, ...]) -> None:
        if call not in self._offers:
            self._calls.append(call)
        self._offers[call] = slots
        if len(self._calls) > _MAX_CALLS:
            del self._offers[self._calls.popleft()]


def _booked(booking: Booking) -> Answer:
    spoken = f"Your appointment is {booking.slot.spoken}, in the name of {booking.name}."
    return Answer(201, {"slot_id": booking.slot.id, "spoken": spoken})


def _listed(words: list[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last
