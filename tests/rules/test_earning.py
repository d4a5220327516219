"""What the rows of a cell prove: which of them count, and that the same rows always prove the same."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from approvals.rules.earning import (
    DEFAULT,
    Decided,
    Label,
    Ran,
    Standing,
    Terms,
    beginning,
    recomputed,
)
from approvals.rules.probation import Draw
from scoring.evidence import log_e_above

SETTINGS = settings(deadline=None, derandomize=True, database=None, max_examples=150)
FAILURES = [label for label in Label if label is not Label.UNCHANGED]
KEPT = Decided(Label.UNCHANGED)
GOOD = Ran(Label.UNCHANGED, Draw.UNIFORM)
BAD = Ran(Label.REJECTED, Draw.UNIFORM)
WAITING = Ran(None, Draw.UNIFORM)

# A target that few outcomes prove or refute, so that short lists do.
EASY = Terms(target=0.6, alpha=0.2, demotion_alpha=0.5)
DECIDED = st.builds(
    Decided,
    label=st.sampled_from([Label.UNCHANGED] * 8 + FAILURES),
    held_by=st.sampled_from([frozenset({"level"})] * 8 + [frozenset({"level", "high_value"}), frozenset()]),
    one_by_one=st.sampled_from([True] * 8 + [False]),
    shadow=st.sampled_from([False] * 8 + [True]),
)
RAN = st.builds(Ran, label=st.sampled_from([None, *Label]), drawn=st.sampled_from(Draw))
ROWS = st.lists(st.one_of(DECIDED, RAN), max_size=60)


def test_88_unchanged_in_a_row_prove_95_percent_and_87_do_not() -> None:
    assert recomputed([KEPT] * 87).earned.proven_at is None
    assert recomputed([KEPT] * 88).earned.proven_at == 88


@pytest.mark.parametrize("label", FAILURES)
def test_whatever_else_became_of_an_item_is_a_failure(label: Label) -> None:
    standing = recomputed([Decided(label), Ran(label, Draw.UNIFORM)])

    assert (standing.earned.kept, standing.earned.failed) == (0, 1)
    assert standing.kept.failed == 1
    assert standing.earned.e_value < 1 < standing.kept.e_value


@pytest.mark.parametrize(
    "decided",
    [
        Decided(Label.UNCHANGED, held_by=frozenset({"level", "high_value"})),
        Decided(Label.UNCHANGED, held_by=frozenset({"low_confidence"})),
        Decided(Label.UNCHANGED, held_by=frozenset()),
        Decided(Label.UNCHANGED, one_by_one=False),
        Decided(Label.UNCHANGED, shadow=True),
    ],
)
def test_held_by_more_than_the_level_in_bulk_or_in_shadow_proves_nothing(decided: Decided) -> None:
    assert recomputed([decided] * 500) == beginning()


@pytest.mark.parametrize("drawn", [Draw.RISK, Draw.NONE])
def test_what_was_not_drawn_uniformly_proves_no_fall(drawn: Draw) -> None:
    assert recomputed([Ran(Label.REVERTED, drawn)] * 500) == beginning()


def test_a_later_revert_takes_back_what_was_proven() -> None:
    rows = [KEPT] * 88
    rows[40] = Decided(Label.REVERTED)

    assert recomputed(rows).earned.proven_at is None
    # With one failure it takes 134 in all.
    assert recomputed(rows + [KEPT] * 60).earned.proven_at == 134


def test_what_is_proven_stays_offered_until_the_evidence_speaks_against_it() -> None:
    standing = recomputed([KEPT] * 88 + [Decided(Label.EDITED)])
    assert standing.earned.e_value < 1 / DEFAULT.alpha
    assert standing.earned.is_offered

    standing = recomputed([KEPT] * 88 + [Decided(Label.EDITED)] * 20)
    assert standing.earned.proven_at == 88
    assert not standing.earned.is_offered
    assert not beginning().earned.is_offered


def test_a_fall_is_told_at_the_action_that_showed_it() -> None:
    standing = recomputed([GOOD] * 100 + [BAD] * 20)

    fallen_at = standing.kept.fallen_at
    assert fallen_at is not None
    assert 100 < fallen_at <= 106
    # It is a fact of those rows: what runs afterwards does not undo it, another label of the same rows does.
    assert recomputed([GOOD] * 100 + [BAD] * 20 + [GOOD] * 500).kept.fallen_at == fallen_at
    assert recomputed([GOOD] * 120).kept.fallen_at is None


def test_what_nobody_has_judged_is_counted_as_waiting_and_as_kept() -> None:
    standing = recomputed([WAITING] * 30 + [BAD])

    assert (standing.kept.counted, standing.kept.waiting, standing.kept.failed) == (31, 30, 1)
    assert standing.kept.e_value == recomputed([GOOD] * 30 + [BAD]).kept.e_value


@given(st.lists(st.sampled_from([GOOD, BAD, WAITING]), max_size=40), st.data())
@SETTINGS
def test_an_open_review_never_makes_a_fall_more_evident(rows: list[Ran], data: st.DataObject) -> None:
    """Whatever the reviews will say: a fall seen before them is one seen after them, and not later."""
    judged = [data.draw(st.sampled_from([GOOD, BAD])) if row.label is None else row for row in rows]
    before, after = recomputed(rows, EASY).kept, recomputed(judged, EASY).kept

    assert before.e_value <= after.e_value
    if before.fallen_at is not None:
        assert after.fallen_at is not None
        assert after.fallen_at <= before.fallen_at


@given(ROWS, st.integers(0, 60))
@SETTINGS
def test_row_by_row_and_all_at_once_agree(rows: list[Decided | Ran], cut: int) -> None:
    standing = recomputed(rows[:cut], EASY)
    for row in rows[cut:]:
        standing = standing.after(row)

    assert standing == recomputed(rows, EASY)


def test_proven_and_fallen_are_the_first_row_that_suffices() -> None:
    noticed = set()

    # Two by name: the ends that chance finds too seldom.
    @example([])
    @example([*[KEPT] * 20, *[BAD] * 10])
    @given(ROWS)
    @SETTINGS
    def holds(rows: list[Decided | Ran]) -> None:
        standing = recomputed(rows, EASY)
        assert standing.earned.proven_at == _first_proof(rows)
        assert standing.kept.fallen_at == _first_fall(rows)
        noticed.update(
            {("proven", standing.earned.proven_at is None), ("fallen", standing.kept.fallen_at is None)}
        )

    holds()
    # It would hold of a rule that never promotes.
    assert len(noticed) == 4


def _first_proof(rows: list[Decided | Ran]) -> int | None:
    """From the counts of every beginning of the rows, without the rule's own steps."""
    labels = [row.label for row in rows if isinstance(row, Decided) and row.counts]
    for n in range(1, len(labels) + 1):
        kept = labels[:n].count(Label.UNCHANGED)
        if log_e_above(EASY.target, kept, n - kept) >= math.log(1 / EASY.alpha):
            return n
    return None


