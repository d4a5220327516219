"""What changed between two texts, word by word."""

from __future__ import annotations

from itertools import pairwise
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.rules.word_diff import runs

WORDS = st.lists(st.sampled_from(["Anna", "your ", "renewal", ",", "\n", " ", "May", "é"]), max_size=30).map(
    "".join
)


def shown(before: str, after: str) -> str:
    signs = {"kept": "{}", "removed": "[-{}]", "added": "[+{}]"}
    return "".join(signs[run.kind].format(run.text) for run in runs(before, after))


@pytest.mark.parametrize(
    ("before", "after", "marked"),
    [
        ("", "", ""),
        ("Same.", "Same.", "Same."),
        ("", "New.", "[+New.]"),
        ("Old.", "", "[-Old.]"),
        ("Due in May.", "Due in June.", "Due in [-May][+June]."),
        ("Hello Anna, hello.", "Hello Bob, hello.", "Hello [-Anna][+Bob], hello."),
        ("a b c d", "a c d", "a [-b ]c d"),
        ("one\n\ntwo", "one\n\ntwo\n\nthree", "one\n\n[-two][+two\n\nthree]"),
        ("Größe", "Grösse", "[-Größe][+Grösse]"),
    ],
)
def test_words_that_changed_are_marked_and_no_more(before: str, after: str, marked: str) -> None:
    assert shown(before, after) == marked


@given(WORDS | st.text(), WORDS | st.text())
def test_both_texts_can_be_read_out_of_the_runs(before: str, after: str) -> None:
    found = runs(before, after)

    assert "".join(run.text for run in found if run.kind != "added") == before
    assert "".join(run.text for run in found if run.kind != "removed") == after
    assert all(run.text for run in found)
    assert all(one.kind != next_one.kind for one, next_one in pairwise(found))


def test_a_long_text_is_compared_by_lines() -> None:
    before = "".join(f"{' '.join(f'w{line}x{word}' for word in range(15))}\n" for line in range(200))
    after = before.replace("w5x7 ", "changed ").replace("w180x7 ", "changed ")

    removed = [run.text for run in runs(before, after) if run.kind == "removed"]
    assert [text.split()[0] for text in removed] == ["w5x0", "w180x0"]
    assert all(text.endswith("x14\n") for text in removed)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a " * 2_500, "b a " * 1_250),
        ("a b " * 600, "b a c " * 400),
        ("a b c d e f g h " * 85, "h g f e d c b a " * 85),
        ("a\n" * 500_000, "b\na\n" * 200_000),
        ("x" * 1_000_000, "y" * 1_000_000),
    ],
)
def test_no_two_texts_take_long(before: str, after: str) -> None:
    started = process_time()
    found = runs(before, after)
    assert process_time() - started < 5
    assert "".join(run.text for run in found if run.kind != "added") == before
