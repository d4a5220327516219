"""A policy in words people read, line by line, so that two versions can be laid side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from approvals.rules.bands import ANY, BandLine
from approvals.rules.custom_rules import CustomRule, Mode
from approvals.rules.earning import DEFAULT
from approvals.rules.policy import Policy, ValueStep, WorkflowLine
from approvals.rules.policy_merge import NAMED, Key
from approvals.rules.vocabulary import Verdict
from approvals.selectors.inbox import words_of
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
    return [
        *_limits(policy),
        *_earned(policy),
        *_levels(policy),
        *_bands(policy),
        *_rules(policy),
        *_order(policy),
    ]


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


LIMITS, LEVELS, BANDS = "Limits", "Levels by workflow", "Bands of confidence"
RULES, ORDER = "Custom rules", "What is decided sooner"
GROUPS = (LIMITS, LEVELS, BANDS, RULES, ORDER)


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
        ("quota_hour", "An agent may propose", f"{policy.quota_hour:,} times an hour"),
        ("quota_day", "… and a day", f"{policy.quota_day:,} times"),
        ("rejection_days", "A rejected value waits again", f"for {policy.rejection_days} days"),
        (
            "service_issue_days",
            "After a service issue a person decides",
            f"for {policy.service_issue_days} days",
        ),
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


def _rules(policy: Policy) -> Iterator[Line]:
    for rule in policy.custom_rules:
        said = f"{rule_does(rule)} where {rule.expression} – “{rule.sentence}”"
        yield Line(_key("custom_rules", rule), RULES, rule.name, said)


def rule_does(rule: CustomRule) -> str:
    """ "holds", "blocks", "watched, would hold" """
    does = ("blocks", "would block") if rule.verdict is Verdict.BLOCK else ("holds", "would hold")
    return f"watched, {does[1]}" if rule.mode is Mode.MONITOR else does[0]


def _earned(policy: Policy) -> Iterator[Line]:
    for line in policy.targets:
        said = f"{share(line.target)} kept unchanged, else {share(DEFAULT.target)}"
        yield Line(_key("targets", line), LIMITS, f"{words(line.action).capitalize()} has to prove", said)
    daily, read = f"{policy.daily_actions:,}", share(policy.audit_share)
    yield Line(("daily_actions", ""), LIMITS, "By itself a day and cell", f"at most {daily} actions")
    standing = "count" if policy.standing_approvals else "are ignored"
    yield Line(("standing_approvals", ""), LIMITS, "Standing approvals of messages", standing)
    yield Line(("audit_share", ""), LIMITS, "Read afterwards, once probation is over", read)


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
    return words_of(rule)


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
