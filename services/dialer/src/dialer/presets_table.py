"""The table of `presets.py`, with the source of each rule and how far it was read: pure.

`VERSION` changes with every change of a rule. Times are those of the called person.
"""

from datetime import timedelta

from dialer.presets import Abandonment, Cap, Certainty, Consent, Purpose, Rule, Source
from dialer.windows import EVERY_DAY, SATURDAY, SUNDAY, WEEKDAYS, Window
from dialer.zones import CONTIGUOUS_US

VERSION = "2026-11"

_DAY = timedelta(hours=24)
_MONTH = timedelta(days=30)
_MON_TO_SAT = WEEKDAYS | SATURDAY
_WEEKEND = SATURDAY | SUNDAY


def _from(hour: float, until: float, days: frozenset[int] = EVERY_DAY) -> Window:
    return Window(days, round(hour * 60), round(until * 60))


def _summary(text: str) -> Source:
    return Source(text, Certainty.SUMMARY)


def _unchecked(text: str) -> Source:
    return Source(text, Certainty.UNCHECKED)


_COUNTRIES = [
    Rule(
        "US",
        "",
        windows=(_from(8, 21),),
        consent={Purpose.MARKETING: Consent.WRITTEN, Purpose.INFORMATIONAL: Consent.EXPRESS},
        abandonment=(Abandonment(0.03, _MONTH), Abandonment(0.03, _DAY)),
        zones=(
            *CONTIGUOUS_US,
            *("America/Anchorage", "America/Adak", "Pacific/Honolulu"),
        ),
        sources=(
            _summary("47 CFR 64.1200(c)(1): 8 to 21 h; (a)(6): 15 s or four rings; (a)(7): 3 %"),
            _summary("FCC 24-17 (8 February 2024): an AI's voice is artificial, consent is needed"),
        ),
    ),
    Rule(
        "CA",
        "",
        windows=(_from(9, 21.5, WEEKDAYS), _from(10, 18, _WEEKEND)),
        consent={Purpose.MARKETING: Consent.EXPRESS},
        abandonment=(Abandonment(0.05, _MONTH),),
        zones=(
            *("America/St_Johns", "America/Halifax", "America/Toronto", "America/Winnipeg"),
            *("America/Regina", "America/Edmonton", "America/Vancouver", "America/Whitehorse"),
        ),
        sources=(
            _summary("CRTC Unsolicited Telecommunications Rules, 2014-155: hours, consent"),
            _unchecked("CRTC: 5 % a month; the hours for automatic diallers may be narrower"),
        ),
    ),
    Rule(
        "GB",
        "",
        windows=(_from(9, 20, WEEKDAYS), _from(9, 17, SATURDAY)),
        closed_on_holidays=True,
        consent={Purpose.MARKETING: Consent.EXPRESS},
        abandonment=(Abandonment(0.03, _DAY),),
        after_silent_call=timedelta(hours=72),
        overdial=False,
        zones=("Europe/London",),
        sources=(
            _summary("Ofcom on persistent misuse, since 1 March 2017: any silent call counts"),
            _summary("PECR regulation 19: automated marketing calls need prior consent"),
            _unchecked("No law names hours; these lie within the trade's own code"),
        ),
    ),
    Rule(
        "BR",
        "",
        windows=(_from(9, 21, WEEKDAYS), _from(10, 16, SATURDAY)),
        closed_on_holidays=True,
        consent={Purpose.MARKETING: Consent.IMPLIED},
        abandonment=(Abandonment(0.03, _DAY),),
        zones=(*("America/Noronha", "America/Sao_Paulo", "America/Manaus", "America/Rio_Branco"),),
        sources=(
            _unchecked("The operators' code before Anatel, and Procon: 9-21 h, Saturdays 10-16 h"),
            _unchecked("Não Me Perturbe and the Procons' lists: import them as suppressions"),
        ),
    ),
    Rule(
        "MX",
        "",
        windows=(_from(9, 20, WEEKDAYS),),
        closed_on_holidays=True,
        consent={Purpose.MARKETING: Consent.EXPRESS},
        abandonment=(Abandonment(0.03, _DAY),),
        zones=(
            *("America/Cancun", "America/Mexico_City", "America/Matamoros", "America/Ojinaga"),
            *("America/Ciudad_Juarez", "America/Chihuahua", "America/Hermosillo"),
            *("America/Mazatlan", "America/Tijuana"),
        ),
        sources=(
            _unchecked("Profeco: 9-20 h; no marketing without consent"),
            _unchecked("Profeco's and CONDUSEF's lists (REPEP, REUS): import them as suppressions"),
            _unchecked("Weekends are left out because nothing was found that permits them"),
        ),
    ),
    Rule(
        "ES",
        "",
        windows=(_from(9, 21, WEEKDAYS),),
        closed_on_holidays=True,
        consent={Purpose.MARKETING: Consent.EXPRESS},
        abandonment=(Abandonment(0.03, _DAY),),
        zones=("Europe/Madrid", "Atlantic/Canary"),
        sources=(
            _unchecked("Ley 11/2022 (LGTel) art. 66.1.b, since 29 June 2023: consent"),
            _unchecked("RDL 1/2007 art. 96.2: 9-21 h, no weekends, no holidays; Lista Robinson"),
        ),
    ),
]

_THREE_A_DAY = (Cap(3, _DAY),)


def _state(
    code: str,
    *windows: Window,
    source: Source,
    caps: tuple[Cap, ...] = (),
    holidays: bool = False,
) -> Rule:
    return Rule("US", code, windows, (source,), holidays, caps)


_BY_STATE = _unchecked("The state's telemarketing law")

_STATES = [
    _state(
        *("FL", _from(8, 20)),
        source=_summary("Florida Statutes 501.616(6): 8-20 h, three in 24 hours"),
        caps=_THREE_A_DAY,
    ),
    _state(
        *("OK", _from(8, 20)),
        source=_summary("15 O.S. 775C.4: 8-20 h, three in 24 hours"),
        caps=_THREE_A_DAY,
    ),
    _state("WA", _from(8, 20), source=_summary("RCW 80.36.390: 8-20 h")),
    _state(
        *("MD", _from(8, 20)),
        source=_unchecked("Stop the Spam Calls Act of 2023: 8-20 h, three in 24 hours"),
        caps=_THREE_A_DAY,
    ),
    _state("CT", _from(9, 20), source=_BY_STATE),
    _state("KY", _from(10, 21), source=_BY_STATE),
    _state("MA", _from(8, 20), source=_BY_STATE),
    _state("NV", _from(9, 20), source=_BY_STATE),
    _state("AL", _from(8, 20, _MON_TO_SAT), source=_BY_STATE, holidays=True),
    _state("LA", _from(8, 20, _MON_TO_SAT), source=_BY_STATE, holidays=True),
    _state("MS", _from(8, 20, _MON_TO_SAT), source=_BY_STATE, holidays=True),
    _state("RI", _from(9, 18, WEEKDAYS), _from(10, 17, SATURDAY), source=_BY_STATE, holidays=True),
    _state("SD", _from(9, 21, _MON_TO_SAT), source=_BY_STATE),
    _state("TX", _from(9, 21, _MON_TO_SAT), _from(12, 21, SUNDAY), source=_BY_STATE),
    _state("UT", _from(8, 21, _MON_TO_SAT), source=_BY_STATE, holidays=True),
]

TABLE = {(rule.country, rule.subdivision): rule for rule in (*_COUNTRIES, *_STATES)}
"""By country and subdivision; the country's own row has no subdivision."""

DIALABLE = frozenset(country for country, subdivision in TABLE if not subdivision)
