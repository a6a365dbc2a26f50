"""What nobody outside Twilio knows about its Intelligence: each can be had either way. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class IntelligenceQuirks:
    """Servers should work with any combination."""

    form_webhook: bool = False
    """The v2 webhook is a form, signed as forms are."""

    no_body_hash: bool = False
    """A JSON webhook has no `bodySHA256` in its URL, whose signature then covers the URL alone."""

    numbers_as_text: bool = False
    """Probabilities as "0.05", as the examples of the API's description have them."""

    underscored_types: bool = False
    """`conversation_classify`, as in the API's description, not `conversation-classify`."""

    friendly_names: bool = False
    """v3: `friendlyName`, as in older webhooks, not `displayName`."""

    names_call: bool = False
    """v3: the webhook names the call among its `referenceIds`; otherwise only the communications of
    the conversation do."""

    unknown_type: bool = False
    """One result more, of a type and with a field that are not documented."""


DOCUMENTED = IntelligenceQuirks()
