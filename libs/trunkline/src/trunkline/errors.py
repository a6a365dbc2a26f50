"""What went wrong, by what it means for the work in hand."""


class TrunklineError(Exception):
    """Something Trunkline names went wrong."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.__doc__)


class Invalid(TrunklineError):
    """The input can never work, however often it is tried."""


class Transient(TrunklineError):
    """It did not work now and may work later."""


class PublishFailed(Transient):
    """The bus did not confirm a record before its deadline; it may or may not have it."""