def _first_fall(rows: list[Decided | Ran]) -> int | None:
    drawn = [row for row in rows if isinstance(row, Ran) and row.counts]
    for n in range(1, len(drawn) + 1):
        if recomputed(drawn[:n], EASY).kept.e_value >= 1 / EASY.demotion_alpha:
            return n
    return None


@given(ROWS)
@SETTINGS
def test_decisions_and_actions_do_not_speak_for_each_other(rows: list[Decided | Ran]) -> None:
    decisions = [row for row in rows if isinstance(row, Decided)]
    actions = [row for row in rows if isinstance(row, Ran)]

    assert recomputed(rows) == Standing(recomputed(decisions).earned, recomputed(actions).kept)


def test_a_higher_target_or_a_smaller_alpha_takes_longer() -> None:
    rows = [KEPT] * 3_000
    needed = [recomputed(rows, Terms(target=target)).earned.proven_at or 0 for target in (0.8, 0.95, 0.99)]
    surer = [recomputed(rows, Terms(alpha=alpha)).earned.proven_at or 0 for alpha in (0.1, 0.05, 0.001)]

    assert all(0 < shorter < longer for shorter, longer in [*pairwise(needed), *pairwise(surer)])


@pytest.mark.parametrize("share", [0.0, 1.0, -1.0, 2.0, float("nan")])
@pytest.mark.parametrize("name", ["target", "alpha", "demotion_alpha"])
def test_terms_that_are_no_shares_are_refused(name: str, share: float) -> None:
    with pytest.raises(ValueError, match=r"share|target"):
        Terms(**{name: share})
