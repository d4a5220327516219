"""Confidence against the band, and what an agent's own number is worth."""

from dataclasses import replace

import pytest

from approvals.rules import gate
from approvals.rules.bands import Band
from approvals.rules.facts import Facts, LevelFacts
from approvals.rules.policy import GroupBand
from approvals.rules.vocabulary import ActorKind, Level, Verdict

from .cases import PROPOSER, facts, found, item, limits, sentence


def with_band(
    confidence: float | None,
    auto: float | None,
    floor: float,
    cap: float = 0.95,
    kind: ActorKind = ActorKind.AGENT,
) -> Facts:
    return facts(
        proposer=replace(PROPOSER, confidence=confidence, kind=kind),
        limits=limits(bands=(GroupBand("firmographics", Band(auto, floor)),), confidence_cap=cap),
    )


@pytest.mark.parametrize(
    ("confidence", "rules"),
    [
        (0.95, ()),
        (0.90, ()),
        (0.89999, ("low_confidence",)),
        (0.40, ("low_confidence",)),
        (0.39999, ("below_floor", "low_confidence")),
        (0.0, ("below_floor", "low_confidence")),
        (None, ("low_confidence",)),
        (1.01, ("low_confidence",)),
        (float("nan"), ("low_confidence",)),
    ],
)
def test_at_or_above_auto_between_and_below_the_floor(
    confidence: float | None, rules: tuple[str, ...]
) -> None:
    assert gate.judge(with_band(confidence, 0.90, 0.40)).rules == rules


def test_a_near_miss_does_not_read_as_a_hit() -> None:
    assert sentence(with_band(0.8999, 0.90, 0.40), "low_confidence") == (
        "Confidence for Industry is 0.89, below 0.90."
    )


def test_below_the_floor_blocks_and_says_from_where_a_person_would_be_asked() -> None:
    finding = found(with_band(0.2, 0.90, 0.40), "below_floor")
    assert finding is not None
    assert finding.verdict is Verdict.BLOCK
    assert finding.sentence == "Confidence for Industry is 0.20, below the floor of 0.40."
    assert finding.otherwise == "From 0.40 on a person would be asked."


@pytest.mark.parametrize(("kind", "raised"), [(ActorKind.AGENT, True), (ActorKind.WORKFLOW, False)])
def test_an_agents_own_number_counts_at_most_the_cap(kind: ActorKind, raised: bool) -> None:
    assert (found(with_band(1.0, 0.96, 0.0, cap=0.95, kind=kind), "low_confidence") is not None) is raised


@pytest.mark.parametrize(
    ("outcomes", "granted", "raised"),
    [
        (0, None, True),
        (49, None, True),
        (50, None, False),
        (0, Level.DRAFT, False),
        (49, Level.EXECUTE, False),
    ],
)
def test_before_enough_outcomes_it_counts_as_nothing_unless_a_grant_stands_for_them(
    outcomes: int, granted: Level | None, raised: bool
) -> None:
    given = facts(
        proposer=replace(PROPOSER, outcomes=outcomes),
        levels=LevelFacts(policy=Level.EXECUTE, requested=Level.FULL, granted=granted),
    )
    finding = found(given, "low_confidence")
    assert (finding is not None) is raised
    if finding:
        assert f"no track record for Industry: {outcomes} of 50 checked outcomes" in finding.sentence


def test_an_agent_without_a_track_record_is_still_believed_when_it_doubts_itself() -> None:
    given = facts(
        proposer=replace(PROPOSER, outcomes=0, confidence=0.1),
        levels=LevelFacts(policy=Level.EXECUTE, requested=Level.FULL),
    )
    assert gate.judge(given).verdict is Verdict.BLOCK


@pytest.mark.parametrize(
    ("own", "rules"),
    [(None, ()), (0.95, ()), (0.5, ("low_confidence",)), (0.1, ("below_floor", "low_confidence"))],
)
def test_an_items_own_confidence_goes_before_that_of_the_whole(
    own: float | None, rules: tuple[str, ...]
) -> None:
    assert gate.judge(facts(items=(item(confidence=own),))).rules == rules


def test_without_a_band_nothing_is_automatic() -> None:
    given = facts(limits=limits(bands=()))
    assert "no automatic band" in sentence(given, "low_confidence")


@pytest.mark.parametrize(
    ("auto_from", "floor", "rules"),
    [
        (None, None, ()),
        (0.5, 0.1, ()),
        (0.94, None, ("low_confidence",)),
        (None, 0.94, ("below_floor",)),
    ],
)
def test_a_contract_can_only_tighten_the_band(
    auto_from: float | None, floor: float | None, rules: tuple[str, ...]
) -> None:
    assert gate.judge(facts(items=(item(auto_from=auto_from, floor=floor),))).rules == rules


@pytest.mark.parametrize(
    ("confidence", "rules"),
    [(0.95, ()), (0.6, ("low_confidence",)), (0.1, ("below_floor", "low_confidence"))],
)
def test_an_action_without_items_is_judged_by_the_confidence_of_the_whole(
    confidence: float, rules: tuple[str, ...]
) -> None:
    given = facts(action="create_task", items=(), proposer=replace(PROPOSER, confidence=confidence))
    assert gate.judge(given).rules == rules
