"""What nobody outside Twilio knows for certain about it: each can be had either way."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Quirks:
    """Servers should work with any combination; the defaults are what the current docs say."""

    duration_as_string: bool = False
    """`durationUntilInterruptMs` as "460", as in older documentation."""

    nulls_in_setup: bool = False
    """Absent strings of `setup` as null, not as empty."""

    interrupting_keys_unreported: bool = False
    """A key that cuts the agent off does that alone, unless `reportInputDuringAgentSpeech` asks for
    keys: the server never learns which one it was."""

    blocked_voices: frozenset[str] = frozenset()
    """Providers whose voices the account may not use, as `elevenlabs`: no session begins so."""

    empty_prompts: bool = False
    """A prompt without words (a cough that was taken for speech) before each real one."""

    unknown_messages: bool = False
    """A message of a type that the server has never heard of, after `setup`."""

    query_as_params: bool = False
    """A query string in the socket's URL is signed as sorted parameters, not as written."""

    final_partial_on_hangup: bool = True
    """The words that a hang-up cut off come as a final prompt, not as one more partial one."""

    setup_on_reconnect: bool = True
    """With `applicationReconnect`: a socket that takes another's place begins with `setup`."""

    new_session_on_reconnect: bool = False
    """With `applicationReconnect`: the session has a new id from then on."""

    repeated_on_reconnect: int = 0
    """With `applicationReconnect`: so many events come again that the lost socket had taken."""

    epoch_offset_ms: int = 0
    """Added to monotonic milliseconds to make the `ts` of speaker events."""
