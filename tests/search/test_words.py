"""Any text is read into words that an index can find."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmgov.records.rules import searches


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("  Halden \t Marine\n", "Halden Marine"),
        ("a\x00b", "ab"),
        ("\u202eHalden\u202c\u200b", "Halden"),
        ("Cafe\u0301", "Caf\u00e9"),
        ("\ud800", ""),
        ("", ""),
    ],
)
def test_what_cannot_be_seen_is_not_looked_for(raw: str, text: str) -> None:
    assert searches.read(raw).text == text


def test_more_than_a_name_can_hold_is_cut_and_said() -> None:
    assert searches.read("x" * 10_000).cut
    assert len(searches.read("x" * 10_000).text) == searches.LONGEST
    assert searches.read(" ".join("abcdefghi")).cut
    assert not searches.read("Halden Marine").cut


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("hal", ("%hal%",)),
        ("ha", ("ha%", "% ha%")),
        ("h", ("h%", "% h%")),
        ("a.b", ("a.b%", "% a.b%")),
        ("100%", ("%100\\%%",)),
        ("a_c\\d", ("a\\_c\\\\d%", "% a\\_c\\\\d%")),
    ],
)
def test_a_short_word_is_looked_for_where_words_begin(word: str, found: tuple[str, ...]) -> None:
    assert searches.patterns(word) == found


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("4812", 4812),
        ("#4812", 4812),
        ("suggestion 4812", 4812),
        ("Suggestion no. 12", 12),
        ("4812 Main Street", None),
        ("٤٨١٢", None),
        ("9" * 19, None),
    ],
)
def test_a_number_names_a_suggestion(text: str, number: int | None) -> None:
    assert searches.read(text).number == number


@given(st.text(max_size=2_000))
def test_any_text_is_read(raw: str) -> None:
    query = searches.read(raw)
    assert len(query.text) <= searches.LONGEST
    assert len(query.words) <= searches.MOST_WORDS
    assert query.key is None or str(query.key).replace("-", "") in query.text.lower().replace("-", "")
    query.text.encode()
