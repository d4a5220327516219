"""A page of a long list by its sort values: as quick on page 4,000 as on page 1, and nothing is counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from crmgov.kernel.canonical import plain

from .cursors import Cursor

RowT = TypeVar("RowT", bound=models.Model)


@dataclass(frozen=True, slots=True)
class Order:
    """The sort columns, ending in the primary key, all in one direction.

    `nullable`: the first column may be null. Such rows come last, by primary key, whatever the direction.
    """

    columns: tuple[str, ...]
    descending: bool = False
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class Page(Generic[RowT]):
    rows: list[RowT]
    newer: Cursor | None
    older: Cursor | None


def page_of(
    rows: models.QuerySet[RowT], *, order: Order, cursor: Cursor | None, size: int = 25
) -> Page[RowT]:
    """Return one page. A cursor nobody of ours wrote begins at the start."""
    start = None if cursor is None else _values(rows.model, order, cursor)
    back = start is not None and cursor is not None and cursor.back
    found = _take(rows, order, start, back=back, most=size + 1)
    if back and len(found) <= size:
        # Walking back met the start: show the whole first page rather than a short one.
        start, back = None, False
        found = _take(rows, order, None, back=False, most=size + 1)
    more, found = len(found) > size, found[:size]
    if back:
        found.reverse()
    before, after = (more, True) if back else (start is not None, more)
    return Page(
        found,
        _cursor(order, found[0], back=True) if found and before else None,
        _cursor(order, found[-1], back=False) if found and after else None,
    )


def first_behind(rows: models.QuerySet[RowT], order: Order, row: RowT | None = None) -> RowT | None:
    """Return the first of the rows in this order, the first behind `row` where that is given; None for none."""
    start = None if row is None else [getattr(row, _field(type(row), name).attname) for name in order.columns]
    return next(iter(_take(rows, order, start, back=False, most=1)), None)


@dataclass(frozen=True, slots=True)
class _Segment:
    """`columns` tell its rows apart; `sort` names the empty column too, so that the same index is followed."""

    where: Q
    columns: tuple[str, ...]
    of_null: bool
    sort: tuple[str, ...]


def _segments(order: Order) -> list[_Segment]:
    """Rows whose first column is null stand in a segment of their own, so that each segment follows one index."""
    if not order.nullable:
        return [_Segment(Q(), order.columns, False, order.columns)]
    first, key = order.columns[0], order.columns[-1]
    return [
        _Segment(Q(**{f"{first}__isnull": False}), order.columns, False, order.columns),
        _Segment(Q(**{f"{first}__isnull": True}), (key,), True, (first, key)),
    ]


def _take(
    rows: models.QuerySet[RowT], order: Order, start: list[Any] | None, *, back: bool, most: int
) -> list[RowT]:
    found: list[RowT] = []
    for segment, values in _from(order, start, back=back):
        # Null rows run upward by key in either direction of the list.
        falling = (order.descending and not segment.of_null) != back
        sign = "-" if falling else ""
        part = rows.filter(segment.where).order_by(*(f"{sign}{column}" for column in segment.sort))
        if values is not None:
            part = part.filter(_beyond(segment.columns, values, "lt" if falling else "gt"))
        found += list(part[: most - len(found)])
        if len(found) >= most:
            break
    return found


def _from(
    order: Order, start: list[Any] | None, *, back: bool
) -> Iterator[tuple[_Segment, list[Any] | None]]:
    """The segments still ahead, the one we stand in with the values to pass."""
    segments = _segments(order)
    if back:
        segments.reverse()
    if start is None:
        yield from ((segment, None) for segment in segments)
        return
    in_null = order.nullable and start[0] is None
    here = next(place for place, segment in enumerate(segments) if segment.of_null == in_null)
    yield segments[here], start[-len(segments[here].columns) :]
    yield from ((segment, None) for segment in segments[here + 1 :])


def _beyond(columns: tuple[str, ...], values: list[Any], op: str) -> Q:
    """(a, b, id) beyond the given row. The extra bound on `a` is what lets Postgres start in the index."""
    beyond = Q(**{f"{columns[-1]}__{op}": values[-1]})
    for column, value in reversed(list(zip(columns[:-1], values[:-1], strict=True))):
        beyond = Q(**{f"{column}__{op}": value}) | (Q(**{column: value}) & beyond)
    if len(columns) > 1:
        beyond &= Q(**{f"{columns[0]}__{op}e": values[0]})
    return beyond


def _values(model: type[models.Model], order: Order, cursor: Cursor) -> list[Any] | None:
    if len(cursor.keys) != len(order.columns):
        return None
    try:
        return [
            None if place == 0 and order.nullable and text == "" else _field(model, column).to_python(text)
            for place, (column, text) in enumerate(zip(order.columns, cursor.keys, strict=True))
        ]
    except ValidationError:
        return None


def _cursor(order: Order, row: models.Model, *, back: bool) -> Cursor:
    keys = (getattr(row, _field(type(row), column).attname) for column in order.columns)
    return Cursor(tuple("" if key is None else str(plain(key)) for key in keys), back)


def _field(model: type[models.Model], column: str) -> Any:
    return model._meta.pk if column == "pk" else model._meta.get_field(column)
