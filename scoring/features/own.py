"""Features that an installation adds: a name and a scalar SQL fragment each, in a TOML file of its own.

    [[churn]]
    name = "seats_unused"
    kind = "number"
    sql = "SELECT (x.extra->>'seats_unused')::float8 FROM records_account x WHERE x.id = asked.id AND asked.cut >= x.created_at"
    means = "Seats they pay for and do not use."
    say = "{value} seats are unused."

The fragment reads `asked.id` and may look at nothing later than `asked.cut`; that it names the cut-off is checked,
that it keeps to it is the writer's promise. The hash of the file is part of the schema's version: a model trained with
other features is not used.
"""  # noqa: E501

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .schema import Feature, Kind, Subject

NAME = re.compile(r"[a-z][a-z0-9_]{1,39}")
KEYS = frozenset({"name", "kind", "sql", "means", "say", "one", "unknown"})
NEEDED = ("name", "kind", "sql", "means", "say")
# So much of the hash tells two files apart, and fits beside the version.
HASH_DIGITS = 10


class BadFeatures(ValueError):
    """The file of features cannot be used. Says which feature, what is wrong and what to do."""


def extended(subjects: Mapping[str, Subject], content: bytes) -> dict[str, Subject]:
    """These subjects with the features of the file. Raises BadFeatures."""
    try:
        said = tomllib.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadFeatures(f"The file is no TOML in UTF-8: {error}.") from error
    if strange := sorted(set(said) - set(subjects)):
        known = ", ".join(sorted(subjects))
        raise BadFeatures(f"There is no question “{strange[0]}”. Write [[churn]], one of {known}.")
    digest = hashlib.sha256(content).hexdigest()[:HASH_DIGITS]
    return {
        name: replace(subject, own=_features(name, subject, said[name]), own_hash=digest)
        if said.get(name)
        else subject
        for name, subject in subjects.items()
    }


def _features(question: str, subject: Subject, tables: Any) -> tuple[Feature, ...]:
    if not isinstance(tables, list) or not all(isinstance(one, dict) for one in tables):
        raise BadFeatures(f"“{question}” is no list of features. Write [[{question}]] with two brackets.")
    taken = set(subject.names) | {"n", "id", "cut", "since"}
    found: list[Feature] = []
    for table in tables:
        found.append(_feature(question, table, taken))
        taken.add(found[-1].name)
    return tuple(found)


def _feature(question: str, table: Mapping[str, Any], taken: set[str]) -> Feature:
    name = str(table.get("name", ""))
    where = f"Feature “{name}” of {question}"
    for key, value in table.items():
        if key not in KEYS:
            raise BadFeatures(
                f"{where} says “{key}”, which means nothing. Known are {', '.join(sorted(KEYS))}."
            )
        if not isinstance(value, str) or not value.strip():
            raise BadFeatures(f"{where}: “{key}” is no text. Write it in quotes.")
    for key in NEEDED:
        if key not in table:
            raise BadFeatures(f"{where} says no “{key}”. Every feature needs {', '.join(NEEDED)}.")
    if not NAME.fullmatch(name):
        raise BadFeatures(f"{where}: a name is 2 to 40 small letters, digits and underscores.")
    if name in taken:
        raise BadFeatures(f"{where}: that name is taken. Choose another.")
    if table["kind"] not in set(Kind):
        raise BadFeatures(f"{where}: there is no kind “{table['kind']}”. Choose {', '.join(Kind)}.")
    return Feature(
        name,
        Kind(table["kind"]),
        _sql(where, table["sql"]),
        table["means"],
        _said(where, table["say"]),
        _said(where, table.get("one", table["say"])) if table["kind"] == Kind.FLAG else table.get("one", ""),
        unknown=table.get("unknown", ""),
    )


def _sql(where: str, sql: str) -> str:
    if ";" in sql or "--" in sql or "/*" in sql:
        raise BadFeatures(f"{where}: its SQL is one SELECT without semicolons and comments.")
    if not re.match(r"\s*SELECT\b", sql, re.I):
        raise BadFeatures(f"{where}: its SQL begins with SELECT and gives one value.")
    for name in ("asked.id", "asked.cut"):
        if name not in sql:
            raise BadFeatures(
                f"{where}: its SQL does not name {name}. It reads the record asked.id as it was known at asked.cut."
            )
    # psycopg reads a percent sign as the beginning of a parameter.
    return sql.strip().replace("%", "%%")


def _said(where: str, text: str) -> str:
    try:
        text.format(value="1")
    except (KeyError, IndexError, ValueError) as error:
        raise BadFeatures(f"{where}: “{text}” may name {{value}} and nothing else in braces.") from error
    return text
