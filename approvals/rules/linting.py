"""What in a policy and around it cannot mean what somebody thinks it means, each with what to change.

Nothing here changes a verdict. `Around` is what a policy is held against: what there is, and what was written lately.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from approvals.rules import shadows
from approvals.rules.bands import ANY, Band, BandLine
from approvals.rules.policy import Policy, WorkflowLine
from approvals.rules.wording import clean, listed, quoted, share

NO_CONTRACT, TWO_WRITERS, FIGHT = "no_contract", "two_writers", "fight"
NEVER_FIRES, SHADOWED, REVIEW = "never_fires", "shadowed", "review"
KINDS = (FIGHT, TWO_WRITERS, REVIEW, SHADOWED, NEVER_FIRES, NO_CONTRACT)


@dataclass(frozen=True, slots=True)
class Lint:
    """`at` is the place in the policy ("bands", "custom_rules.NAME"), or the kind and key of what it is about."""

    kind: str
    says: str
    do: str
    at: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """A workflow of an agent, and the day it was first seen."""

    workflow: str
    agent: str
    since: date


@dataclass(frozen=True, slots=True)
class Writers:
    """Who wrote a field lately, as (workflow and agent, changes)."""

    record_type: str
    field: str
    wrote: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Fight:
    """A field of a record that `writers` changed back to what the other had replaced, so many times."""

    record_type: str
    record_id: str
    label: str
    field: str
    writers: tuple[str, ...]
    times: int


@dataclass(frozen=True, slots=True)
class Around:
    """What there is beside the policy. `fields`: governed ones with whether a contract covers them."""

    today: date
    workflows: tuple[Known, ...] = ()
    agents: frozenset[str] = frozenset()
    segments: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    actions: frozenset[str] = frozenset()
    fields: tuple[tuple[str, str, bool], ...] = ()
    writers: tuple[Writers, ...] = ()
    fights: tuple[Fight, ...] = ()


Check = Callable[[Policy, Around], Iterator[Lint]]


def found(policy: Policy, around: Around) -> tuple[Lint, ...]:
    """Everything, by kind in the order of KINDS."""
    lints = [lint for check in CHECKS for lint in check(policy, around)]
    return tuple(sorted(lints, key=lambda lint: KINDS.index(lint.kind)))


def _fights(policy: Policy, around: Around) -> Iterator[Lint]:
    for one in around.fights:
        who = listed([clean(writer) for writer in one.writers])
        says = f"{one.field} of {quoted(one.label)} went back and forth {one.times} times between {who}."
        do = "Let one of them write it: take the field from the other."
        yield Lint(FIGHT, says, do, one.record_type, one.record_id)


def _two_writers(policy: Policy, around: Around) -> Iterator[Lint]:
    for one in around.writers:
        if len(one.wrote) > 1:
            who = listed([f"{clean(name)} ({count})" for name, count in one.wrote])
            says = f"{one.record_type}.{one.field} is written by {who}."
            do = "Decide which one may write it, and keep the others at suggest."
            yield Lint(TWO_WRITERS, says, do, "workflows")


def _review(policy: Policy, around: Around) -> Iterator[Lint]:
    for line in policy.workflows:
        if line.review_due and (due := _day(line.review_due)) and due < around.today:
            says = f"The review of {_workflow(line)} was due {(around.today - due).days} days ago."
            yield Lint(REVIEW, says, "Look at what it did, then set the next day.", "workflows")
    dated = [line for line in policy.workflows if line.review_due]
    every = timedelta(days=policy.review_every_days)
    for known in around.workflows:
        if known.since + every < around.today and not any(_names(line, known) for line in dated):
            says = f"{quoted(known.workflow)} of {known.agent or 'people'} was never reviewed: "
            says += f"it is here for {(around.today - known.since).days} days."
            yield Lint(
                REVIEW,
                says,
                f"Reviews are due every {policy.review_every_days} days: name a day.",
                "workflows",
            )


def _names(line: WorkflowLine, known: Known) -> bool:
    return line.workflow == known.workflow and line.agent in (ANY, known.agent)


def _redundant(policy: Policy, around: Around) -> Iterator[Lint]:
    for line in policy.workflows:
        wider = [one for one in policy.workflows if one != line and _is_wider(one, line)]
        if wider and not line.review_due and max(wider, key=lambda one: one.exactness).level is line.level:
            says = f"The line of {_workflow(line)} says what the wider line says already: {line.level}."
            yield Lint(SHADOWED, says, "Take it out, or give it another level.", "workflows")
    for band in policy.bands:
        if _adds_nothing(band, policy.bands):
            says = f"The band of {_cell(band)} is the one that holds there without it."
            yield Lint(SHADOWED, says, "Take it out, or give it other shares.", "bands")


def _is_wider(one: WorkflowLine, line: WorkflowLine) -> bool:
    covers = (
        one.workflow == line.workflow
        and one.agent in (ANY, line.agent)
        and one.version in (ANY, line.version)
    )
    return covers and one.exactness < line.exactness


def _adds_nothing(band: BandLine, others: Iterable[BandLine]) -> bool:
    """Whether every wider line that could hold in its place says the same, and one surely would."""
    wider = [one for one in others if one.exactness < band.exactness and _meets(one, band)]
    covered = any(one.covers(band.names) for one in wider)
    return covered and all(Band(one.auto, one.floor) == Band(band.auto, band.floor) for one in wider)


def _meets(one: BandLine, other: BandLine) -> bool:
    return all(ANY in pair or pair[0] == pair[1] for pair in zip(one.names, other.names, strict=True))


def _never_fires(policy: Policy, around: Around) -> Iterator[Lint]:
    cap = policy.confidence_cap
    for band in policy.bands:
        if band.auto is not None and band.auto > cap:
            says = f"{_cell(band)} runs by itself from {share(band.auto)} on, and an agent counts {share(cap)} at most."
            yield Lint(NEVER_FIRES, says, "Lower the band, or say that it never runs by itself.", "bands")
        yield from _unknown(band, around)
    yield from _unknown_workflows(policy, around)
    for name in policy.strategic_segments:
        if name not in around.segments:
            yield Lint(
                NEVER_FIRES, f"There is no segment {quoted(name)} to be strategic.", "Take it out.", "limits"
            )
    for line in policy.risk_hours:
        if line.hours > policy.most_hours:
            says = f"{line.rule} moves up by {line.hours} h, and {policy.most_hours} h is the most."
            yield Lint(NEVER_FIRES, says, "Lower it, or raise the most.", "order")
    for step in policy.value_steps:
        if step.hours > policy.most_hours:
            says = f"From {step.amount:,f} on it moves up by {step.hours} h, and {policy.most_hours} h is the most."
            yield Lint(NEVER_FIRES, says, "Lower it, or raise the most.", "value_steps")


def _unknown(band: BandLine, around: Around) -> Iterator[Lint]:
    known = (
        ("workflow", band.workflow, {one.workflow for one in around.workflows}),
        ("action", band.action, around.actions),
        ("group of fields", band.group, around.groups),
        ("segment", band.segment, around.segments),
    )
    for what, name, there in known:
        if name != ANY and name not in there:
            says = f"There is no {what} {quoted(name)}, which a band names."
            yield Lint(NEVER_FIRES, says, "Correct the name, or take the band out.", "bands")


def _unknown_workflows(policy: Policy, around: Around) -> Iterator[Lint]:
    for line in policy.workflows:
        same = [one for one in around.workflows if one.workflow == line.workflow]
        if not same:
            says = f"No agent ever named the workflow {quoted(line.workflow)}, which has a level."
            yield Lint(NEVER_FIRES, says, "Correct the name, or wait for its first suggestion.", "workflows")
        elif line.agent != ANY and line.agent not in {one.agent for one in same}:
            says = f"{quoted(line.agent)} never ran the workflow {quoted(line.workflow)}."
            yield Lint(NEVER_FIRES, says, "Correct the agent, or take the line out.", "workflows")


def _rules(policy: Policy, around: Around) -> Iterator[Lint]:
    values = {
        "suggestion.action": around.actions,
        "account.segment": around.segments | {"none"},
        "suggestion.workflow": frozenset(one.workflow for one in around.workflows),
        "item.field": frozenset(field for _, field, _ in around.fields),
        "item.group": around.groups,
    }
    for rule in policy.custom_rules:
        at = f"custom_rules.{rule.name}"
        if why := shadows.never_holds(rule, values):
            says = f"The rule {rule.name} can never hold: {why}."
            yield Lint(NEVER_FIRES, says, "Correct it, or take it out.", at)
        if other := shadows.shadowed_by(rule, policy.custom_rules):
            says = f"The rule {rule.name} holds nothing that {other} does not."
            yield Lint(SHADOWED, says, "Take it out, or let it ask for less.", at)


def _no_contract(policy: Policy, around: Around) -> Iterator[Lint]:
    governed = {
        f"{record_type}.{field}" for record_type, field, has_contract in around.fields if has_contract
    }
    for record_type, field, has_contract in around.fields:
        if not has_contract:
            says = f"{record_type}.{field} has no field contract: nothing says whose word is true."
            yield Lint(NO_CONTRACT, says, "It is added to the contracts in code.", "contracts")
    for name in policy.protected_fields:
        if name not in governed and ".extra." not in name:
            says = f"{quoted(name)} is protected by the policy and has no field contract, so nothing is protected."
            yield Lint(NO_CONTRACT, says, "Correct the name, or take it out.", "limits")


def _workflow(line: WorkflowLine) -> str:
    agent = f" of {line.agent}" if line.agent != ANY else ""
    version = f", version {line.version}" if line.version != ANY else ""
    return f"{quoted(line.workflow)}{agent}{version}"


def _cell(line: BandLine) -> str:
    said = [name for name in line.names if name != ANY]
    return quoted(" · ".join(said)) if said else "“everything not named otherwise”"


def _day(written: str) -> date | None:
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None


CHECKS: tuple[Check, ...] = (_fights, _two_writers, _review, _rules, _redundant, _never_fires, _no_contract)
