"""How a source writes one of our objects: the same table is read by an import and written by an export.

What a format has no column for stands in columns of ours (`crmgov_renewal_date`), which every import reads back.
A text that a spreadsheet would take for a formula goes out with an apostrophe before it, and comes back without.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from dataclasses import field as made_by
from functools import cached_property
from pathlib import PurePath
from typing import Any

from crmgov.records.imports.catalog import WHOLE_DATA, ObjectPlan, plan_of

OWN = "crmgov_"
# A key of `extra` whose plain name would be taken for a column of the format.
OWN_EXTRA = "crmgov_extra_"
# Handed out for a record that has no id in the source yet.
OUR_ID = "crmgov-"
FORMULA = re.compile(r"'*[=+\-@\t\r]")
# A number, an amount or a telephone number: nothing a spreadsheet could run, so it goes out as it is.
HARMLESS = re.compile(r"[+-][0-9 ()./,-]*", re.ASCII)

LIST = ";"

# Cells by heading in lower case; returns cells to set, by heading in lower case or of `derived`.
Derive = Callable[[Mapping[str, str]], dict[str, str]]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a source. `heading` is written; it and `also` are read, whatever their case.

    `words` says ours -> theirs (several of ours may share one of theirs), `read` further ones theirs -> ours.
    `value` names what an export writes when it is not the field; without `field` nothing reads the column.
    `several`: the cell lists ids separated by ";", and the first is the one of the field.
    `person`: the cell may be a person's id, and their name is what we keep. Not `written`: `derive` makes it.
    """

    heading: str
    field: str = ""
    also: tuple[str, ...] = ()
    words: Mapping[str, str] = made_by(default_factory=dict)
    read: Mapping[str, str] = made_by(default_factory=dict)
    value: str = ""
    several: bool = False
    person: bool = False
    written: bool = True

    @property
    def headings(self) -> tuple[str, ...]:
        return (self.heading, *self.also)

    @property
    def ours(self) -> dict[str, str]:
        """Their word, however it is spelled, to ours; of several of ours that share a word the first counts."""
        found: dict[str, str] = {}
        for theirs, ours in [*self.read.items(), *((word, our) for our, word in self.words.items())]:
            for spelled in _spellings(theirs):
                found.setdefault(spelled, ours)
        return found


