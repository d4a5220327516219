"""What may be decided with one press: pure rules."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.rules.bulk import MOST, Traits, missing, sort_out, why_alone

PLAIN = Traits(
    proposer="agent 1",
    workflow="3",
    action="set_fields",
    fields=frozenset({"employees"}),
    level="draft",
    high_risk=False,
    in_conflict=False,
    stale=False,
)
REASONS = [
    {"high_risk": True},
    {"in_conflict": True},
    {"stale": True},
    {"level": "suggest"},
    {"closed": "It is over."},
    {"blocked": "The gate blocks it."},
    {"not_mine": "Not yours."},
]
traits = st.builds(
    Traits,
    proposer=st.sampled_from(["agent 1", "agent 2"]),
    workflow=st.sampled_from(["3", "4"]),
    action=st.sampled_from(["set_fields", "move_stage"]),
    fields=st.sampled_from([frozenset({"employees"}), frozenset({"employees", "region"})]),
    level=st.sampled_from(["draft", "suggest"]),
    high_risk=st.booleans(),
    in_conflict=st.booleans(),
    stale=st.booleans(),
)


@pytest.mark.parametrize("changed", REASONS, ids=lambda one: next(iter(one)))
def test_what_is_not_plain_is_decided_alone_and_says_why(changed: dict[str, object]) -> None:
    assert why_alone(PLAIN) == ""
    assert why_alone(replace(PLAIN, **changed))  # type: ignore[arg-type]


@given(st.lists(traits, max_size=70))
def test_what_goes_together_is_plain_alike_and_few_and_everything_else_says_why(chosen: list[Traits]) -> None:
    by_key = dict(enumerate(chosen))
    together, alone = sort_out(by_key)
    assert set(together) | set(alone) == set(by_key)
    assert not set(together) & set(alone)
    assert all(alone.values())
    assert len(together) <= MOST
    assert len(together) != 1
    assert len({by_key[key].kind for key in together}) <= 1
    assert not any(why_alone(by_key[key]) for key in together)


def test_the_largest_group_wins_and_the_first_of_two_as_large() -> None:
    other = replace(PLAIN, proposer="agent 2")
    assert sort_out({1: other, 2: PLAIN, 3: PLAIN})[0] == [2, 3]
    together, alone = sort_out({1: other, 2: PLAIN, 3: other, 4: PLAIN})
    assert together == [1, 3]
    assert alone == dict.fromkeys([2, 4], "It comes from another proposer.")


def test_one_alone_goes_with_nothing() -> None:
    other = replace(PLAIN, proposer="agent 2")
    assert sort_out({1: other, 2: PLAIN}) == ([], dict.fromkeys([1, 2], "None of the others is like it."))


def test_each_of_the_sample_must_have_been_read() -> None:
    assert missing([1, 2, 3], [3, 1]) == [2]
    assert missing([1, 2], [2, 1, 5]) == []
