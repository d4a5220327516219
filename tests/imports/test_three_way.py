"""The three-way rule as a table."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmgov.records.imports.three_way import compare, same

VALUES = st.sampled_from([None, "", [], "a", "b", 1, False, True, ["x"]])


@pytest.mark.parametrize(
    ("seen", "ours", "theirs", "applies", "conflicts"),
    [
        ("a", "a", "a", False, False),  # nothing happened
        ("a", "b", "a", False, False),  # the source is as it was: ours stands
        ("a", "a", "b", True, False),  # only the source moved
        ("a", "b", "b", False, False),  # both moved to the same place
        ("a", "c", "b", False, True),  # both moved
        ("a", "a", "", True, False),  # the source cleared it
        ("a", "b", None, False, True),  # the source cleared what we changed
        (None, None, "b", True, False),  # a first word into an empty field
        (None, "c", "b", False, True),  # a first word against a value of ours
        (None, "c", "", False, False),  # the source never said anything
        ("", None, [], False, False),  # all ways to say nothing are one
    ],
)
def test_the_rule(seen: Any, ours: Any, theirs: Any, applies: bool, conflicts: bool) -> None:
    verdict = compare(seen={"f": seen}, ours={"f": ours}, theirs={"f": theirs})

    assert (bool(verdict.apply), bool(verdict.conflicts)) == (applies, conflicts)


def test_a_verified_value_is_never_replaced_without_a_person() -> None:
    verdict = compare(seen={"f": "a"}, ours={"f": "a"}, theirs={"f": "b"}, locked={"f"})

    assert (verdict.apply, verdict.conflicts) == ([], ["f"])


def test_a_default_nobody_wrote_gives_way() -> None:
    verdict = compare(seen={}, ours={"f": False}, theirs={"f": True}, untouched={"f"})

    assert verdict.apply == ["f"]


@given(seen=VALUES, ours=VALUES, theirs=VALUES)
def test_asked_again_with_what_is_remembered_nothing_happens(seen: Any, ours: Any, theirs: Any) -> None:
    first = compare(seen={"f": seen}, ours={"f": ours}, theirs={"f": theirs})
    ours_after = theirs if first.apply else ours
    again = compare(seen={"f": seen, **first.moved}, ours={"f": ours_after}, theirs={"f": theirs})

    assert not again.apply
    assert not again.conflicts


@given(seen=VALUES, ours=VALUES, theirs=VALUES)
def test_a_value_of_ours_the_source_never_gave_is_never_replaced(seen: Any, ours: Any, theirs: Any) -> None:
    verdict = compare(seen={"f": seen}, ours={"f": ours}, theirs={"f": theirs})

    assert not (verdict.apply and not same(ours, seen))
