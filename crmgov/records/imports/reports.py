"""What an import found: counts to the row, and each refusal and remark with line, column, value and reason."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

# Remarks kept in memory at a time; the service stores them and starts a new list.
EXAMPLES = 3
# Reasons of values that were taken and are stored in another form than they were written in.
REWRITTEN = "normalized_"


@dataclass(frozen=True, slots=True)
class Remark:
    """About a row (refused) or one value of a row that was taken (`row_taken`)."""

    line: int
    column: str
    value: str
    reason: str
    say: str
    row_taken: bool


@dataclass(slots=True)
class Report:
    """Read = new + changed + unchanged + refused; a row with a conflict counts as changed."""

    object: str
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    conflicts: int = 0
    read: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    reported: Counter[str] = field(default_factory=Counter)
    # How cells were understood where a mapping says so: sentence -> values read that way.
    readings: Counter[str] = field(default_factory=Counter)
    without_place: list[str] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    examples: dict[str, list[Remark]] = field(default_factory=dict)

    def refuse(self, *, line: int, reason: str, say: str, column: str = "", value: str = "") -> None:
        self.refused[reason] += 1
        self._remark(Remark(line, column, value, reason, say, row_taken=False))

    def remark(self, *, line: int, reason: str, say: str, column: str = "", value: str = "") -> None:
        self.reported[reason] += 1
        self._remark(Remark(line, column, value, reason, say, row_taken=True))

    def normalize(self, *, line: int, reason: str, say: str, column: str, value: str) -> None:
        """Count a value that is stored in another form than it was written in; the first few stand as examples."""
        self.reported[reason] += 1
        if len(self.examples.get(reason, ())) < EXAMPLES:
            self._remark(Remark(line, column, value, reason, say, row_taken=True))

    def drain(self) -> list[Remark]:
        """Return the remarks since last time, to be stored."""
        taken, self.remarks = self.remarks, []
        return taken

    def counts(self) -> dict[str, Any]:
        return {
            "read": self.read,
            "new": self.new,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "refused": dict(self.refused),
            "conflicts": self.conflicts,
            "reported": dict(self.reported),
            "readings": dict(self.readings),
            "columns_without_place": self.without_place,
        }

    def _remark(self, remark: Remark) -> None:
        self.remarks.append(remark)
        few = self.examples.setdefault(remark.reason, [])
        if len(few) < EXAMPLES:
            few.append(remark)
