"""Which suggestions may be decided with one press: alike, plain, and few enough to be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from .vocabulary import Level

MOST = 50
# So many of them, chosen at random, are read one by one before the others go with them.
SAMPLE = 3

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Traits:
    """What decides whether one suggestion may be decided together with others.

    `closed`, `blocked` and `not_mine` are sentences, empty where they do not hold.
    """

    proposer: str
    workflow: str
    action: str
    fields: frozenset[str]
    level: str
    high_risk: bool
    in_conflict: bool
    stale: bool
    closed: str = ""
    blocked: str = ""
    not_mine: str = ""

    @property
    def kind(self) -> tuple[str, str, str, frozenset[str]]:
        """Two are alike when the same proposer wants the same done to the same fields."""
        return self.proposer, self.workflow, self.action, self.fields


def why_alone(traits: Traits) -> str:
    """Why it is decided alone, whatever stands beside it; empty when it need not be."""
    reasons = (
        (traits.closed, traits.closed),
        (traits.not_mine, traits.not_mine),
        (traits.high_risk, "It is high-risk, and that is decided one by one."),
        (traits.in_conflict, "Two claims stand against each other here: settle the conflict."),
        (traits.blocked, traits.blocked),
        (traits.stale, "What it would change has moved on since it was proposed."),
        (traits.level == Level.SUGGEST, "It opens as a form: a person enters it."),
    )
    return next((said for holds, said in reasons if holds), "")


def sort_out(chosen: Mapping[Key, Traits]) -> tuple[list[Key], dict[Key, str]]:
    """The ones that go together, in the order given, and for each of the others why it does not.

    The largest group that is alike wins; of two as large, the one that comes first.
    """
    alone = {key: said for key, traits in chosen.items() if (said := why_alone(traits))}
    plain = {key: traits for key, traits in chosen.items() if key not in alone}
    if not plain:
        return [], alone
    kinds = Counter(traits.kind for traits in plain.values())
    ((winner, _),) = kinds.most_common(1)
    together = [key for key, traits in plain.items() if traits.kind == winner]
    if len(together) == 1:
        return [], alone | dict.fromkeys(plain, "None of the others is like it.")
    sample = plain[together[0]]
    others = {key: _unlike(traits, sample) for key, traits in plain.items() if traits.kind != winner}
    late = dict.fromkeys(together[MOST:], f"{MOST} at once are the most.")
    return together[:MOST], alone | others | late


def missing(sample: Sequence[Key], looked_at: Sequence[Key]) -> list[Key]:
    """Which of the sample nobody said to have looked at."""
    seen = set(looked_at)
    return [key for key in sample if key not in seen]


def _unlike(traits: Traits, sample: Traits) -> str:
    if traits.proposer != sample.proposer:
        return "It comes from another proposer."
    if traits.workflow != sample.workflow:
        return "It comes from another workflow or version."
    if traits.action != sample.action:
        return "It does something else."
    return "It changes other fields."
