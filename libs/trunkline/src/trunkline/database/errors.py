"""What a failure of the database means for the work in hand."""

from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from trunkline.errors import Transient

# https://www.postgresql.org/docs/17/errcodes-appendix.html
_COLLISIONS = {"40001": "serialization failure", "40P01": "deadlock"}
# Connection lost or refused, too many clients, shutting down, starting up, read-only after a
# failover; out of disk or memory.
_AWAY_CLASSES = ("08", "53", "57P", "25006")
# A statement or a wait for a lock took longer than allowed.
_SLOW = ("57014", "55P03")

# NUL in a text, or escaped in a JSON document: nobody but who sent it can have meant it.
_UNSTORABLE = ("22021", "22P05")


class DatabaseUnavailable(Transient):
    """The database cannot be reached, or cannot work now."""


class DatabaseBusy(Transient):
    """The database did not get to it in time, or others were in the way each time it was tried."""


def is_collision(error: BaseException) -> bool:
    """Whether others' transactions were in the way, and the same work may succeed at once."""
    return isinstance(error, DBAPIError) and sqlstate(error) in _COLLISIONS


def is_unstorable(error: DBAPIError) -> bool:
    """Whether a text has characters that PostgreSQL cannot hold."""
    return sqlstate(error) in _UNSTORABLE


def transient(error: BaseException) -> Transient | None:
    """The failure in our terms if the work may succeed later; None for a bug, or a constraint.

    Whether a transaction whose commit failed this way took effect is not known.
    """
    if isinstance(error, PoolTimeoutError):
        return DatabaseBusy()
    if isinstance(error, DBAPIError):
        code = sqlstate(error)
        if code in _SLOW or code in _COLLISIONS:
            return DatabaseBusy()
        if error.connection_invalidated or code.startswith(_AWAY_CLASSES) or _is_lost(error):
            return DatabaseUnavailable()
        return None
    return DatabaseUnavailable() if isinstance(error, (OSError, TimeoutError)) else None


def sqlstate(error: DBAPIError) -> str:
    """PostgreSQL's code for what went wrong; empty when the server said nothing."""
    return getattr(error.orig, "sqlstate", None) or ""


def _is_lost(error: DBAPIError) -> bool:
    return isinstance(error, InterfaceError) and not sqlstate(error)
