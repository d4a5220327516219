"""Earned autonomy: what the rows of a cell prove, recomputed from them whenever a label changes.

Two stretches, each with its own evidence (formulas and sources: `scoring.evidence`). What people decided one by one
speaks for a promotion; of what then ran by itself, only what was drawn uniformly speaks for a demotion. Whoever
passes rows begins at the last restart of the cell: a signature, a demotion, a new version of workflow or model.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from approvals.rules.probation import Draw
from scoring.evidence import Fall, log_e_above, tolerated_by

# An e-value beyond this is written as this; its log has no such end.
LARGEST = 1e300


class Label(StrEnum):
    """What became of an item, as its rows say today. Only `unchanged` is a success.

    `edited` means in substance: an edit that changes no value is `unchanged`.
    """

    UNCHANGED = "unchanged"
    EDITED = "edited"
    REJECTED = "rejected"
    REVERTED = "reverted"
    CONTESTED = "contested"
    # A person soon typed another value over what had run by itself.
    CORRECTED = "corrected"


@dataclass(frozen=True, slots=True)
class Decided:
    """What a person decided: the label, the rules that held it, and whether it was read alone and for real."""

    label: Label
    held_by: frozenset[str] = frozenset({"level"})
    one_by_one: bool = True
    shadow: bool = False

    @property
    def counts(self) -> bool:
        """Only what nothing but the level held: it is what would have run by itself. Not in bulk, not in shadow."""
        return self.held_by == {"level"} and self.one_by_one and not self.shadow


@dataclass(frozen=True, slots=True)
class Ran:
    """What ran by itself: what became of it (None: nobody has said yet) and why it was drawn."""

    label: Label | None
    drawn: Draw

    @property
    def counts(self) -> bool:
        """Only the uniform part; what was read because it looked risky would make every agent look bad."""
        return self.drawn is Draw.UNIFORM


@dataclass(frozen=True, slots=True)
class Terms:
    """The target rate, and the chance at most that each verdict is wrong. Raises ValueError for what is no share."""

    target: float = 0.95
    alpha: float = 0.05
    demotion_alpha: float = 0.05

    def __post_init__(self) -> None:
        tolerated_by(self.target)
        if not all(0.0 < share < 1.0 for share in (self.alpha, self.demotion_alpha)):
            raise ValueError("Error rates are shares between 0 and 1.")


@dataclass(frozen=True, slots=True)
class Earned:
    """The evidence for a promotion. `proven_at`: after how many counted decisions it first sufficed, None if never."""

    terms: Terms
    kept: int = 0
    failed: int = 0
    proven_at: int | None = None

    @property
    def counted(self) -> int:
        return self.kept + self.failed

    @property
    def e_value(self) -> float:
        """As of now; 1 / alpha was enough."""
        return _e(log_e_above(self.terms.target, self.kept, self.failed))

    @property
    def is_offered(self) -> bool:
        """It sufficed once, and what came since has not turned it into evidence against."""
        return self.proven_at is not None and self.e_value >= 1.0

    def after(self, decided: Decided) -> Earned:
        """With one more decision."""
        if not decided.counts:
            return self
        success = decided.label is Label.UNCHANGED
        more = replace(self, kept=self.kept + success, failed=self.failed + (not success))
        # A failure only ever lowers it, so it is enough to ask after a success.
        if self.proven_at is not None or not success or not more._suffices():
            return more
        return replace(more, proven_at=more.counted)

    def _suffices(self) -> bool:
        return log_e_above(self.terms.target, self.kept, self.failed) >= -math.log(self.terms.alpha)


@dataclass(frozen=True, slots=True)
class Kept:
    """The evidence for a demotion. `fallen_at`: after how many drawn actions it first sufficed, None if never.

    `failed` and `waiting` of the `fall.seen` drawn ones: those found wrong, and those nobody has judged.
    """

    terms: Terms
    fall: Fall
    failed: int = 0
    waiting: int = 0
    fallen_at: int | None = None

    @property
    def counted(self) -> int:
        return self.fall.seen

    @property
    def e_value(self) -> float:
        """As of now; 1 / demotion alpha was enough."""
        return self.fall.e_value

    def after(self, ran: Ran) -> Kept:
        """With one more action, in the order in which they ran.

        One that waits to be read counts as kept, and is recomputed when it is judged. That can only lower the
        evidence, so that complaints, which come faster than praise, do not demote a good agent.
        """
        if not ran.counts:
            return self
        failed = ran.label not in (None, Label.UNCHANGED)
        more = replace(
            self,
            fall=self.fall.after(not failed),
            failed=self.failed + failed,
            waiting=self.waiting + (ran.label is None),
        )
        if self.fallen_at is not None or more.e_value < 1 / self.terms.demotion_alpha:
            return more
        return replace(more, fallen_at=more.counted)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a cell stands on its rows since the last restart."""

    earned: Earned
    kept: Kept

    def after(self, row: Decided | Ran) -> Standing:
        """With one more row."""
        if isinstance(row, Decided):
            return replace(self, earned=self.earned.after(row))
        return replace(self, kept=self.kept.after(row))


DEFAULT = Terms()


def beginning(terms: Terms = DEFAULT) -> Standing:
    """A cell of which nothing is known."""
    return Standing(Earned(terms), Kept(terms, Fall(terms.target)))


def recomputed(rows: Iterable[Decided | Ran], terms: Terms = DEFAULT) -> Standing:
    """Where a cell stands: decisions in the order they were made, actions in the order they ran, each with its label
    of today. The same rows always give the same; a changed label may move or take back what was proven.
    """
    standing = beginning(terms)
    for row in rows:
        standing = standing.after(row)
    return standing


def _e(log: float) -> float:
    return math.exp(log) if log < math.log(LARGEST) else LARGEST
