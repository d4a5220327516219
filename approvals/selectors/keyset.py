"""Pages of the desk's lists: by keyset, as plates, with cursors as they stand in addresses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet

from crmgov.records.selectors import keyset
from crmgov.records.selectors.cursors import Cursor
from crmgov.records.selectors.keyset import Order

__all__ = ["Order", "Page", "page_of"]

M = TypeVar("M", bound=Model)
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """Some rows, and the cursors of the pages beside it; empty where there is none."""

    rows: Sequence[R]
    newer: str = ""
    older: str = ""


def page_of(
    rows: QuerySet[M], order: Order, *, cursor: str, size: int, plate: Callable[[Sequence[M]], Sequence[R]]
) -> Page[R]:
    """Return the page a cursor points to, the first without one; a broken cursor is the first page."""
    start = Cursor.read(cursor, length=len(order.columns))
    page = keyset.page_of(rows, order=order, cursor=start, size=size)
    return Page(tuple(plate(page.rows)), newer=str(page.newer or ""), older=str(page.older or ""))
