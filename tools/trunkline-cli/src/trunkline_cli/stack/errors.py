"""Why a part of the local stack does not run."""

from trunkline.errors import TrunklineError


class StackError(TrunklineError):
    """A part of the local stack does not start; the message says which, why, and what helps."""
