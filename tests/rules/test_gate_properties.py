"""INVARIANTS D5 and D6 over any facts: total, deterministic, fail-closed, monotone, repeatable."""

from dataclasses import replace

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from approvals.rules.facts import Account, Facts, LevelFacts, Message, StandingApproval
from approvals.rules.policy import Policy
from approvals.rules.vocabulary import Level, Outcome

from . import properties
from .cases import PROPOSER
from .cases import facts as facts_of
from .properties import FLOORS, ODD_NUMBERS, ODD_SHARES, WORDS
from .riskier import RISKIER
from .worlds import CALM, WORLDS

# The same worlds on every run, and no stopwatch: the machine may be busy with other tests.
SETTINGS = settings(deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))

# Only its outcomes speak for it, and just enough of them.
UNSIGNED = LevelFacts(policy=Level.EXECUTE, requested=Level.FULL, granted=None)


@example(facts_of(account=Account("a1", ""), message=Message("prospecting", customer=True)))
@given(WORLDS)
@settings(SETTINGS, max_examples=120)
def test_every_finding_is_a_known_rule_with_a_readable_reason(facts: Facts) -> None:
    properties.is_readable(facts)


@given(WORLDS, ODD_NUMBERS, ODD_SHARES)
@settings(SETTINGS, max_examples=120)
def test_numbers_that_are_none_never_stop_the_gate_and_never_pass(
    facts: Facts, odd: str, share: float
) -> None:
    properties.stops_at_odd_numbers(facts, odd, share)


@given(WORLDS)
@settings(SETTINGS, max_examples=120)
def test_facts_and_reading_survive_storage_and_are_judged_the_same_again(facts: Facts) -> None:
    properties.judges_the_same_again(facts)


def test_more_risk_never_loosens() -> None:
    noticed: set[str] = set()
    outcomes: set[Outcome] = set()

    # Four worlds by name: the ends that chance finds too seldom.
    @example(facts_of(message=Message("prospecting", standing=StandingApproval("1", "Hello", "Ann", ""))))
    @example(facts_of())
    @example(facts_of(proposer=replace(PROPOSER, outcomes=60), levels=UNSIGNED))
    @example(facts_of(levels=LevelFacts(policy=Level.SHADOW, requested=Level.FULL, granted=Level.EXECUTE)))
    @given(WORLDS)
    @settings(SETTINGS, max_examples=250)
    def holds(facts: Facts) -> None:
        outcome, risks = properties.never_loosens(facts)
        outcomes.add(outcome)
        noticed.update(risks)

    holds()
    # It would hold of a gate that queues everything, and of risks that change nothing.
    assert outcomes == set(Outcome)
    assert noticed == set(RISKIER)


@given(WORLDS)
@settings(SETTINGS, max_examples=120)
def test_without_a_policy_nothing_runs_by_itself(facts: Facts) -> None:
    properties.queues_without_a_policy(facts)


@given(WORLDS)
@settings(SETTINGS, max_examples=30)
def test_an_empty_policy_allows_every_workflow_to_suggest_at_most(facts: Facts) -> None:
    proposer = facts.proposer
    level = Policy.from_json({}, version=1).level_of(
        workflow=proposer.workflow, agent=proposer.label, version=proposer.workflow_version
    )
    assert level is Level.SUGGEST


@given(CALM, st.sampled_from(sorted(FLOORS)))
@settings(SETTINGS, max_examples=120)
def test_no_policy_and_no_grant_gets_past_a_floor_in_code(facts: Facts, floor: str) -> None:
    properties.holds_at_a_floor(facts, floor)


@given(WORLDS)
@settings(SETTINGS, max_examples=120)
def test_verdict_items_level_and_outcome_agree(facts: Facts) -> None:
    properties.agrees_with_itself(facts)


def test_a_monitored_rule_changed_no_verdict() -> None:
    caught: set[bool] = set()

    @given(WORLDS)
    @settings(SETTINGS, max_examples=120)
    def holds(facts: Facts) -> None:
        caught.add(properties.watching_changes_nothing(facts))

    holds()
    assert caught == {True, False}


@given(WORLDS, WORDS)
@settings(SETTINGS, max_examples=120)
def test_words_written_by_agents_and_customers_decide_nothing(facts: Facts, words: str) -> None:
    properties.words_decide_nothing(facts, words)
