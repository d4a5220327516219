"""Is the database in trouble, or does it refuse this one row? Trouble passes, and everything stays pending."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import InterfaceError, OperationalError, connection

from crmgov.kernel.refusals import Refused

P = ParamSpec("P")
T = TypeVar("T")

# SQLSTATEs that say nothing about the row: deadlock, serialization, a lock not granted, the server going down or up.
DEADLOCK = "40P01"
LOCKED = "55P03"
CROSSED = frozenset({DEADLOCK, "40001"})
PASSING = CROSSED | frozenset({LOCKED, "57P01", "57P02", "57P03"})
CONNECTION = "08"
# So long a person, or the executor, waits for a row that others hold: the preview of an import holds some for minutes.
PATIENCE = "4s"


class Busy(Refused):
    """An import that is being checked holds this right now, so nothing was saved. Try again in a moment."""

    status = 503


def wait_briefly() -> None:
    """Let no statement wait longer than 4 seconds for what others hold, until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{PATIENCE}'")


@contextmanager
def waiting_briefly() -> Iterator[None]:
    """The same, for a person. Raises Busy."""
    wait_briefly()
    try:
        yield
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None) == LOCKED:
            raise Busy from error
        raise


def crossed(error: Exception) -> bool:
    """Whether two stood in each other's way and this one was ended: the other is through by now."""
    return getattr(error.__cause__, "sqlstate", None) in CROSSED


def twice(when: Callable[[Exception], bool]) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Do it once more where it raised what `when` knows to pass. For what is a transaction of its own."""

    def mended(once: Callable[P, T]) -> Callable[P, T]:
        @wraps(once)
        def again(*args: P.args, **kwargs: P.kwargs) -> T:
            try:
                return once(*args, **kwargs)
            except Exception as error:
                if not when(error):
                    raise
            return once(*args, **kwargs)

        return again

    return mended


def of_the_database(error: Exception) -> bool:
    """Whether the same might succeed later, unchanged. What a row brings about (too long, timed out) is its own."""
    if isinstance(error, InterfaceError):
        return True
    if not isinstance(error, OperationalError):
        return False
    # A connection that broke, or never was, has no SQLSTATE.
    state = getattr(error.__cause__, "sqlstate", None)
    return state is None or state in PASSING or state.startswith(CONNECTION)


def first_line(error: Exception) -> str:
    """The sentence for a person; the whole story is in the log."""
    said = str(error).strip()
    return said.splitlines()[0] if said else repr(error)
