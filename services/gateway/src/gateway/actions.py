"""Actions on the call itself, in the words in which a model asks for them."""

from collections.abc import Mapping

import msgspec

from trunkline.agents import ActionName
from trunkline.events.call import (
    Action,
    CollectDigits,
    EndCall,
    OptOut,
    PlaySound,
    SendDigits,
    SwitchLanguage,
    Transfer,
)

_NAMES: Mapping[type[Action], ActionName] = {
    EndCall: ActionName.END_CALL,
    Transfer: ActionName.TRANSFER,
    SwitchLanguage: ActionName.SWITCH_LANGUAGE,
    CollectDigits: ActionName.COLLECT_DIGITS,
    SendDigits: ActionName.SEND_DIGITS,
    PlaySound: ActionName.PLAY_SOUND,
    OptOut: ActionName.OPT_OUT,
}


def name_of(action: Action) -> str:
    """The tool that a model asks with for this action."""
    return _NAMES[type(action)].value


def arguments_of(action: Action) -> str:
    """The action's values as a JSON object."""
    return msgspec.json.encode(action).decode()
