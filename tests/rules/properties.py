"""INVARIANTS D5 and D6 as questions about any facts; each raises AssertionError where the gate breaks its promise.

The suite asks them of a few hundred generated worlds, `script/nemesis gate` of 100,000.
"""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

from hypothesis import strategies as st

from approvals.rules import gate
from approvals.rules.custom_rules import Mode, is_custom
from approvals.rules.digest import decided_digest
from approvals.rules.facts import Facts, LevelFacts
from approvals.rules.findings import VERDICTS, Finding, Reading
from approvals.rules.policy import Limits, Policy
from approvals.rules.vocabulary import Level, Outcome, Verdict, strictest
from approvals.rules.wording import clean
from crmgov.kernel.money import Money
from crmgov.records.contracts import Permission

from .riskier import RISKIER

ODD_NUMBERS = st.sampled_from(["NaN", "sNaN", "Infinity", "-Infinity", "1E+99999", "1E-99999", "-0"])
ODD_SHARES = st.sampled_from([float("nan"), float("inf"), float("-inf"), -1.0, 1e300])
WORDS = st.text(max_size=200)
ORDER = list(VERDICTS)
# What a floor in code looks like on an item.
FLOORS: dict[str, dict[str, object]] = {
    "protected": {"protected": True},
    "verified": {"verified": True},
    "propose": {"permission": Permission.PROPOSE},
    "never": {"permission": Permission.NEVER},
    "unrouted": {"rule_only": True},
    "stale": {"seen": "Something else"},
}


def is_readable(facts: Facts) -> None:
    """Total: every finding is a known rule with a sentence."""
    findings = gate.judge(facts).findings
    order = [(-found.verdict.rank, ORDER.index(found.rule)) for found in findings if found.rule in VERDICTS]
    assert order == sorted(order)
    for finding in findings:
        assert finding.verdict is VERDICTS.get(finding.rule) or is_custom(finding.rule)
        assert finding.verdict is not Verdict.EXECUTE
        assert finding.sentence == clean(finding.sentence, 10_000)
        assert finding.sentence
        assert finding.otherwise.endswith(".")
        assert finding.field in {"", *(item.field for item in facts.items)}


def stops_at_odd_numbers(facts: Facts, odd: str, share: float) -> None:
    """Total and fail-closed: what is no number neither stops the gate nor passes it."""
    amount = Decimal(odd)
    odd_facts = replace(
        facts,
        proposer=replace(facts.proposer, confidence=share),
        items=tuple(replace(item, confidence=share, floor=share) for item in facts.items),
        stakes=tuple(
            replace(stake, worth=Money(amount, "EUR"), in_reporting=amount) for stake in facts.stakes
        ),
        limits=replace(facts.limits, high_value=amount, confidence_cap=share),
    )
    # Where a person signed the text, no number says anything of it.
    assert gate.judge(odd_facts).verdict is not Verdict.EXECUTE or odd_facts.stands


def judges_the_same_again(facts: Facts) -> None:
    """Deterministic, also after storage."""
    reading = gate.judge(facts)
    stored_facts = Facts.from_json(json.loads(json.dumps(facts.to_json())))
    assert stored_facts == facts
    assert gate.judge(stored_facts) == reading
    assert Reading.from_json(json.loads(json.dumps(reading.to_json()))) == reading
    for finding in reading.findings:
        assert Finding.from_json(json.loads(json.dumps(finding.to_json()))) == finding


def never_loosens(facts: Facts) -> tuple[Outcome, set[str]]:
    """Monotone: no risk makes it laxer. The outcome before, and the risks that changed a finding."""
    before = gate.judge(facts)
    noticed = set()
    for risk, worsen in RISKIER.items():
        after = gate.judge(worsen(facts))
        if after.findings != before.findings:
            noticed.add(risk)
        assert _at_least_as_strict(before, after), risk
    return before.outcome, noticed


def queues_without_a_policy(facts: Facts) -> None:
    """Fail-closed: an empty policy lets nothing run, whatever levels say."""
    empty = Policy.from_json({}, version=1)
    limits = empty.limits(
        workflow=facts.proposer.workflow,
        action=facts.action,
        segment=facts.account.segment if facts.account else "none",
        groups=[item.group for item in facts.items],
    )
    trusting = LevelFacts(policy=Level.FULL, requested=Level.FULL, granted=Level.FULL)
    for closed in (limits, Limits()):
        assert gate.judge(replace(facts, limits=closed, levels=trusting)).verdict is not Verdict.EXECUTE


def holds_at_a_floor(facts: Facts, floor: str) -> None:
    """Fail-closed: no policy and no grant gets past a floor in code. The facts have one item or more."""
    first, *others = facts.items
    guarded = replace(facts, items=(replace(first, **FLOORS[floor]), *others))  # type: ignore[arg-type]
    assert gate.judge(guarded).outcome in (Outcome.QUEUED, Outcome.BLOCKED)


def agrees_with_itself(facts: Facts) -> None:
    """Verdict, items, level and outcome say the same."""
    reading = gate.judge(facts)
    assert reading.verdict is strictest(finding.verdict for finding in reading.findings)
    if reading.items:
        assert reading.verdict is strictest(one.verdict for one in reading.items)
    if not reading.level.runs_alone:
        assert reading.verdict is not Verdict.EXECUTE
    assert (reading.outcome is Outcome.APPROVED) is (reading.verdict is Verdict.EXECUTE)


def words_decide_nothing(facts: Facts, words: str) -> None:
    """Free text of agents and customers never loosens: it changes no verdict at all."""
    reworded = replace(
        facts,
        proposer=replace(facts.proposer, label=words),
        subject=replace(facts.subject, label=words),
        account=replace(facts.account, label=words) if facts.account else None,
        tickets=tuple(replace(ticket, label=words) for ticket in facts.tickets),
        rivals=tuple(replace(rival, by=words, proposed=words) for rival in facts.rivals),
        relied=tuple(replace(fact, label=words) for fact in facts.relied),
        troubles=tuple(replace(one, label=words) for one in facts.troubles),
        deal=replace(facts.deal, label=words) if facts.deal else None,
    )
    before, after = gate.judge(facts), gate.judge(reworded)
    assert (after.verdict, after.level, after.rules) == (before.verdict, before.level, before.rules)


def watching_changes_nothing(facts: Facts) -> bool:
    """A monitored rule changed no verdict. Returns whether any of them would have caught something."""
    rules = facts.limits.custom_rules
    without = replace(facts.limits, custom_rules=tuple(rule for rule in rules if rule.mode is Mode.ENFORCE))
    watched, plain = gate.judge(facts), gate.judge(replace(facts, limits=without))
    assert replace(watched, monitored=()) == plain
    assert (watched.rules, watched.high_risk) == (plain.rules, plain.high_risk)
    said: list[str] = [
        decided_digest(payload={}, recipient="", facts=facts, reading=one) for one in (watched, plain)
    ]
    assert said[0] == said[1]
    return bool(watched.monitored)


def _at_least_as_strict(before: Reading, after: Reading) -> bool:
    freed = after.outcome is Outcome.APPROVED and before.outcome is not Outcome.APPROVED
    items = zip(before.items, after.items, strict=True)
    return (
        not freed
        and after.verdict.rank >= before.verdict.rank
        and all(new.verdict.rank >= old.verdict.rank for old, new in items)
    )
