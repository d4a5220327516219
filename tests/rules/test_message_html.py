"""The body of a message: what may stand, what is taken out, and that nothing else ever gets through."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.rules.message_html import LONGEST, _strict, clean, plain
from approvals.rules.message_page import MOST_LISTS
from tests.rules.hostile_messages import hostile_messages, tricks

PIECES = st.sampled_from(
    [*(one for one in tricks() if len(one) < 300), "<p>", "</p>", "<a href=", '"', "<", ">", "&"]
)
BODIES = st.lists(PIECES | st.text(max_size=20), max_size=8).map("".join)


class Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, tuple[tuple[str, str | None], ...]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, tuple(attrs)))


def require_harmless(html: str) -> None:
    for tag, attrs in Tags(html).seen:
        assert tag in {"p", "br", "strong", "em", "ul", "ol", "li", "a"}
        names = [name for name, _ in attrs]
        assert names == (["href"] if tag == "a" else [])
        for _, url in attrs:
            assert re.fullmatch(
                r"https://[a-z0-9.-]+\.[a-z][a-z0-9-]*/[!-~]*|https://[a-z0-9.-]+/[!-~]*", url or ""
            )


@pytest.mark.parametrize("body", list(tricks()))
def test_no_trick_of_the_table_gets_through(body: str) -> None:
    cleaned = clean(body)

    require_harmless(cleaned.html)
    assert clean(cleaned.html).html == cleaned.html
    assert not clean(cleaned.html).hidden


@given(BODIES)
def test_any_text_ends_harmless_and_cleaning_again_changes_nothing(body: str) -> None:
    cleaned = clean(body)

    require_harmless(cleaned.html)
    again = clean(cleaned.html)
    assert (again.html, again.text, again.hidden) == (cleaned.html, cleaned.text, ())
    assert not again.removed


@pytest.mark.parametrize("body", list(tricks()))
def test_the_last_pass_alone_lets_no_trick_through(body: str) -> None:
    """Whatever our own writer may do wrong one day."""
    # An anchor without an address leads nowhere.
    require_harmless(_strict(body.replace("\ud83d", "")).replace("<a>", ""))


def test_four_hundred_hostile_messages_are_the_same_ones_each_time_and_take_no_time() -> None:
    messages = hostile_messages(400)
    assert messages == hostile_messages(400)
    assert len(set(messages)) > 390

    started = process_time()
    for _, body in messages:
        require_harmless(clean(body).html)
    assert process_time() - started < 10


@pytest.mark.parametrize(
    "unit", ["<ul>", "<ul><li>", "<div>", "<b><i><a href=x>", "&#8203;", "\u200b", "<!--", "<"]
)
def test_no_body_takes_long(unit: str) -> None:
    started = process_time()
    clean(unit * (2 * LONGEST // len(unit)))
    assert process_time() - started < 3


def test_what_may_stand_stands() -> None:
    body = (
        "<p>Hello <strong>Anna</strong>,<br>see <em>this</em>:</p><ul><li>one</li><li>two</li></ul><ol><li>x</li></ol>"
        '<p><a href="https://docs.acme.example/a?b=1&amp;c=2">the docs</a></p>'
    )

    cleaned = clean(body)

    assert cleaned.html == body
    assert cleaned.removed == ()
    assert cleaned.text == (
        "Hello Anna,\nsee this:\n\n- one\n- two\n\n1. x\n\nthe docs (https://docs.acme.example/a?b=1&c=2)"
    )


def test_plain_text_becomes_paragraphs_and_keeps_its_signs() -> None:
    cleaned = clean("Hello Anna,\r\n\r\n1 < 2 & 3 > 2, AT&amp;T\nBye")

    assert cleaned.html == "<p>Hello Anna,</p><p>1 &lt; 2 &amp; 3 &gt; 2, AT&amp;amp;T<br>Bye</p>"
    assert cleaned.text == "Hello Anna,\n\n1 < 2 & 3 > 2, AT&amp;T\nBye"


def test_blocks_of_other_tags_stay_apart() -> None:
    assert clean("<div>one</div><h2>two</h2><blockquote>three</blockquote>").text == "one\n\ntwo\n\nthree"
    assert clean("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>").text == "a b\n\nc"
    assert clean("<ul><li><p>a</p><p>b</p></li><li><div>c</div></li></ul>").text == "- a\n  b\n- c"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("<p>Hi<img src=x></p>", ["1 image"]),
        ("<!DOCTYPE html><html><head></head><body><p>Hi</p></body></html>", []),
        ("<script>1</script><SCRIPT>2</SCRIPT><p onclick=x>Hi</p>", ["3 scripts"]),
        ("<style>p{}</style><p style='color:red'>Hi</p>", ["2 styles"]),
        ("<iframe></iframe><base href=x><!-- x -->Hi", ["1 base address", "1 comment", "1 frame"]),
        ("<p class=x data-y=1>Hi</p>", ["2 other attributes"]),
        ("<a href=javascript:x>a</a><a href=http://x.de>b</a>", ["2 links"]),
        ("<blink>Hi</blink>", ["1 other tag"]),
        ("x" * (LONGEST + 1), ["everything after the first 100,000 characters"]),
        ("<p>" * 4_001 + "Hi", ["all formatting, of which there was too much"]),
    ],
)
def test_what_was_taken_out_is_told(body: str, told: list[str]) -> None:
    assert [str(one) for one in clean(body).removed] == told


def test_scripts_leave_no_words_behind_and_deep_nesting_is_flat() -> None:
    assert clean("<p>Hi<script>alert(1)</script><style>p{}</style></p>").text == "Hi"
    deep = clean("<ul><li>" * 1_000 + "Hi")
    assert deep.html.count("<ul>") == MOST_LISTS
    assert deep.text.endswith("Hi")


def test_hidden_characters_are_counted_wherever_they_hide_and_taken_out() -> None:
    cleaned = clean("In\u200bvoice &#8203;&#x202e; <a href='https://a.example/\u200b'>x</a> \ud800 tab\there")

    assert [(one.codepoint, one.count) for one in cleaned.hidden] == [(0x200B, 3), (0x202E, 1), (0xD800, 1)]
    assert str(cleaned.hidden[0]) == "zero width space (U+200B) 3 times"
    assert "Invoice" in cleaned.text
    assert cleaned.links[0].url == "https://a.example/"


def test_a_symbol_of_several_characters_hides_nothing() -> None:
    cleaned = clean("Thank you ❤️ 👩\u200d💻 👍🏽 1️⃣")

    assert cleaned.hidden == ()
    assert cleaned.text == "Thank you ❤️ 👩\u200d💻 👍🏽 1️⃣"


def test_a_link_is_written_into_the_plain_text_once() -> None:
    assert plain('<p><a href="https://a.example/x">https://a.example/x</a></p>') == "https://a.example/x"
    assert plain('<p><a href="https://a.example/">a.example</a></p>') == "a.example"
    assert plain('<p>See <a href="https://a.example/x">here</a>.</p>') == "See here (https://a.example/x)."


def test_lists_in_lists_are_indented() -> None:
    html = clean("<ul><li>one<ol><li>x</li><li>y</li></ol></li><li>two</li></ul><p>end</p>").html

    assert plain(html) == "- one\n  1. x\n  2. y\n- two\n\nend"
