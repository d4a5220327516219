"""Features of many records, each as of its own moment: one statement per chunk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from scoring.features.schema import Subject, statement

# For one chunk, until its transaction ends. Its rows are few among many and lie in memory or on a fast disk, and a
# planner that thinks otherwise reads the whole timeline for them; compiling the statement costs more than it.
SETTINGS = (("work_mem", "64MB"), ("random_page_cost", "1.1"), ("jit", "off"))


@dataclass(frozen=True, slots=True)
class Read:
    """Column-oriented: `ids`, `segments` and every column of `columns` have one entry per record found."""

    ids: Sequence[UUID]
    cuts: Sequence[datetime]
    segments: Sequence[str]
    columns: dict[str, Sequence[Any]]


def read(subject: Subject, ids: Sequence[UUID], cuts: Sequence[datetime]) -> Read:
    """Return the features of each record as of the moment beside it, in the order given. One statement.

    Numbers are floats, None is "not known". A record that does not exist is left out.
    """
    with connection.cursor() as cursor:
        if connection.in_atomic_block:
            for name, value in SETTINGS:
                cursor.execute("SELECT set_config(%s, %s, true)", [name, value])
        cursor.execute(statement(subject), {"ids": list(ids), "cuts": list(cuts)})
        rows = cursor.fetchall()
    names = subject.names
    if not rows:
        return Read([], [], [], {name: [] for name in names})
    places, found, segments, *columns = zip(*rows, strict=True)
    return Read(
        found,
        [cuts[place - 1] for place in places],
        segments,
        dict(zip(names, columns, strict=True)),
    )