@dataclass(frozen=True)
class Sheet:
    """One kind of file. It is recognised by an `identity` heading and the most `marks`.

    `only` are the rows of ours an export puts here (a Django filter), `always` fields that follow from the file,
    `never` those it leaves to another; `opt_outs` are columns whose yes withdraws consent to a channel, `opt_outs_of`
    beginnings of such columns that go on with the purpose; `derive` adds the cells named in `derived`;
    `skip` says which rows belong to another sheet of the same file; `merged` is a column that names the survivor of a
    merge, and the object that takes such rows; `deleted` are columns whose yes says that the source has deleted the
    row; `clocks` are columns the source moves by itself, which are no news.
    """

    file: str
    object: str
    identity: tuple[str, ...]
    columns: tuple[Column, ...]
    marks: tuple[str, ...] = ()
    own: str = OWN + "{}"
    only: Mapping[str, Any] = made_by(default_factory=dict)
    never: Mapping[str, Any] = made_by(default_factory=dict)
    always: Mapping[str, str] = made_by(default_factory=dict)
    opt_outs: Mapping[str, str] = made_by(default_factory=dict)
    opt_outs_of: Mapping[str, str] = made_by(default_factory=dict)
    derive: Derive | None = None
    derived: tuple[str, ...] = ()
    skip: Callable[[Mapping[str, str]], bool] | None = None
    merged: tuple[str, str] | None = None
    deleted: tuple[str, ...] = ()
    clocks: tuple[str, ...] = ()

    @cached_property
    def plan(self) -> ObjectPlan:
        return plan_of(self.object)

    @cached_property
    def native(self) -> dict[str, list[Column]]:
        """Field -> the columns of the format that hold it."""
        found: dict[str, list[Column]] = {}
        for column in self.columns:
            if column.field:
                found.setdefault(column.field, []).append(column)
        return found

    @cached_property
    def own_fields(self) -> tuple[str, ...]:
        """Fields that need a column of ours: the format has none, or its words cannot tell ours apart."""
        return tuple(
            name
            for name in self.plan.fields
            if name not in self.always
            and (
                name not in self.native
                or any(one.words or one.value or not one.written for one in self.native[name])
            )
        )

    @cached_property
    def taken(self) -> frozenset[str]:
        """Headings that mean something, in lower case: a key of `extra` must not look like one."""
        native = {heading for column in self.columns for heading in column.headings}
        merged = {self.merged[0]} if self.merged else set()
        named = {*native, *self.identity, *self.opt_outs, *self.deleted, *self.clocks, *self.derived, *merged}
        return frozenset(heading.casefold() for heading in named)

    def own_heading(self, name: str) -> str:
        return self.own.format(name)

    def extra_heading(self, key: str) -> str:
        """The heading of a key of `extra`: its own, where that is not taken, reads as it stands and is no formula."""
        plain = key.casefold()
        if (
            plain in self.taken
            or plain.startswith(OWN)
            or key != key.strip()
            or not key
            or neutral(key) != key
        ):
            return self.own.format(f"extra_{key}")
        return key

    @property
    def whole_heading(self) -> str:
        """The heading of all data of an activity."""
        return self.own.format(WHOLE_DATA.removeprefix(OWN))

    def own_name(self, heading: str) -> str:
        """The field a column of ours holds (`extra.KEY` for a key of extra, `data.crmgov_data` for all of data); ""
        for any other heading."""
        before, after = self.own.split("{}")
        lower = heading.casefold()
        if not (lower.startswith(before) and lower.endswith(after)):
            return ""
        name = heading[len(before) : len(heading) - len(after)]
        if self.plan.append_only and lower == self.whole_heading.casefold():
            return self.plan.kept_as(WHOLE_DATA)
        if name.casefold().startswith("extra_"):
            return (
                f"{self.plan.rest}{name[len('extra_') :]}"
                if self.plan.rest and len(name) > len("extra_")
                else ""
            )
        return name.casefold() if name.casefold() in self.plan.fields else ""

    def fits(self, headings: Collection[str]) -> int:
        """How many marks the headings have; 0 is no file of this kind."""
        lower = {heading.strip().casefold() for heading in headings}
        if not any(name.casefold() in lower for name in self.identity):
            return 0
        return sum(mark.casefold() in lower for mark in self.marks)


def best(sheets: Iterable[Sheet], file_name: str, headings: Collection[str]) -> list[Sheet]:
    """Return the sheets with the most marks among the headings: none, one, or several that read one kind of file.

    Where two kinds of files fit equally well the one the file is named like counts, else neither.
    """
    scored = [(sheet.fits(headings), sheet) for sheet in sheets]
    most = max((score for score, _ in scored), default=0)
    found = [sheet for score, sheet in scored if score == most and most]
    if len({sheet.marks for sheet in found}) > 1:
        stem = PurePath(file_name).stem.casefold()
        found = [sheet for sheet in found if stem.startswith(sheet.file.casefold())]
    return found if len({sheet.marks for sheet in found}) == 1 else []


def neutral(text: str) -> str:
    """Return the text as a spreadsheet may see it."""
    if not FORMULA.match(text) or HARMLESS.fullmatch(text):
        return text
    return f"'{text}"


def as_written(text: str) -> str:
    """Undo `neutral`."""
    return text[1:] if text.startswith("'") and FORMULA.match(text) else text


def joined(texts: Sequence[str]) -> str:
    """Several texts in one cell: separated by ";", or as a JSON list where one of them holds that sign."""
    plain = LIST.join(texts)
    return (
        json.dumps(texts, ensure_ascii=False)
        if plain.count(LIST) >= max(len(texts), 1) or plain[:1] == "["
        else plain
    )


def listed(cell: str) -> list[str]:
    """Undo `joined`; what only looks like a JSON list is text."""
    if cell.startswith("["):
        # Brackets without end are no list either.
        with suppress(json.JSONDecodeError, RecursionError):
            found = json.loads(cell)
            if all(isinstance(one, str) for one in found):
                return list(found)
    return [part.strip() for part in cell.split(LIST) if part.strip()]


def _spellings(word: str) -> list[str]:
    """How exports write one word: as an internal name or as a label, in any usual case."""
    plain = word.replace("_", " ")
    return list(dict.fromkeys([word, word.lower(), word.upper(), plain, plain.lower(), plain.capitalize(),
                               plain.title(), plain.upper()]))  # fmt: skip
