"""What a browser tells about looking, and what two people who looked alone say about a queue."""

from __future__ import annotations

import pytest

from approvals.rules.attention import MOST_MS, MOST_OPENED, UNMEASURED, told
from approvals.rules.second_looks import ENOUGH, SHARE, Agreement, is_drawn, said

KEY = b"sixteen bytes or more"


@pytest.mark.parametrize(
    ("posted", "kept"),
    [
        *((said, None) for said in ("", "abc", "-5", "1e9", "٣", "9" * 13)),
        ("0", 0),
        (" 41000 ", 41_000),
        ("9" * 12, MOST_MS),
    ],
)
def test_only_a_plain_count_of_milliseconds_is_believed(posted: str, kept: int | None) -> None:
    assert told(posted, []).visible_ms == kept


def test_what_was_opened_is_kept_once_in_order_and_cut_to_what_is_possible() -> None:
    assert told("", ["/tickets/4/", " ", "/accounts/9/", "/tickets/4/"]).opened == (
        "/tickets/4/",
        "/accounts/9/",
    )
    assert len(told("", [f"/{one}/" for one in range(500)]).opened) == MOST_OPENED
    assert len(told("", ["x" * 10_000]).opened[0]) == 200
    assert told("", []) == UNMEASURED


def test_one_in_twenty_is_drawn_and_the_same_ones_again() -> None:
    drawn = [is_drawn(key=KEY, decision_id=f"decision {one}") for one in range(20_000)]

    # Three standard deviations of 20,000 draws.
    assert abs(sum(drawn) / len(drawn) - SHARE) < 0.005
    assert drawn == [is_drawn(key=KEY, decision_id=f"decision {one}") for one in range(20_000)]
    with pytest.raises(ValueError, match="16 bytes"):
        is_drawn(key=b"short", decision_id="1")


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("approve", "approve"),
        ("approve_edited", "approve"),
        ("approve_some", "approve"),
        ("accept_form", "approve"),
        ("reject", "reject"),
    ],
)
def test_letting_a_part_happen_is_a_yes(kind: str, answer: str) -> None:
    assert said(kind) == answer


def test_a_rate_comes_with_its_interval_and_only_once_there_are_enough() -> None:
    none, few, many = Agreement(0, 0), Agreement(5, 5), Agreement(90, 100)

    assert (none.rate, none.interval.low, none.interval.high, none.is_enough) == (None, 0.0, 1.0, False)
    assert (few.rate, few.is_enough) == (1.0, False)
    # Wilson 1927 for 90 of 100: 0.826 to 0.945.
    assert (many.interval.low, many.interval.high) == pytest.approx((0.826, 0.945), abs=0.001)
    assert Agreement(ENOUGH, ENOUGH).is_enough
