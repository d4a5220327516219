"""The schema of features: what each is called, how it is read, and what it says to people.

**As of a cut-off.** Every feature is what could be known at `asked.cut`:
- A governed field is replayed: the last ledger row until then, else what the source's own history says it was.
- Something that happened counts from its own time on. If it lies after the record came to us it counts only from when
  it reached us as well: a call told to us in May is not known in April. What lies before the record came to us is
  imported history and counts by the source's time, for the source knew it then.
- What nobody wrote down (the value of a field before it was imported, where no history came along) is missing, but
  for what describes a company for years: segment, industry, size and region are taken back from the first value.

A feature belongs to one part of its subject. `asked` has one row per record and cut-off: n, id, cut, and `since`,
when the record came to us. SQL comes from this folder and from the installation's own file alone, never from data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

# Raised with every change of meaning: a model trained on another version is not used any more.
VERSION = "2"


class Kind(StrEnum):
    NUMBER = "number"
    CATEGORY = "category"
    FLAG = "flag"


# How a value leaves the database.
CASTS = {Kind.NUMBER: "double precision", Kind.CATEGORY: "text", Kind.FLAG: "boolean"}


@dataclass(frozen=True, slots=True)
class Feature:
    """One column. `means` explains it, `say` puts a value of it in a sentence, `none` stands where the part has no row.

    `say` may name {value}; `one` is said instead where the value is 1, `unknown` where there is none. Of a flag `say`
    is for yes and `one` for no.
    """

    name: str
    kind: Kind
    sql: str
    means: str
    say: str
    one: str = ""
    none: str = "NULL"
    unknown: str = ""

    def sentence(self, value: object) -> str:
        """This value in words."""
        if value is None or value == "":
            return self.unknown or f"{self.means.rstrip('.')}: nothing is on record."
        if self.kind is Kind.FLAG:
            return self.say if value else self.one
        if self.one and value == 1:
            return self.one
        return self.say.format(value=_written(value))


@dataclass(frozen=True, slots=True)
class Part:
    """Rows around what is asked for, and the features that are read from them in one go.

    `rows` continues `FROM asked`. Grouped, features are aggregates per n; otherwise there is exactly one row each.
    """

    name: str
    rows: str
    features: tuple[Feature, ...]
    grouped: bool = True


@dataclass(frozen=True, slots=True)
class Subject:
    """What a model is about: the record type, its table, where the segment stands, and the parts."""

    question: str
    record_type: str
    table: str
    segment: str
    parts: tuple[Part, ...]
    # Of the installation's own file: name -> scalar SQL over asked.
    own: tuple[Feature, ...] = ()
    own_hash: str = ""

    @property
    def features(self) -> tuple[Feature, ...]:
        return (*(feature for part in self.parts for feature in part.features), *self.own)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(feature.name for feature in self.features)

    @property
    def version(self) -> str:
        """Of the schema a model is trained on: ours, and what the installation adds to it."""
        return f"{VERSION}+{self.own_hash}" if self.own_hash else VERSION

    def by_name(self) -> Mapping[str, Feature]:
        return {feature.name: feature for feature in self.features}


def statement(subject: Subject) -> str:
    """SQL with the parameters `ids` and `cuts`, two arrays of one length: n, id, segment, then every feature."""
    wanted = "".join(f", {_wanted(part, feature)}" for part in subject.parts for feature in part.features)
    own = "".join(f", ({one.sql})::{CASTS[one.kind]} AS {one.name}" for one in subject.own)
    joined = "\n".join(_joined(part) for part in subject.parts)
    return f"""
WITH asked AS MATERIALIZED (
  SELECT u.n, u.id, u.cut, x.created_at AS since
  FROM unnest(%(ids)s::uuid[], %(cuts)s::timestamptz[]) WITH ORDINALITY AS u(id, cut, n)
  JOIN {subject.table} x ON x.id = u.id)
SELECT asked.n, asked.id, coalesce({subject.segment}, '') AS segment{wanted}{own}
FROM asked
{joined}
ORDER BY asked.n"""  # noqa: S608


def _wanted(part: Part, feature: Feature) -> str:
    column = f"{part.name}.{feature.name}"
    if feature.none != "NULL":
        column = f"coalesce({column}, {feature.none})"
    return f"{column}::{CASTS[feature.kind]} AS {feature.name}"


def _joined(part: Part) -> str:
    named = ", ".join(f"{feature.sql} AS {feature.name}" for feature in part.features)
    if part.grouped:
        return f"""LEFT JOIN (SELECT asked.n, {named}
  FROM asked {part.rows}
  GROUP BY asked.n, asked.cut, asked.since) {part.name} ON {part.name}.n = asked.n"""  # noqa: S608
    return f"CROSS JOIN LATERAL (SELECT {named}\n  {part.rows}) {part.name}"


def _written(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,.0f}" if float(value).is_integer() or abs(value) >= 100 else f"{value:,.2g}"
