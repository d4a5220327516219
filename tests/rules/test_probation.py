"""Which automatic actions are read: at the rates that were promised, and nobody else can know."""

from __future__ import annotations

import hashlib
import math
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.rules.probation import FLOOR, Draw, Plan, Stage, draw

KEY = bytes(range(32))
OTHER = bytes(range(1, 33))
# Ids as they come: one after the other in time, alike but for the last digits.
IDS = [str(UUID(int=0x019A_0000_0000_7000_8000_0000_0000_0000 + n)) for n in range(40_000)]
LATER = 10_000


def read(execution_id: str, key: bytes = KEY, position: int = LATER, plan: Plan | None = None) -> bool:
    found = draw(plan or Plan(), key=key, execution_id=execution_id, position=position)
    return found is Draw.UNIFORM


def near(count: int, share: float, of: int) -> bool:
    """Within five standard errors; with fixed keys and ids the answer is the same on every run."""
    return abs(count - share * of) <= 5 * math.sqrt(share * (1 - share) * of)


def test_fifty_are_all_read_then_one_in_two_of_a_hundred_then_one_in_twenty() -> None:
    plan = Plan()

    assert [plan.share_at(position) for position in (0, 49, 50, 149, 150, 10**9)] == [
        *(1.0, 1.0),
        *(0.5, 0.5),
        *(0.05, 0.05),
    ]
    assert all(read(one, position=position) for position, one in enumerate(IDS[:50]))


@pytest.mark.parametrize("share", [0.02, 0.05, 0.5])
def test_the_share_that_is_read_is_the_share_that_was_promised(share: float) -> None:
    plan = Plan(stages=(), share=share)

    for of in (IDS, IDS[::2], IDS[: len(IDS) // 2], IDS[::16]):
        assert near(sum(read(one, plan=plan) for one in of), share, len(of))


@pytest.mark.parametrize("share", [0.0, 0.0199, -1.0, float("-inf")])
def test_no_plan_reads_less_than_one_in_fifty(share: float) -> None:
    plans = Plan(stages=(), share=share), Plan(stages=(Stage(10, share),), share=1.0)

    assert [plan.share_at(0) for plan in plans] == [FLOOR, FLOOR] == [0.02, 0.02]


@pytest.mark.parametrize("share", [1.5, float("nan"), float("inf")])
def test_what_is_no_share_reads_everything(share: float) -> None:
    assert Plan(stages=(), share=share).share_at(0) == 1.0


@given(st.text(max_size=80), st.binary(min_size=16, max_size=80), st.integers(0, 10**6))
def test_the_same_question_has_the_same_answer(execution_id: str, key: bytes, position: int) -> None:
    answers = {draw(Plan(), key=key, execution_id=execution_id, position=position) for _ in range(3)}

    assert len(answers) == 1


def test_another_key_draws_others() -> None:
    """Drawn under both keys as often as two coins that know nothing of each other."""
    plan = Plan(stages=(), share=0.5)
    both = sum(read(one, plan=plan) == read(one, OTHER, plan=plan) for one in IDS)

    assert near(both, 0.5, len(IDS))


def test_who_has_no_key_predicts_no_better_than_by_guessing() -> None:
    """What could be tried: the hash without a key, with an empty one, the last draw, the last digits, the time."""
    plan = Plan(stages=(), share=0.5)
    drawn = [read(one, plan=plan) for one in IDS]
    guesses = {
        "hash of the id": [hashlib.sha256(one.encode()).digest()[0] < 128 for one in IDS],
        "a key of zeros": [read(one, bytes(32), plan=plan) for one in IDS],
        "as the one before": [True, *drawn[:-1]],
        "as the two before": [True, True, *(a != b for a, b in pairwise(drawn))][: len(IDS)],
        "even or odd": [int(one[-1], 16) % 2 == 0 for one in IDS],
        "runs of sixteen": [int(one[-2], 16) % 2 == 0 for one in IDS],
    }

    right = {name: sum(a == b for a, b in zip(drawn, guess, strict=True)) for name, guess in guesses.items()}
    assert {name for name, count in right.items() if not near(count, 0.5, len(IDS))} == set()
    # The ruler finds who does have the key.
    assert not near(sum(a == read(one, plan=plan) for a, one in zip(drawn, IDS, strict=True)), 0.5, len(IDS))


def test_a_risky_action_that_the_uniform_draw_takes_is_uniform() -> None:
    """Or the sample that feeds the evidence would lack the risky ones."""
    calm = [draw(Plan(), key=KEY, execution_id=one, position=LATER) for one in IDS[:2_000]]
    risky = [draw(Plan(), key=KEY, execution_id=one, position=LATER, risky=True) for one in IDS[:2_000]]

    assert {(a, b) for a, b in zip(calm, risky, strict=True)} == {
        (Draw.UNIFORM, Draw.UNIFORM),
        (Draw.NONE, Draw.RISK),
    }


@pytest.mark.parametrize("key", [b"", b"short", bytes(15)])
def test_a_key_that_could_be_guessed_is_refused(key: bytes) -> None:
    with pytest.raises(ValueError, match="key"):
        draw(Plan(), key=key, execution_id="a", position=0)


def test_a_day_has_room_for_so_many_and_no_more() -> None:
    plan = Plan(daily=3)

    assert [plan.has_room(done) for done in range(5)] == [True, True, True, False, False]
    assert not Plan(daily=0).has_room(0)


def test_negative_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        Plan(daily=-1)
    with pytest.raises(ValueError, match="negative"):
        Plan(stages=(Stage(-1, 0.5),))
