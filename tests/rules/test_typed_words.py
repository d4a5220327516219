"""What a reviewer typed and nobody proposed: promises, topics, numbers."""

from __future__ import annotations

import pytest

from approvals.rules.typed_words import Text, added

PROPOSED = Text(
    "Welcome", "<p>Dear Ines,</p><p>your trial began today and ends in 14 days.</p><p>We will call you.</p>"
)


def typed(words: str, subject: str = "Welcome") -> tuple[str, ...]:
    return added(PROPOSED, Text(subject, f"{PROPOSED.body}<p>{words}</p>"))


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("We will send the report by Friday.", ["It promises “We will send the report by Friday”."]),
        ("There is a discount.", ["A new topic: pricing (“discount”)."]),
        ("It has 3 seats.", ["It names 3."]),
        ("It has 1,200 seats and 1.200 doors.", ["It names 1200."]),
        (
            "We refund you 50 %.",
            [
                "A new topic: complaint (“refund”).",
                "It names 50 %.",
            ],
        ),
    ],
)
def test_what_is_new_is_named(words: str, says: list[str]) -> None:
    assert list(typed(words)) == says


@pytest.mark.parametrize("words", ["", "It ends in 14 days.", "We will call you.", "Have a look around."])
def test_what_says_no_more_is_no_remark(words: str) -> None:
    assert typed(words) == ()


def test_the_subject_counts_and_less_is_no_remark() -> None:
    assert typed("", subject="Save 20 % now") == ("It names 20 %.",)
    assert added(Text("A quote for 3 seats", "We will call."), Text("Hello", "Nothing.")) == ()


def test_many_numbers_are_counted() -> None:
    assert typed("1 2 3 4 5 6 7") == ("It names 1, 2, 3, 4, 5 and 2 more.",)


@pytest.mark.parametrize("rude", ["\x00" * 9, "9" * 50_000, "<p" * 20_000, "\u202e50 %", "{{ 7 }}"])
def test_any_text_will_do(rude: str) -> None:
    assert all(isinstance(one, str) for one in added(Text("", ""), Text(rude, rude)))
