"""INVARIANTS D5 and D6 over any facts: total, deterministic, fail-closed, monotone, repeatable."""

import json
from dataclasses import replace
from decimal import Decimal

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from approvals.rules import gate
from approvals.rules.facts import Facts, LevelFacts
from approvals.rules.findings import VERDICTS, Finding, Reading
from approvals.rules.policy import Limits, Policy
from approvals.rules.vocabulary import Level, Outcome, Verdict, strictest
from approvals.rules.wording import clean
from crmgov.kernel.money import Money
from crmgov.records.contracts import Permission

from .cases import facts as facts_of
from .worlds import CALM, RISKIER, WORLDS

# The same worlds on every run, and no stopwatch: the machine may be busy with other tests.
SETTINGS = settings(deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
ODD_NUMBERS = st.sampled_from(["NaN", "sNaN", "Infinity", "-Infinity", "1E+99999", "1E-99999", "-0"])
ODD_SHARES = st.sampled_from([float("nan"), float("inf"), float("-inf"), -1.0, 1e300])


@given(WORLDS)
@settings(SETTINGS, max_examples=120)
def test_every_finding_is_a_known_rule_with_a_readable_reason(facts: Facts) -> None:
    for finding in gate.judge(facts).findings:
        assert finding.verdict is VERDICTS[finding.rule]
        assert finding.sentence == clean(finding.sentence, 10_000)
        assert finding.sentence
        assert finding.otherwise.endswith(".")
        assert finding.field in {"", *(item.field for item in facts.items)}


@given(WORLDS, ODD_NUMBERS, ODD_SHARES)
@settings(SETTINGS, max_examples=120)
def test_numbers_that_are_none_never_stop_the_gate_and_never_pass(
    facts: Facts, odd: str, share: float
) -> None:
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
    assert gate.judge(odd_facts).verdict is not Verdict.EXECUTE


@given(WORLDS)
@settings(SETTINGS, max_examples=120)
def test_facts_and_reading_survive_storage_and_are_judged_the_same_again(facts: Facts) -> None:
    reading = gate.judge(facts)
    stored_facts = Facts.from_json(json.loads(json.dumps(facts.to_json())))
    assert stored_facts == facts
    assert gate.judge(stored_facts) == reading
    assert Reading.from_json(json.loads(json.dumps(reading.to_json()))) == reading
    for finding in reading.findings:
        assert Finding.from_json(json.loads(json.dumps(finding.to_json()))) == finding


def test_more_risk_never_loosens() -> None:
    noticed: set[str] = set()
    outcomes: set[Outcome] = set()

    # Two worlds by name: the ends that chance finds too seldom.
    @example(facts_of())
    @example(facts_of(levels=LevelFacts(policy=Level.SHADOW, requested=Level.FULL, granted=Level.EXECUTE)))
    @given(WORLDS)
    @settings(SETTINGS, max_examples=250)
    def holds(facts: Facts) -> None:
        before = gate.judge(facts)
        outcomes.add(before.outcome)
        for risk, worsen in RISKIER.items():
            after = gate.judge(worsen(facts))
            if after.findings != before.findings:
                noticed.add(risk)
            assert _at_least_as_strict(before, after), risk

    holds()
    # It would hold of a gate that queues everything, and of risks that change nothing.
    assert outcomes == set(Outcome)
    assert noticed == set(RISKIER)


def _at_least_as_strict(before: Reading, after: Reading) -> bool:
    freed = after.outcome is Outcome.APPROVED and before.outcome is not Outcome.APPROVED
    items = zip(before.items, after.items, strict=True)
    return (
        not freed
        and after.verdict.rank >= before.verdict.rank
        and all(new.verdict.rank >= old.verdict.rank for old, new in items)
    )


@given(WORLDS)
@settings(SETTINGS, max_examples=120)
def test_without_a_policy_nothing_runs_by_itself(facts: Facts) -> None:
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


@given(WORLDS)
@settings(SETTINGS, max_examples=30)
def test_an_empty_policy_allows_every_workflow_to_suggest_at_most(facts: Facts) -> None:
    proposer = facts.proposer
    level = Policy.from_json({}, version=1).level_of(
        workflow=proposer.workflow, agent=proposer.label, version=proposer.workflow_version
    )
    assert level is Level.SUGGEST


@given(CALM, st.sampled_from(["protected", "verified", "propose", "never", "unrouted", "stale"]))
@settings(SETTINGS, max_examples=120)
def test_no_policy_and_no_grant_gets_past_a_floor_in_code(facts: Facts, floor: str) -> None:
    changes = {
        "protected": {"protected": True},
        "verified": {"verified": True},
        "propose": {"permission": Permission.PROPOSE},
        "never": {"permission": Permission.NEVER},
        "unrouted": {"rule_only": True},
        "stale": {"seen": "Something else"},
    }[floor]
    first, *others = facts.items
    guarded = replace(facts, items=(replace(first, **changes), *others))  # type: ignore[arg-type]
    assert gate.judge(guarded).outcome in (Outcome.QUEUED, Outcome.BLOCKED)


@given(WORLDS)
@settings(SETTINGS, max_examples=120)
def test_verdict_items_level_and_outcome_agree(facts: Facts) -> None:
    reading = gate.judge(facts)
    assert reading.verdict is strictest(finding.verdict for finding in reading.findings)
    if reading.items:
        assert reading.verdict is strictest(one.verdict for one in reading.items)
    if not reading.level.runs_alone:
        assert reading.verdict is not Verdict.EXECUTE
    assert (reading.outcome is Outcome.APPROVED) is (reading.verdict is Verdict.EXECUTE)


@given(WORLDS, st.text(max_size=200))
@settings(SETTINGS, max_examples=120)
def test_words_written_by_agents_and_customers_decide_nothing(facts: Facts, words: str) -> None:
    reworded = replace(
        facts,
        proposer=replace(facts.proposer, label=words),
        subject=replace(facts.subject, label=words),
        account=replace(facts.account, label=words) if facts.account else None,
        tickets=tuple(replace(ticket, label=words, priority=words) for ticket in facts.tickets),
        rivals=tuple(replace(rival, by=words, proposed=words) for rival in facts.rivals),
        relied=tuple(replace(fact, label=words) for fact in facts.relied),
    )
    before, after = gate.judge(facts), gate.judge(reworded)
    assert (after.verdict, after.level, after.rules) == (before.verdict, before.level, before.rules)
