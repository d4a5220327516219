"""What is wrong with a policy document, in sentences, before anybody can publish it."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from approvals.rules import cel_checks
from approvals.rules.codec import Unreadable
from approvals.rules.custom_rules import LONGEST_NAME, LONGEST_SENTENCE, MOST_RULES
from approvals.rules.findings import VERDICTS
from approvals.rules.policy import Policy
from approvals.rules.probation import FLOOR
from approvals.rules.vocabulary import Level, Verdict

NAME = re.compile(rf"[a-z][a-z0-9_]{{0,{LONGEST_NAME - 1}}}")
# So far back the gate looks, and so far it counts what an agent makes.
MOST_DAYS, MOST_A_DAY = 180, 100_000
# A person's working year; a longer number of hours is a slip of the finger.
MOST_HOURS = 2_000
# Below the first nothing is proven worth running alone, and beyond the second no number of outcomes would prove it.
TARGETS = (0.8, 0.999)
MOST_DAILY = 100_000


@dataclass(frozen=True, slots=True)
class Problem:
    """`at` names the place as "bands[0].floor", empty for the whole document; `says` goes on after it."""

    at: str
    says: str

    def __str__(self) -> str:
        return f"policy.{self.at} {self.says}" if self.at else self.says


Check = Callable[[Policy], Iterator[Problem]]


def problems(document: object) -> tuple[str, ...]:
    """Every problem of the document as a sentence; empty means that it may be published."""
    return tuple(str(problem) for problem in found(document))


def found(document: object) -> tuple[Problem, ...]:
    """The same with their places, for a screen that shows each beside its field."""
    try:
        policy = Policy.from_json(document, version=0)
    except Unreadable as unreadable:
        return (Problem("", str(unreadable)),)
    return tuple(problem for check in CHECKS for problem in check(policy))


def _currency(policy: Policy) -> Iterator[Problem]:
    code = policy.reporting_currency
    if not (len(code) == 3 and code.isascii() and code.isalpha() and code.isupper()):
        yield Problem("reporting_currency", f"must be an ISO code such as EUR, not {code!r}.")


def _levels(policy: Policy) -> Iterator[Problem]:
    for name in ("default_level", "without_evidence"):
        level: Level = getattr(policy, name)
        if level.runs_alone:
            yield Problem(name, "must be shadow, suggest or draft: what nobody named cannot run alone.")
    for at, line in enumerate(policy.workflows):
        path = f"workflows[{at}]"
        if not (line.workflow.strip() and line.agent.strip() and line.version.strip()):
            yield Problem(path, "must name its workflow; agent and version are a name or *.")
        if line.review_due and not _is_date(line.review_due):
            yield Problem(
                f"{path}.review_due", f"must be a date such as 2027-01-31, not {line.review_due!r}."
            )
    keys = [f"{line.workflow} of {line.agent}, version {line.version}" for line in policy.workflows]
    yield from _twice("workflows", keys)


def _bands(policy: Policy) -> Iterator[Problem]:
    for at, line in enumerate(policy.bands):
        path = f"bands[{at}]"
        if not all(name.strip() for name in line.names):
            yield Problem(path, "must name workflow, action, group and segment, or say * for any.")
        if not 0.0 <= line.floor <= 1.0:
            yield Problem(f"{path}.floor", f"must be between 0 and 1, not {line.floor}.")
        if line.auto is not None and not 0.0 <= line.auto <= 1.0:
            yield Problem(f"{path}.auto", f"must be between 0 and 1 or null for never, not {line.auto}.")
        elif line.auto is not None and line.auto < line.floor:
            yield Problem(f"{path}.auto", f"is {line.auto}, below its floor of {line.floor}.")
    yield from _twice("bands", [" / ".join(line.names) for line in policy.bands])


def _numbers(policy: Policy) -> Iterator[Problem]:
    if not 0.0 <= policy.confidence_cap <= 1.0:
        yield Problem("confidence_cap", f"must be between 0 and 1, not {policy.confidence_cap}.")
    if policy.outcomes_needed < 1:
        yield Problem("outcomes_needed", f"must be at least 1, not {policy.outcomes_needed}.")
    if not _is_amount(policy.high_value):
        yield Problem("high_value", f"must be an amount of 0 or more, not {policy.high_value}.")
    for name in ("quota_hour", "quota_day"):
        if not 1 <= (most := getattr(policy, name)) <= MOST_A_DAY:
            yield Problem(name, f"must be between 1 and {MOST_A_DAY:,}, not {most}.")
    for name in ("rejection_days", "service_issue_days"):
        if not 1 <= (days := getattr(policy, name)) <= MOST_DAYS:
            yield Problem(name, f"must be between 1 and {MOST_DAYS}, not {days}.")
    if policy.review_every_days < 1:
        yield Problem("review_every_days", f"must be at least 1, not {policy.review_every_days}.")


def _autonomy(policy: Policy) -> Iterator[Problem]:
    low, high = TARGETS
    for at, line in enumerate(policy.targets):
        if not low <= line.target <= high:
            yield Problem(f"targets[{at}].target", f"must be between {low} and {high}, not {line.target}.")
        if not line.action.strip():
            yield Problem(f"targets[{at}].action", "must name an action.")
    yield from _twice("targets", [line.action for line in policy.targets])
    if not FLOOR <= policy.audit_share <= 1.0:
        yield Problem("audit_share", f"must be between {FLOOR} and 1, not {policy.audit_share}.")
    if not 0 <= policy.daily_actions <= MOST_DAILY:
        yield Problem("daily_actions", f"must be between 0 and {MOST_DAILY:,}, not {policy.daily_actions}.")


def _hours(policy: Policy) -> Iterator[Problem]:
    lines = [(f"sla[{at}]", line.rule, line.hours) for at, line in enumerate(policy.sla)]
    lines += [(f"risk_hours[{at}]", line.rule, line.hours) for at, line in enumerate(policy.risk_hours)]
    known = VERDICTS.keys() | {rule.word for rule in policy.custom_rules}
    for path, rule, hours in lines:
        if rule not in known:
            yield Problem(f"{path}.rule", f"is {rule!r}, which is no rule of the gate or of this policy.")
        yield from _positive(f"{path}.hours", hours)
    for at, step in enumerate(policy.value_steps):
        if not _is_amount(step.amount):
            yield Problem(f"value_steps[{at}].amount", f"must be an amount of 0 or more, not {step.amount}.")
        yield from _positive(f"value_steps[{at}].hours", step.hours)
    if not 0 <= policy.most_hours <= MOST_HOURS:
        yield Problem("most_hours", f"must be between 0 and {MOST_HOURS}, not {policy.most_hours}.")
    yield from _twice("sla", [line.rule for line in policy.sla])
    yield from _twice("risk_hours", [line.rule for line in policy.risk_hours])
    yield from _twice("value_steps", [str(step.amount.normalize()) for step in policy.value_steps])


def _lists(policy: Policy) -> Iterator[Problem]:
    for name in ("regulated_industries", "strategic_segments"):
        if not all(entry.strip() for entry in getattr(policy, name)):
            yield Problem(name, "holds an empty name.")
    for entry in policy.protected_fields:
        record, dot, field = entry.partition(".")
        if not (record and dot and field):
            yield Problem("protected_fields", f"holds {entry!r}; write record.field, as in account.industry.")


def _custom_rules(policy: Policy) -> Iterator[Problem]:
    if len(policy.custom_rules) > MOST_RULES:
        yield Problem("custom_rules", f"are {len(policy.custom_rules)}; at most {MOST_RULES} are read.")
    for at, rule in enumerate(policy.custom_rules):
        path = f"custom_rules[{at}]"
        if NAME.fullmatch(rule.name) is None:
            wanted = f"must be small letters, digits and _, at most {LONGEST_NAME}"
            yield Problem(f"{path}.name", f"{wanted}, as in large_mails, not {rule.name!r}.")
        if mistake := cel_checks.mistake(rule.expression):
            yield Problem(f"{path}.expression", f"is no rule yet. {mistake}")
        if not rule.sentence.strip() or len(rule.sentence) > LONGEST_SENTENCE:
            says = f"must say why it holds, in {LONGEST_SENTENCE} characters at most."
            yield Problem(f"{path}.sentence", says)
        if rule.verdict is Verdict.EXECUTE:
            yield Problem(f"{path}.verdict", "must be queue or block: a rule only tightens.")
    yield from _twice("custom_rules", [rule.name for rule in policy.custom_rules])


def _positive(path: str, hours: int) -> Iterator[Problem]:
    if not 1 <= hours <= MOST_HOURS:
        yield Problem(path, f"must be between 1 and {MOST_HOURS}, not {hours}.")


def _twice(path: str, names: Iterable[str]) -> Iterator[Problem]:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            yield Problem(path, f"names {name} twice.")
        seen.add(name)


def _is_amount(amount: Decimal) -> bool:
    return amount.is_finite() and amount >= 0


def _is_date(written: str) -> bool:
    try:
        date.fromisoformat(written)
    except ValueError:
        return False
    return True


CHECKS: tuple[Check, ...] = (
    _currency,
    _levels,
    _bands,
    _numbers,
    _autonomy,
    _hours,
    _lists,
    _custom_rules,
)
