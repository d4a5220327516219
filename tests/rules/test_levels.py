"""The effective level is the lowest of all, and below execute a person decides."""

from dataclasses import replace

import pytest

from approvals.rules import gate
from approvals.rules.facts import LevelFacts
from approvals.rules.findings import NO_SETTING
from approvals.rules.vocabulary import ActorKind, Level, Outcome, Verdict
from crmgov.records.contracts import Permission

from .cases import PROPOSER, facts, found, item, limits, sentence

EXECUTE, FULL, DRAFT, SUGGEST, SHADOW = Level.EXECUTE, Level.FULL, Level.DRAFT, Level.SUGGEST, Level.SHADOW


def at(policy: Level, requested: Level, granted: Level | None, contract: Level = FULL) -> LevelFacts:
    return LevelFacts(policy=policy, requested=requested, granted=granted, contract=contract)


@pytest.mark.parametrize(
    ("levels", "effective"),
    [
        (at(FULL, FULL, FULL), FULL),
        (at(EXECUTE, FULL, FULL), EXECUTE),
        (at(FULL, DRAFT, FULL), DRAFT),
        (at(FULL, FULL, SUGGEST), SUGGEST),
        (at(FULL, FULL, FULL, contract=DRAFT), DRAFT),
        (at(SHADOW, FULL, FULL), SHADOW),
        (at(FULL, FULL, None), DRAFT),
        (at(SUGGEST, FULL, None), SUGGEST),
    ],
)
def test_the_lowest_level_holds(levels: LevelFacts, effective: Level) -> None:
    assert gate.judge(facts(levels=levels)).level is effective


@pytest.mark.parametrize(
    ("level", "verdict", "outcome"),
    [
        (SHADOW, Verdict.QUEUE, Outcome.SHADOWED),
        (SUGGEST, Verdict.QUEUE, Outcome.QUEUED),
        (DRAFT, Verdict.QUEUE, Outcome.QUEUED),
        (EXECUTE, Verdict.EXECUTE, Outcome.APPROVED),
        (FULL, Verdict.EXECUTE, Outcome.APPROVED),
    ],
)
def test_only_execute_and_full_run_alone(level: Level, verdict: Verdict, outcome: Outcome) -> None:
    reading = gate.judge(facts(levels=at(level, FULL, FULL)))
    assert (reading.verdict, reading.outcome) == (verdict, outcome)


def test_the_sentence_names_who_holds_it_and_everything_that_would_free_it() -> None:
    finding = found(facts(levels=at(SUGGEST, DRAFT, None)), "level")
    assert finding is not None
    assert finding.sentence == (
        "A person enters it (suggest): the policy lets the workflow “enrichment” go no further."
    )
    assert finding.otherwise == (
        "It would run by itself if the policy set the workflow “enrichment” to execute, "
        "“Lead Scout” asked for execute and an admin signed a grant of execute for this kind of change."
    )


def test_what_is_built_to_ask_cannot_be_freed_by_a_setting() -> None:
    finding = found(facts(levels=at(FULL, FULL, FULL, contract=DRAFT)), "level")
    assert finding is not None
    assert finding.otherwise == NO_SETTING


def test_a_policy_cannot_let_an_unproven_cell_run_alone() -> None:
    trusting = facts(levels=at(FULL, FULL, None), limits=limits(without_evidence=FULL))
    assert gate.judge(trusting).level is DRAFT
    assert "nothing is proven yet" in sentence(trusting, "level")


def test_a_person_never_approves_by_proposing() -> None:
    person = facts(proposer=replace(PROPOSER, kind=ActorKind.PERSON, label="Ann", confidence=None))
    reading = gate.judge(person)
    assert (reading.level, reading.verdict) == (DRAFT, Verdict.QUEUE)
    assert reading.rules == ("level",)


def test_a_field_one_may_only_propose_waits_for_a_person_at_every_level() -> None:
    given = facts(
        levels=at(FULL, FULL, FULL), items=(item(permission=Permission.PROPOSE), item(field="region"))
    )
    finding = found(given, "level")
    assert finding is not None
    assert (finding.field, finding.otherwise) == ("industry", NO_SETTING)
    assert gate.judge(given).level is DRAFT


@pytest.mark.parametrize(
    ("rule_only", "under_rule", "raised"), [(False, False, False), (True, True, False), (True, False, True)]
)
def test_a_routed_field_is_filled_alone_only_under_a_published_rule(
    rule_only: bool, under_rule: bool, raised: bool
) -> None:
    given = facts(items=(item(rule_only=rule_only, under_rule=under_rule),))
    assert (found(given, "level") is not None) is raised
    assert gate.judge(given).level is (DRAFT if raised else EXECUTE)


def test_a_protected_field_is_decided_by_a_click_even_at_full() -> None:
    assert gate.judge(facts(levels=at(FULL, FULL, FULL), items=(item(protected=True),))).level is DRAFT


def test_what_has_no_room_today_waits_and_says_when_it_would_not() -> None:
    full = facts(levels=replace(at(FULL, FULL, FULL), has_room=False))

    (held,) = gate.judge(full).findings
    assert held.rule == "level"
    assert "200 like it ran by themselves today, and the policy lets no more" in held.sentence
    assert held.otherwise == "It would run by itself if it came on another day."
