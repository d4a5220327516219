"""One worker at a time per model or question, over several transactions; Postgres lets go when the process ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

# The first of the two numbers of an advisory lock: "scor" in ASCII.
SPACE = 0x73636F72


@contextmanager
def turn(name: str) -> Iterator[bool]:
    """Hold the turn of this name on this connection; False when somebody else has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, hashtext(%s))", [SPACE, name])
        (ours,) = cursor.fetchone()
    try:
        yield bool(ours)
    finally:
        # A broken connection has let go by itself, and there is nobody to tell.
        if ours and connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, hashtext(%s))", [SPACE, name])
