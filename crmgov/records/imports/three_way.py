"""The three-way rule: what the source said last time, what we hold, what the source says now.

Source unchanged: ours stands. Source changed and ours not: apply, unless a person verified our value. Both
changed: a conflict for a person. Values are compared as they stand in the ledger (JSON scalars, lists of text).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from crmgov.records.rules.values import empty


@dataclass(frozen=True, slots=True)
class Verdict:
    """`apply` and `conflicts` name fields; `moved` is what the source says differently from last time."""

    apply: list[str] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)
    moved: dict[str, Any] = field(default_factory=dict)


def compare(
    *,
    seen: Mapping[str, Any],
    ours: Mapping[str, Any],
    theirs: Mapping[str, Any],
    locked: Collection[str] = (),
    untouched: Collection[str] = (),
) -> Verdict:
    """Decide for each field of `theirs`. Nothing seen counts as an empty value seen.

    `locked` are fields a person verified; `untouched` those nobody ever wrote (a default stands there).
    """
    verdict = Verdict()
    for name, value in theirs.items():
        before, now = seen.get(name), ours.get(name)
        if same(value, before):
            continue
        verdict.moved[name] = value
        if same(now, value):
            continue
        if name not in locked and (same(now, before) or name in untouched):
            verdict.apply.append(name)
        else:
            verdict.conflicts.append(name)
    return verdict


def same(one: Any, other: Any) -> bool:
    """Are these one value? All ways to say nothing (null, "", []) are one."""
    return bool(one == other) or (empty(one) and empty(other))
