"""A policy in words people read, line by line, so that two versions can be laid side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from approvals.rules.bands import ANY, BandLine
from approvals.rules.policy import Policy, ValueStep, WorkflowLine
from approvals.rules.policy_merge import NAMED, Key
from approvals.selectors.inbox import WORDS
from approvals.templatetags import phrases

NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing the policy says. `key` names it in every version."""

    key: Key
    group: str
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Difference:
    """`before` or `after` is empty where that version says nothing of it."""

    key: Key
    group: str
    label: str
    before: str
    after: str


def lines(policy: Policy) -> list[Line]:
    """Everything it says, in the order of the page."""
    return [*_limits(policy), *_levels(policy), *_bands(policy), *_order(policy)]


def differences(before: Policy, after: Policy) -> list[Difference]:
    """What they say differently, in the order of `after`; what only `before` says stands at the end."""
    old = {line.key: line for line in lines(before)}
    new = {line.key: line for line in lines(after)}
    found = []
    for key in dict.fromkeys([*new, *old]):
        was, becomes = old.get(key), new.get(key)
        line = becomes or was
        if line is None or (was and becomes and was.value == becomes.value):
            continue
        found.append(
            Difference(
                key=key,
                group=line.group,
                label=line.label,
                before=was.value if was else "",
                after=becomes.value if becomes else "",
            )
        )
    return sorted(found, key=lambda one: GROUPS.index(one.group))


LIMITS, LEVELS, BANDS, ORDER = "Limits", "Levels by workflow", "Bands of confidence", "What is decided sooner"
GROUPS = (LIMITS, LEVELS, BANDS, ORDER)


def _limits(policy: Policy) -> Iterator[Line]:
    currency = policy.reporting_currency
    for name, label, value in (
        ("reporting_currency", "Amounts are in", currency),
        ("high_value", "A person decides above", phrases.money(policy.high_value, currency)),
        ("default_level", "Workflows not named below", f"at most {policy.default_level}"),
        ("without_evidence", "Without a signed grant", f"at most {policy.without_evidence}"),
        ("confidence_cap", "An agent's own confidence counts", f"at most {share(policy.confidence_cap)}"),
        ("outcomes_needed", "… and only after", f"{policy.outcomes_needed:,} checked outcomes"),
        ("regulated_industries", "Regulated industries", _names(policy.regulated_industries, "none named")),
        ("strategic_segments", "Strategic segments", _names(policy.strategic_segments, "none named")),
        ("protected_fields", "Protected besides the floor in code", _names(policy.protected_fields, "none")),
        ("review_every_days", "Each workflow is reviewed", f"every {policy.review_every_days} days"),
    ):
        yield Line((name, ""), LIMITS, label, value)


def _levels(policy: Policy) -> Iterator[Line]:
    for line in policy.workflows:
        due = f", review due {phrases.value(line.review_due, 'date')}" if line.review_due else ""
        yield Line(_key("workflows", line), LEVELS, _workflow(line), f"{line.level}{due}")


def _workflow(line: WorkflowLine) -> str:
    agent = f" by {line.agent}" if line.agent != ANY else ""
    version = f", version {line.version}" if line.version != ANY else ""
    return f"{line.workflow}{agent}{version}"


def _bands(policy: Policy) -> Iterator[Line]:
    for line in policy.bands:
        yield Line(_key("bands", line), BANDS, _cell(line), band(line))


def _cell(line: BandLine) -> str:
    parts = (line.workflow, words(line.action), words(line.group), line.segment)
    said = [part for name, part in zip(line.names, parts, strict=True) if name != ANY]
    return " · ".join(said) or "Everything not named otherwise"


def band(line: BandLine) -> str:
    """ "by itself from 90 %, blocked below 40 %" """
    auto = "never by itself" if line.auto is None else f"by itself from {share(line.auto)}"
    return f"{auto}, blocked below {share(line.floor)}" if line.floor else f"{auto}, never blocked"


def _order(policy: Policy) -> Iterator[Line]:
    for line in policy.sla:
        yield Line(
            ("sla", line.rule),
            ORDER,
            f"{rule_words(line.rule)}: decided within",
            f"{line.hours} business hours",
        )
    for up in policy.risk_hours:
        yield Line(("risk_hours", up.rule), ORDER, f"{rule_words(up.rule)}: moves up by", f"{up.hours} h")
    for step in policy.value_steps:
        yield Line(_key("value_steps", step), ORDER, _step(step, policy), f"{step.hours} h")
    yield Line(("most_hours", ""), ORDER, "Moves up in all by", f"at most {policy.most_hours} h")


def _step(step: ValueStep, policy: Policy) -> str:
    return f"From {phrases.money(step.amount, policy.reporting_currency)} on: moves up by"


def rule_words(rule: str) -> str:
    """What a rule of the gate is called on screen."""
    return WORDS.get(rule, rule.replace("_", " ").capitalize())


def named(name: str) -> str:
    """A name as it is; "any" for any."""
    return "any" if name == ANY else name


def words(name: str) -> str:
    """A name of code without its underscores; "any" for any."""
    return named(name).replace("_", " ")


def share(part: float) -> str:
    """ "92.5 %" """
    return f"{percent(part)} %"


def percent(part: float) -> str:
    """ "92.5" """
    return f"{(Decimal(str(part)) * 100).normalize():f}"


def _names(names: Sequence[str], otherwise: str) -> str:
    return ", ".join(names) or otherwise


def _key(name: str, line: object) -> Key:
    return (name, NAMED[name](line))
