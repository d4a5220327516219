"""What a text touches, however it is written."""

from __future__ import annotations

import hashlib
import re
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.rules.topic_words import LISTS, LISTS_VERSION
from approvals.rules.topics import topics_of
from tests.rules.hostile_messages import tricks

RECORDED = {1: "de338c8e38e4c2855d81460d3ba070cc6cae02ad1a98837bedc94f2cf85bf4c5"}


def names(text: str) -> list[str]:
    return [topic.name for topic in topics_of(text)]


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("I want to file a complaint.", "complaint"),
        ("We are NOT HAPPY with this.", "complaint"),
        ("we are so disappointed", "complaint"),
        ("Hiermit beschwere ich mich.", "complaint"),
        ("Ihre Dienstaufsichtsbeschwerde", "complaint"),
        ("Das ist für uns inakzeptabel", "complaint"),
        ("Wir bitten um Rückerstattung", "complaint"),
        ("please cancel our subscription", "cancellation"),
        ("we won't renew", "cancellation"),
        ("Kündigung", "cancellation"),
        ("Kuendigung", "cancellation"),
        ("KÜNDIGUNG!", "cancellation"),
        ("Ku\u0308ndigung", "cancellation"),
        ("Hiermit kündigen wir", "cancellation"),
        ("Sonderkündigungsrecht", "cancellation"),
        ("Bitte stornieren Sie", "cancellation"),
        ("We do not want to end the\n contract", "cancellation"),
        ("can we get a discount?", "pricing"),
        ("die Preiserhöhung", "pricing"),
        ("20 % Rabatt", "pricing"),
        ("our lawyers will be in touch", "legal"),
        ("under the GDPR", "legal"),
        ("Unser Rechtsanwalt", "legal"),
        ("nach DSGVO", "legal"),
        ("your password was leaked", "security"),
        ("a penetration\u00a0test", "security"),
        ("Sicherheitslücke", "security"),
        ("Passwörter", "security"),
        ("ISO 27001", "security"),
        ("no complaint at all", "complaint"),
        ("can\u200bcel", "cancellation"),
        ("can\u00adcel", "cancellation"),
        ("cаncel", "cancellation"),
        ("ｃａｎｃｅｌ", "cancellation"),
        ("cancel_this", "cancellation"),
        ("#cancel", "cancellation"),
        ("<b>cancel</b>", "cancellation"),
        ("x.cancel.y", "cancellation"),
    ],
)
def test_a_topic_is_known_by_its_words(text: str, topic: str) -> None:
    assert topic in names(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Hello Anna, see you on Tuesday.",
        "issue",
        "pursue",
        "prudent",
        "coffee",
        "Hallo Frau Bauer, bis Dienstag.",
        "end",
        "courtesy",
        "Das ist eingerichtet und umgesetzt.",
        "Verwaltung",
        "Termin",
    ],
)
def test_other_words_are_no_topic(text: str) -> None:
    assert names(text) == []


def test_the_words_are_shown_as_they_stand_there() -> None:
    (topic,) = topics_of(
        "Betreff: Sonderkündigung. Wir KÜNDIGEN, und zwar Kündigung, cancel, stornieren, Widerruf, quit."
    )

    assert topic.name == "cancellation"
    assert topic.words_found == ("Sonderkündigung", "cancel", "stornieren", "Widerruf", "quit")


def test_one_text_can_touch_all_topics() -> None:
    text = "Our lawyer cancels the price, complains, and asks for the password."
    assert names(text) == ["complaint", "cancellation", "pricing", "legal", "security"]


@given(st.text() | st.sampled_from([*tricks()]), st.text(), st.sampled_from([" ", "\n", ". "]))
def test_no_text_raises_and_more_text_never_takes_a_topic_away(one: str, other: str, between: str) -> None:
    assert set(names(one)) <= set(names(f"{one}{between}{other}"))


def test_a_million_characters_take_a_bounded_time() -> None:
    started = process_time()
    for unit in ("cance ", "ä", "\u200b", "prei kuendi"):
        topics_of(unit * (1_000_000 // len(unit)))
    topics_of(" ".join(map(str, range(160_000))))
    assert process_time() - started < 12


def test_no_word_of_the_lists_is_lost() -> None:
    """Each entry finds itself, and each is written the way a text is folded."""
    for name, listed in LISTS.items():
        entries = [entry for line in listed.split(",") if (entry := " ".join(line.split()))]
        assert len(entries) == len(set(entries)), name
        for entry in entries:
            assert re.fullmatch(r"\*?[a-z0-9]+(?: [a-z0-9]+)*\*?", entry), entry
            assert name in names(entry.strip("*")), entry


def test_whoever_changes_the_lists_raises_their_version() -> None:
    entries = [
        (name, " ".join(one.split())) for name, listed in sorted(LISTS.items()) for one in listed.split(",")
    ]
    summed = hashlib.sha256(repr(entries).encode()).hexdigest()
    assert RECORDED[LISTS_VERSION] == summed, (
        f"Set LISTS_VERSION to {LISTS_VERSION + 1} and record {summed!r} here."
    )
