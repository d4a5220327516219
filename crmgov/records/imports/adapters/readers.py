"""Reading one file by its sheet: the mapping for its headings, and what is done to each row before it is read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from crmgov.records.imports.files import RawRow
from crmgov.records.imports.steps import RowRefused
from crmgov.records.rules.values import Kind

from .sheets import OWN, Sheet, as_written, listed

YES = {"true", "yes", "1"}
# Between texts of one field once they are told apart: no text holds it.
UNIT = "\x1f"
DAY_OF_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[ T]\d\d:\d\d.*", re.ASCII)


class Reader:
    """One file of one sheet. `columns` says field -> the heading its value is read from."""

    def __init__(
        self, sheet: Sheet, headings: Sequence[str], people: Mapping[str, str] | None = None
    ) -> None:
        self.sheet, self.headings, self.people = sheet, tuple(headings), people or {}
        self.by_plain = {heading.casefold(): heading for heading in reversed(headings)}
        self.identity = next((head for name in sheet.identity if (head := self.heading(name))), "")
        self.is_ours = sheet.file.startswith(OWN) or any(name.startswith(OWN) for name in self.by_plain)
        self.own = {name: heading for heading in headings if (name := sheet.own_name(heading))}
        self.sources = {name: found for name in sheet.plan.fields if (found := self._sources(name))}
        # Where a cell lists several ids the field takes the first; all of them stay as they are under this name.
        self.lists = {
            name: f"All {heading}"
            for name, columns in sheet.native.items()
            if columns[0].several and (heading := self._main(name))
        }
        self.columns = {name: self._main(name) for name in self.sources}
        self.days, self.texts = self._of(Kind.DATE), self._of(Kind.TEXTS)
        self.persons = [
            self.columns[one.field] for one in sheet.columns if one.person and one.field in self.columns
        ]
        made = (*self.lists.values(), *sheet.derived)
        self.added = tuple(name for name in made if name not in headings)

    def heading(self, name: str) -> str:
        """The heading as the file writes it; "" where it has none."""
        return self.by_plain.get(name.casefold(), "")

    def mapping(self) -> dict[str, Any]:
        """Return the mapping of the file as JSON."""
        fields: dict[str, Any] = {name: {"constant": word} for name, word in self.sheet.always.items()}
        for name, heading in self.columns.items():
            # Where a column of ours may say it in our words, `prepare` has put it into ours already.
            words = {} if name in self.own else self._words(name)
            fields[name] = {"column": heading} | ({"values": words} if words else {})
            if self.sheet.plan.fields[name].spec.kind is Kind.TEXTS:
                fields[name]["split"] = UNIT
        for name, heading in self.own.items():
            if name not in self.sheet.plan.fields:
                fields[name] = {"column": heading}
        mapping = {"fields": fields, "ignore": self._ignored(fields)}
        return mapping | ({"external_id": self.identity} if self.identity else {})

    def prepare(self, raw: RawRow) -> RawRow | None:
        """Return the row with one cell per field. Raises RowRefused for what the source has deleted."""
        cells = {heading: as_written(text) for heading, text in raw.cells.items()} | dict.fromkeys(
            self.added, ""
        )
        plain = {heading.casefold(): text for heading, text in cells.items()}
        if self._is_merged(raw) or (self.sheet.skip and self.sheet.skip(plain)):
            return None
        self._require_present(raw)
        if self.sheet.derive:
            for name, text in self.sheet.derive(plain).items():
                if (heading := self.by_plain.get(name, name)) in cells:
                    cells[heading] = text
        for name in self.sources:
            self._gather(cells, name)
        self._form(cells)
        return RawRow(raw.line, cells)

    def opt_outs(self) -> list[tuple[str, str, str]]:
        """Return column, channel and purpose of each opt-out column of the file; of two names of one the first."""
        found: dict[tuple[str, str], str] = {}
        for name, channel in self.sheet.opt_outs.items():
            if heading := self.heading(name):
                found.setdefault((channel, "any"), heading)
        for start, channel in self.sheet.opt_outs_of.items():
            for heading in self.headings:
                purpose = heading[len(start) :].strip().casefold()
                if heading.casefold().startswith(start.casefold()) and 0 < len(purpose) <= 40:
                    found.setdefault((channel, purpose), heading)
        return [(heading, *key) for key, heading in found.items()]

    def is_gone(self, raw: RawRow) -> bool:
        """Did the source delete the row, or merge it into another?"""
        return self._is_merged(raw) or bool(self._deleted(raw))

    def _of(self, kind: Kind) -> list[str]:
        """The columns of fields of a kind."""
        return [
            heading
            for name, heading in self.columns.items()
            if self.sheet.plan.fields[name].spec.kind is kind
        ]

    def _native(self, name: str) -> list[str]:
        return [
            heading
            for column in self.sheet.native.get(name, ())
            for one in column.headings
            if (heading := self.heading(one) or (one if one in self.sheet.derived else ""))
        ]

    def _sources(self, name: str) -> list[str]:
        """The headings that may hold the field, the one that counts most first: ours knows what the format cannot."""
        own = [self.own[name]] if name in self.own else []
        return list(dict.fromkeys([*own, *self._native(name)]))

    def _main(self, name: str) -> str:
        """The heading under which the field is read and reported: the format's own where there is one."""
        return next(iter(self._native(name) or self._sources(name)), "")

    def _words(self, name: str) -> dict[str, str]:
        return {
            theirs: ours for column in self.sheet.native.get(name, ()) for theirs, ours in column.ours.items()
        }

    def _gather(self, cells: dict[str, str], name: str) -> None:
        """Put the first cell that says something where the field is read from; what was used is not kept twice."""
        into = self.columns[name]
        used = next((heading for heading in self.sources[name] if cells[heading].strip()), "")
        text = cells[used].strip() if used else ""
        parts = [text]
        if name in self.lists and used.casefold().endswith("ids"):
            parts = [part.strip() for part in text.split(";") if part.strip()] or [""]
        if len(parts) > 1:
            cells[self.lists[name]] = text
        if name in self.own and used != self.own[name]:
            parts[0] = self._words(name).get(parts[0], parts[0])
        if used and used != into:
            cells[used] = ""
        cells[into] = parts[0]

    def _form(self, cells: dict[str, str]) -> None:
        """Bring cells into the form their fields are read in: texts told apart, days without a time, names for ids."""
        for heading in self.texts:
            cells[heading] = UNIT.join(listed(cells[heading].strip()))
        for heading in self.days:
            if whole := DAY_OF_TIME.fullmatch(cells[heading].strip()):
                cells[heading] = whole[1]
        for heading in self.persons:
            cells[heading] = self.people.get(cells[heading].strip(), cells[heading])

    def _ignored(self, fields: Mapping[str, Any]) -> list[str]:
        """Columns that are no news: clocks, opt-outs (they become consents), and in our files what stands elsewhere."""
        named = [*self.sheet.clocks, *self.sheet.deleted, *self.sheet.opt_outs, *self.sheet.derived]
        if self.sheet.merged:
            named.append(self.sheet.merged[0])
        if self.is_ours:
            named += [name for column in self.sheet.columns if not column.field for name in column.headings]
        found = [self.heading(name) or (name if name in self.added else "") for name in named]
        found += [heading for heading, _, _ in self.opt_outs()] + list(self.own.values())
        used = {entry.get("column") for entry in fields.values()}
        return [heading for heading in dict.fromkeys(found) if heading and heading not in used]

    def _is_merged(self, raw: RawRow) -> bool:
        column = self.heading(self.sheet.merged[0]) if self.sheet.merged else ""
        return bool(column and raw.cells[column].strip())

    def _deleted(self, raw: RawRow) -> str:
        headings = (self.heading(name) for name in self.sheet.deleted)
        return next((one for one in headings if one and raw.cells[one].strip().casefold() in YES), "")

    def _require_present(self, raw: RawRow) -> None:
        if column := self._deleted(raw):
            raise RowRefused(
                "deleted_at_source", "The source has deleted it. What we hold stays; archive it here if it is gone.",
                column, raw.cells[column],
            )  # fmt: skip
