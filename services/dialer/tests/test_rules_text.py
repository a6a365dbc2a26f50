"""The rules in words."""

from dialer.presets_table import TABLE
from dialer.rules_text import rule_text, rule_texts


def test_a_row_says_what_holds_and_how_far_its_sources_were_read() -> None:
    usa = rule_text(TABLE["US", ""])

    assert (usa.hours, usa.holidays) == ("08:00-21:00", "")
    assert usa.consent == "marketing: written, informational: express"
    assert usa.abandoned == "3% in 30 days, 3% in 24 h"
    assert usa.sources[0].startswith("47 CFR 64.1200(c)(1)")


def test_several_windows_name_their_days() -> None:
    assert rule_text(TABLE["GB", ""]).hours == "Mon-Fri 09:00-20:00, Sat 09:00-17:00"
    assert rule_text(TABLE["CA", ""]).hours == "Mon-Fri 09:00-21:30, Sat/Sun 10:00-18:00"


def test_a_state_adds_its_caps() -> None:
    assert rule_text(TABLE["US", "FL"]).attempts == "3 in 24 h"


def test_every_row_is_told() -> None:
    assert len(rule_texts(TABLE)) == len(TABLE)
