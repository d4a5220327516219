"""Carrying what somebody changed in a policy over to a version that was published meanwhile."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

from approvals.rules.policy import Policy

# A part of the policy: the name of a number or list, or of a list of lines with what names one of them.
Key = tuple[str, object]
NAMED: dict[str, Callable[[Any], object]] = {
    "workflows": lambda line: (line.workflow, line.agent, line.version),
    "bands": lambda line: line.names,
    "sla": lambda line: line.rule,
    "risk_hours": lambda line: line.rule,
    "value_steps": lambda step: step.amount,
    "targets": lambda line: line.action,
    "regulated_industries": lambda name: name,
    "strategic_segments": lambda name: name,
    "protected_fields": lambda name: name,
    "custom_rules": lambda rule: rule.name,
}


@dataclass(frozen=True, slots=True)
class Merged:
    """`clashes`: the parts that both changed, each its own way. There the version in force is kept."""

    policy: Policy
    clashes: tuple[Key, ...]


def merge(*, base: Policy, mine: Policy, in_force: Policy) -> Merged:
    """What `mine` changed since `base`, on `in_force`. Nothing that only `in_force` changed is undone."""
    clashes: list[Key] = []
    changed: dict[str, Any] = {}
    for field in fields(Policy):
        name = field.name
        if name == "version":
            continue
        before, ours, theirs = (getattr(policy, name) for policy in (base, mine, in_force))
        if name in NAMED:
            changed[name] = tuple(_lines(name, before, ours, theirs, clashes))
        else:
            changed[name] = _one((name, ""), before, ours, theirs, clashes)
    return Merged(replace(in_force, **changed), tuple(clashes))


def _lines(
    name: str,
    base: tuple[Any, ...],
    mine: tuple[Any, ...],
    in_force: tuple[Any, ...],
    clashes: list[Key],
) -> Iterator[Any]:
    """The lines in the order of the version in force, then those that are new."""
    named = NAMED[name]
    before, ours, theirs = ({named(line): line for line in lines} for lines in (base, mine, in_force))
    for key in dict.fromkeys([*theirs, *ours]):
        line = _one((name, key), before.get(key), ours.get(key), theirs.get(key), clashes)
        if line is not None:
            yield line


def _one(key: Key, base: Any, mine: Any, in_force: Any, clashes: list[Key]) -> Any:
    if mine in (base, in_force):
        return in_force
    if in_force != base:
        clashes.append(key)
        return in_force
    return mine
