"""Plays Twilio and the caller against a ConversationRelay server."""

from twilio_emulator.call import Call, CallOver, NoReply, Reply
from twilio_emulator.caller import dial, run_call, run_calls
from twilio_emulator.events import Event, Observer
from twilio_emulator.ledger import CallLedger
from twilio_emulator.plan import CallPlan
from twilio_emulator.quirks import Quirks
from twilio_emulator.report import Percentiles, Report, report
from twilio_emulator.scenario import Scenario
from twilio_emulator.scenario_file import ScenarioError, load_scenario
from twilio_emulator.turns import Turn

__all__ = [
    "Call",
    "CallLedger",
    "CallOver",
    "CallPlan",
    "Event",
    "NoReply",
    "Observer",
    "Percentiles",
    "Quirks",
    "Reply",
    "Report",
    "Scenario",
    "ScenarioError",
    "Turn",
    "dial",
    "load_scenario",
    "report",
    "run_call",
    "run_calls",
]
