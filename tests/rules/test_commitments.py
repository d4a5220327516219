"""Promises in notes and mails are found where they stand, and nothing else is taken for one."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.rules.commitments import LONGEST, MOST_SHOWN, Commitment, commitments


@pytest.mark.parametrize(
    ("text", "sentence", "due"),
    [
        ("Hi Ines. We'll send the report by Friday. Best, Tom", "We'll send the report by Friday.", "by Friday"),
        ("I will call you back.", "I will call you back.", ""),
        ("Support said they fix it by tomorrow.", "Support said they fix it by tomorrow.", "by tomorrow"),
        ("You told us you would refund the month.", "You told us you would refund the month.", ""),
        ("Promised a fix before end of the week", "Promised a fix before end of the week", "before end of the week"),
        ("Wir werden das bis Freitag klären.", "Wir werden das bis Freitag klären.", "bis Freitag"),
        ("Agreed to 10 % until Q1 on the phone", "Agreed to 10 % until Q1 on the phone", "until Q1"),
    ],
)  # fmt: skip
def test_a_promise_is_shown_with_its_words_for_when(text: str, sentence: str, due: str) -> None:
    assert commitments(text) == (Commitment(sentence, due),)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "The invoice is due on Friday.",
        "We will not renew.",
        "> We'll send the report by Friday.",
        "Will you come on Monday?",
        "Wir werden nicht verlängern.",
    ],
)
def test_what_promises_nothing_is_left_out(text: str) -> None:
    assert commitments(text) == ()


@given(st.text(max_size=2_000))
def test_any_text_gives_a_short_answer(text: str) -> None:
    found = commitments(text)

    assert len(found) <= MOST_SHOWN
    assert all(len(one.sentence) <= LONGEST for one in found)


def test_a_hostile_text_takes_no_time() -> None:
    began = time.perf_counter()

    commitments("we will " * 200_000 + "by the end of the " * 50_000)

    assert time.perf_counter() - began < 2
