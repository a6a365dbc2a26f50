"""Twilio's REST API, with a telephone network behind it."""

from twilio_emulator.rest.accounts import Account
from twilio_emulator.rest.faults import Fault
from twilio_emulator.rest.intelligence.conversation import Conversation, Sentence
from twilio_emulator.rest.intelligence.intelligence import Intelligence
from twilio_emulator.rest.intelligence.quirks import IntelligenceQuirks
from twilio_emulator.rest.phones import BY_NAME, Phone
from twilio_emulator.rest.placed import CallStore, PlacedCall
from twilio_emulator.rest.quirks import RestQuirks
from twilio_emulator.rest.twilio import EmulatedTwilio, serve

__all__ = [
    "BY_NAME",
    "Account",
    "CallStore",
    "Conversation",
    "EmulatedTwilio",
    "Fault",
    "Intelligence",
    "IntelligenceQuirks",
    "Phone",
    "PlacedCall",
    "RestQuirks",
    "Sentence",
    "serve",
]
