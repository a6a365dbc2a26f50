"""The list of everything that may go wrong, and how each row of it is put to the test: pure."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Simulated:
    """A test plays it with a clock or a database of its own, without processes."""

    test: str
    """Its file, in the repository."""


@dataclass(frozen=True, slots=True)
class NotRun:
    """Nothing plays it."""

    reason: str


@dataclass(frozen=True, slots=True)
class Row:
    """Something that goes wrong. Without `instead`, a scenario plays it on real processes."""

    about: str
    instead: Simulated | NotRun | None = None


def _test(name: str) -> Simulated:
    return Simulated(f"services/dialer/tests/test_{name}.py")


_NO_SQLITE = NotRun("there is no SQLite: PostgreSQL is the only store")

ROWS: Mapping[str, Row] = {
    "F1": Row("killed before the reservation is committed"),
    "F2": Row("killed after the reservation is committed"),
    "F3": Row("killed with a slot of the rate, before the write-ahead"),
    "F4": Row("killed after the write-ahead, before the first byte"),
    "F5": Row("killed after the request was sent, before the answer"),
    "F6": Row("killed after the 201, before it is recorded"),
    "F7": Row("killed after the record, before the event is relayed"),
    "F8": Row("killed after a callback is stored, before it counts"),
    "F9": Row("killed after a callback counts, before the next is read"),
    "F10": Row("killed while a retry is scheduled"),
    "F11": Row("killed after a listing, before it is recorded"),
    "F12": Row("killed while a pause is carried out"),
    "F13": Row(
        "killed in the middle of an import",
        _test("import_jobs"),
    ),
    "F14": Row(
        "killed in the middle of an export",
        NotRun("exports are pages of the API: there is no job that could be cut off"),
    ),
    "F15": Row("killed after Kafka has the event, before it is marked"),
    "F16": Row("all replicas restarted, one every 5 s, for 10 min"),
    "F17": Row("asked to end while calls are placed"),
    "F18": Row("killed under load, at random"),
    "F19": Row("a process stands still before and after a request is sent, for up to 15 min"),
    "F20": Row("a process stands still for 10 s"),
    "F21": Row("all stand still beyond every lease, then go on"),
    "F22": Row("clocks jump by minutes and days", _test("ownership")),
    "F23": Row("replicas' clocks differ by 30 s", _test("ownership")),
    "F24": Row("500, and the call is placed"),
    "F25": Row("500, and no call is placed"),
    "F26": Row("no answer in time, and the call is placed 20 s later"),
    "F27": Row("connection reset after the request"),
    "F28": Row("no connection, or one that is closed at once"),
    "F29": Row("201 with half a JSON, or cut off"),
    "F30": Row("a storm of 429"),
    "F31": Row("Twilio's queue is full (22005)"),
    "F32": Row("the account is suspended in the middle"),
    "F33": Row("lists are a minute late"),
    "F34": Row("lists are down for 30 min"),
    "F35": Row("lists show another system's call to the same number"),
    "F36": Row("Twilio queues calls for 10 min"),
    "F37": Row("Twilio halves the rate in the middle"),
    "F38": Row("the answer names the sid of another call"),
    "F39": Row("answers take 25 s"),
    "F40": Row("all callbacks come before the 201"),
    "F41": Row("callbacks in reversed order"),
    "F42": Row("each callback five times"),
    "F43": Row("all callbacks lost for 10 min"),
    "F44": Row("the last callback lost"),
    "F45": Row("the machine's verdict after the end"),
    "F46": Row("two different ends"),
    "F47": Row("forged and unsigned callbacks"),
    "F48": Row("callbacks about calls that nobody placed"),
    "F49": Row("the gateway is away for 10 s"),
    "F50": Row("1,000 callbacks a second"),
    "F51": Row("PostgreSQL killed and restarted, twice"),
    "F52": Row("failover that loses the last commits"),
    "F53": Row("an older database comes back, 20 s behind"),
    "F54": Row("no connection to PostgreSQL to be had"),
    "F55": Row("the write-ahead waits for a lock until it gives up"),
    "F56": Row("deadlocks"),
    "F57": Row("a reader keeps PostgreSQL from cleaning up for an hour"),
    "F58": Row("the database's disk is full"),
    "F59": Row("PostgreSQL there, Twilio not"),
    "F60": Row("Twilio there, PostgreSQL not"),
    "F61": Row("SQLite after a power cut", _NO_SQLITE),
    "F62": Row("two dialers on one SQLite", _NO_SQLITE),
    "F63": Row("clocks change", _test("windows")),
    "F64": Row("the campaign's time ends while 300 wait"),
    "F65": Row("suppressed between reservation and request"),
    "F66": Row("one number in two campaigns at once"),
    "F67": Row("paused, resumed and paused in 100 ms"),
    "F68": Row("hours edited while calls are placed", _test("store_write_ahead")),
    "F69": Row("campaign deleted with live calls", _test("api_campaigns")),
    "F70": Row("50 creations with one key at once", _test("api_campaigns")),
    "F71": Row("the same key with another body", _test("api_campaigns")),
    "F72": Row("the same file imported twice", _test("import_jobs")),
    "F73": Row("the money is spent in mid-burst"),
    "F74": Row("Kafka down for an hour, while people wait"),
    "F75": Row("no callback read for an hour"),
    "F76": Row("weights 1:2:4"),
    "F77": Row(
        "a million contacts, and a fast API",
        NotRun("measured by bench/dialer_import.py, not in this run"),
    ),
    "F78": Row("20 min of steady calls: nothing grows"),
    "X1": Row("500-but-placed, and no callback read for 10 min"),
    "X2": Row("two subaccounts want the same people"),
    "X3": Row("people opt out in the call, another campaign is next"),
    "X4": Row("an emergency stop, while people wait"),
    "X5": Row("an older copy of the database's disk is started as it is, 20 s behind"),
}
"""F1 to F78, and what was added to them."""
