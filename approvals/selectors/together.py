"""Several questions in one round trip. Each is asked as it would be alone; the answers come back as JSON.

A page and a decision ask a dozen small things, and wait longer for the answers to arrive than for them to be found.
Asked together they also speak of one moment.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.models import QuerySet

from crmgov.records.models.ledger import TransactionId

Rows = list[dict[str, Any]]
Model = TypeVar("Model", bound=models.Model)
# Between the names of a path, as in a queryset.
STEP = "__"
# Columns that would not come back from JSON as they went in; `whole` leaves them out.
BENT = (models.BinaryField, TransactionId)


@dataclass(frozen=True, slots=True)
class Sql:
    """A question with its parameters; its columns are named, and those in `decimals` hold numerics."""

    text: str
    params: Sequence[Any] = ()
    decimals: Sequence[str] = ()


def together(**asked: QuerySet[Any, Any] | Sql) -> dict[str, Rows]:
    """Name -> rows, {column: value}, in the order asked for; one query, none where nothing can be found.

    Querysets name their columns by `values` or `whole`. Values are as JSON has them: ids, times and decimals are texts,
    which `instance` reads.
    """
    found: dict[str, Rows] = {name: [] for name in asked}
    questions = {name: sql for name, rows in asked.items() if (sql := _sql(rows)) is not None}
    if questions:
        parts = ", ".join(map(_answer, questions.values()))
        params = [param for sql in questions.values() for param in sql.params]
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {parts}", params)
            answers = cursor.fetchone() or ()
        found.update(zip(questions, map(json.loads, answers), strict=True))
    return found


def whole(rows: QuerySet[Any, Any], *related: str) -> QuerySet[Any, Any]:
    """The rows with all their columns, and those of what `select_related` would fetch along these paths."""
    return rows.values(
        *_columns(rows.model), *(name for path in related for name in _along(rows.model, path))
    )


def instance(model: type[Model], row: Mapping[str, Any]) -> Model:
    """A row of `values` or `whole` as its model has it, with what it refers to; what was not asked for is deferred."""
    fields = [field for field in model._meta.concrete_fields if field.attname in row]
    values = [_value(field, row[field.attname]) for field in fields]
    made = model.from_db(connection.alias, [field.attname for field in fields], values)
    for name, its in _related(row).items():
        target = cast("type[models.Model]", model._meta.get_field(name).related_model)
        there = its[target._meta.pk.attname] is not None
        setattr(made, name, instance(target, its) if there else None)
    return made


def counted(rows: QuerySet[Any, Any], *, most: int, **which: Sql) -> Sql:
    """How many rows there are, looking at no more than `most`: one row with "all" and a column for each of `which`.

    Those are conditions on the columns that `rows` name.
    """
    sql = _sql(rows.order_by()[:most])
    if sql is None:
        return Sql("SELECT " + ", ".join(f'0 AS "{name}"' for name in ("all", *which)))
    filtered = [f', count(*) FILTER (WHERE {when.text}) AS "{name}"' for name, when in which.items()]
    # What Django wrote, and conditions of our own; values stay beside it.
    text = f'SELECT count(*) AS "all"{"".join(filtered)} FROM ({sql.text}) AS counted'  # noqa: S608
    return Sql(text, [*(param for when in which.values() for param in when.params), *sql.params])


def _answer(sql: Sql) -> str:
    """The rows of one question as one value. JSON numbers are read as floats, so decimals go as texts."""
    row = "to_jsonb(answer)"
    if sql.decimals:
        exact = ", ".join(f"""'{name}', answer."{name}"::text""" for name in sql.decimals)
        row = f"{row} || jsonb_build_object({exact})"
    return f"(SELECT coalesce(json_agg({row}), '[]')::text FROM ({sql.text}) AS answer)"  # noqa: S608


def _sql(rows: QuerySet[Any, Any] | Sql) -> Sql | None:
    """What Django would send; None for what it knows to find nothing."""
    if isinstance(rows, Sql):
        return rows
    compiler = rows.query.get_compiler(connection=connection)
    try:
        text, params = compiler.as_sql()
    except EmptyResultSet:
        return None
    columns = [(alias, column.output_field) for column, _, alias in compiler.select]
    return Sql(
        text, params, [str(alias) for alias, field in columns if isinstance(field, models.DecimalField)]
    )


def _columns(model: type[models.Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields if not isinstance(field, BENT)]


def _along(model: type[models.Model], path: str) -> Iterator[str]:
    """The columns of each step of the path."""
    steps = path.split(STEP)
    for place, step in enumerate(steps):
        model = cast("type[models.Model]", model._meta.get_field(step).related_model)
        prefix = STEP.join(steps[: place + 1])
        yield from (f"{prefix}{STEP}{column}" for column in _columns(model))


def _related(row: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What stands behind a path, by its first step."""
    found: dict[str, dict[str, Any]] = defaultdict(dict)
    for column, value in row.items():
        step, inside, rest = column.partition(STEP)
        if inside:
            found[step][rest] = value
    return found


def _value(field: models.Field[Any, Any], raw: Any) -> Any:
    if isinstance(field, ArrayField) and raw is not None:
        return [_value(field.base_field, one) for one in raw]
    return field.to_python(raw)
