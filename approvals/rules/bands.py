"""Bands: automatic at or above `auto`, review between, blocked below `floor`."""

from collections.abc import Iterable
from dataclasses import dataclass

ANY = "*"

# workflow, action, field group, segment
Cell = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Band:
    """Shares of 0 to 1. `auto` None means never automatic."""

    auto: float | None
    floor: float

    def tightened(self, *, auto_from: float | None, floor: float | None) -> "Band":
        """This band, at least as tight as a contract's own thresholds."""
        auto = self.auto if self.auto is None or auto_from is None else max(self.auto, auto_from)
        return Band(auto, self.floor if floor is None else max(self.floor, floor))


CLOSED = Band(auto=None, floor=0.0)


@dataclass(frozen=True, slots=True)
class BandLine:
    """One line of the policy. "*" stands for any; the line that names more wins."""

    workflow: str
    action: str
    group: str
    segment: str
    auto: float | None
    floor: float

    @property
    def names(self) -> Cell:
        """What the line is about."""
        return (self.workflow, self.action, self.group, self.segment)

    def covers(self, cell: Cell) -> bool:
        """Whether the line is about this cell."""
        return all(name in (ANY, part) for name, part in zip(self.names, cell, strict=True))

    @property
    def exactness(self) -> tuple[int, tuple[bool, ...]]:
        """How much it names; of two that name equally much, the one naming the earlier part goes first."""
        named = tuple(name != ANY for name in self.names)
        return (sum(named), named)


def with_line(lines: Iterable[BandLine], line: BandLine) -> tuple[BandLine, ...]:
    """The lines with this one in the place of the one about the same, else at the end."""
    kept = tuple(line if one.names == line.names else one for one in lines)
    return kept if line in kept else (*kept, line)


def narrower(lines: Iterable[BandLine], line: BandLine) -> tuple[BandLine, ...]:
    """Lines that go first for some of what this line covers."""
    return tuple(
        one
        for one in lines
        if one.exactness > line.exactness
        and all(
            ANY in (name, other) or name == other for name, other in zip(one.names, line.names, strict=True)
        )
    )


def most_specific(lines: Iterable[BandLine], cell: Cell) -> Band:
    """The band that holds for a cell; the closed band when no line covers it."""
    covering = [line for line in lines if line.covers(cell)]
    if not covering:
        return CLOSED
    line = max(covering, key=lambda candidate: candidate.exactness)
    return Band(line.auto, line.floor)
