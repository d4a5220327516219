"""Imports of one source take turns: what one reads, no other writes meanwhile.

A single file holds its source for one transaction, a whole import for as long as its worker lives; Postgres lets go
of both when the process ends, however it ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from crmgov.records.models import Source

# The first of the two numbers of an advisory lock: "impo" in ASCII.
SPACE = 0x696D706F


def wait_for(source: Source) -> None:
    """Wait until no other import of this source is at work, and keep others waiting until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [SPACE, source.pk])


@contextmanager
def turn(source: Source) -> Iterator[bool]:
    """Hold the source over several transactions of this connection; False when another import has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [SPACE, source.pk])
        (ours,) = cursor.fetchone()
    try:
        yield bool(ours)
    finally:
        # A broken connection has let go by itself, and there is nobody to tell.
        if ours and connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [SPACE, source.pk])
