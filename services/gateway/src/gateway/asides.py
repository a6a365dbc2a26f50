"""Words of our own that wait until the agent is free to say them."""

from gateway.mouth import Mouth
from trunkline.events.call import PhraseKind


class Asides:
    """What is to be said next to the conversation, in this order."""

    def __init__(self, mouth: Mouth) -> None:
        self._mouth = mouth
        self._due: list[PhraseKind] = []

    def add(self, kind: PhraseKind) -> None:
        """This is to be said."""
        self._due.append(kind)

    def say(self) -> bool:
        """Say all of it now; false if there was nothing."""
        words = self._mouth.words
        texts = {
            PhraseKind.WARNING: words.ending_soon,
            PhraseKind.OPTED_OUT: words.opted_out,
            PhraseKind.DISCLOSURE: words.disclosure,
        }
        due, self._due = self._due, []
        for kind in due:
            self._mouth.say(texts[kind] or "", kind)
        return bool(due)
