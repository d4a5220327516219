"""The seam between a source's own tables and the import: which file is read as what, in which order.

An adapter knows how a source writes; a step is one pass over one file that writes one object. The engine runs the
steps in order, in chunks, and after a kill runs an adapter's `steps` again: they depend on the files alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from crmgov.kernel.refusals import Invalid

from .files import CsvFile, RawRow


class RowRefused(Exception):
    """This row cannot be taken. `reason` is a short word_like_this that is counted, `say` a sentence."""

    def __init__(self, reason: str, say: str, column: str = "", value: str = "") -> None:
        self.reason, self.say, self.column, self.value = reason, say, column, value
        super().__init__(say)


class Unprepared(Invalid):
    """The files do not fit together, or do not fit the adapter."""


# Returns the row, with cells added or replaced, or None where the row is not of this step: such a row is not counted
# as read. Raises RowRefused: the row is counted as read and refused; so is one at which it breaks (unreadable_row).
# Rows whose number of cells does not fit the headings never come here; they are refused before. Called again for the
# same rows after a kill, in the same order.
Prepare = Callable[[RawRow], RawRow | None]


@dataclass(frozen=True, slots=True)
class Step:
    """One pass over one file of the bundle.

    `name` is shown to people and stored; `mapping` None maps by headings; `added` are headings that `prepare` adds
    to every row it returns; with `existing_only` rows whose external id nobody knows are refused (unknown_record).
    """

    name: str
    file: str
    object: str
    mapping: dict[str, Any] | None
    added: tuple[str, ...] = ()
    prepare: Prepare | None = None
    existing_only: bool = False


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a person said about a file of plain CSV: what its rows are, and which column is which."""

    file: str
    object: str
    mapping: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Bundle:
    """The files of one import by name, and what a person chose for them (plain CSV only)."""

    files: Mapping[str, CsvFile]
    chosen: Sequence[Chosen] = field(default=())

    def table(self, name: str, key: str) -> dict[str, dict[str, str]]:
        """Return the rows of a small side table by the cell of `key`, the last of several; {} without that file.

        It is held in memory. Rows that do not fit the headings are left out. Raises Unprepared without the column.
        """
        file = self.files.get(name)
        if file is None:
            return {}
        if key not in file.headings:
            raise Unprepared(f"{name} has no column “{key}”. It has {', '.join(file.headings)}.")
        return {row.cells[key]: row.cells for row in file.rows() if not row.problem}


class Adapter(Protocol):
    """Knows how one source writes its files."""

    name: str

    def recognises(self, file_name: str, headings: Sequence[str]) -> bool:
        """Is this a file of ours? Asked when it is handed in; the name may be anything."""

    def steps(self, bundle: Bundle) -> list[Step]:
        """Return the steps in the order of writing; every file of the bundle is read by at least one.

        Raises Unprepared with a sentence.
        """
