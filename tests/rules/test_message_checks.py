"""What speaks against a message, and that whoever writes it cannot hide it."""

from __future__ import annotations

from dataclasses import replace
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.rules.message_checks import Known, remarks
from approvals.rules.other_accounts import Accounts
from tests.rules.hostile_messages import SCRIPTS, SUBJECTS, TRACKERS, hostile_messages, tricks

OTHERS = Accounts(
    addresses=frozenset({"bob@globex.example", "x@müller.de"}),
    phones=frozenset({"+4930901820", "+14155550123", "+493012345678 ext. 12"}),
    domains=frozenset({"globex.example", "www.initech.co.uk"}),
    names=frozenset(
        {"Globex GmbH", "Initech & Söhne KG", "Acme", "Umbrella Corporation Ltd.", "IBM", "Ö AG"}
    ),
)
OWN = Accounts(
    addresses=frozenset({"anna@acme-berlin.example"}),
    domains=frozenset({"acme-berlin.example"}),
    names=frozenset({"Acme Berlin GmbH"}),
)
# Nothing of these does or loads anything once it is cleaned, nor would have.
HARMLESS = (
    "<blockquote cite",
    "<p style=",
    "<?xml",
    "<!DOCTYPE",
    "<a href='x'",
    "<details",
    "<p title=",
    "<<p>",
)
KNOWN = Known(link_hosts=frozenset({"docs.crm.example", "www.crm.example"}), own=OWN, others=OTHERS)


def codes(body: str, subject: str = "Your renewal", known: Known = KNOWN) -> list[str]:
    return [one.code for one in remarks(subject=subject, body=body, known=known)]


def test_an_ordinary_message_has_nothing_against_it() -> None:
    body = (
        "<p>Hello Anna,</p><p>your renewal is due on 12.05.2027 (order 4711-0815). None of this is new; "
        'see <a href="https://docs.crm.example/renewals">the docs</a> or www.crm.example.</p>'
        "<p>Acme Berlin has 1.250 seats, e.g. for Node.js. Call 030 1234567 or write to anna@acme-berlin.example.</p>"
    )
    assert remarks(subject="Your renewal, Anna", body=body, known=KNOWN) == ()
    assert codes("Sehr geehrte Frau Bauer,\n\nIhre Verlängerung steht an.\n\nViele Grüße") == []


@pytest.mark.parametrize(
    "body",
    [
        '<a href="https://evil.example/">Hi</a>',
        "see https://evil.example/x",
        "see evil.example/x",
        "see WWW.EVIL.EXAMPLE.",
        '<a href="https://docs.crm.example.evil.example/">Hi</a>',
        '<a href="https://more.docs.crm.example/">Hi</a>',
        "docs.cr\u200bm.example.evil.example",
    ],
)
def test_a_host_that_is_not_listed_is_named(body: str) -> None:
    assert "unlisted_host" in codes(body)


def test_the_sentences_name_what_was_found_and_stay_short() -> None:
    body = "".join(f'<a href="https://h{number}.evil.example/">Hi</a>' for number in range(9))

    assert [one.say for one in remarks(subject="Hi", body=body, known=KNOWN)] == [
        "It leads to h0.evil.example, h1.evil.example, h2.evil.example and 6 more, not on the list of hosts."
    ]


def test_a_link_that_says_another_host_is_told_with_where_it_leads() -> None:
    body = '<a href="https://evil.example/">https://docs.crm.example/</a>'
    found = {one.code: one.say for one in remarks(subject="Hi", body=body, known=KNOWN)}

    assert found["deceptive_link"] == "The words “https://docs.crm.example/” lead to evil.example."


@pytest.mark.parametrize(
    "body", [one for one in (*TRACKERS, *SCRIPTS) if "<" in one and not one.startswith(HARMLESS)]
)
def test_whatever_loads_or_acts_by_itself_is_told(body: str) -> None:
    assert {"remote_content", "active_content"} & set(codes(body))


@pytest.mark.parametrize(
    "text",
    [
        "bob@globex.example",
        "BOB@GLOBEX.EXAMPLE.",
        "bоb@globex.example",
        "b\u200bob@globex.example",
        '<a href="https://docs.crm.example/?u=bob%40globex.example">Hi</a>',
        "somebody@mail.globex.example",
        "see https://www.globex.example/x",
        "initech.co.uk",
        "+49 30 901820",
        "(030) 90 18 20",
        "0049-30-901820",
        "+49 (0)30 / 90 18 20",
        "０３０ ９０１８２０",
        "415.555.0123",
        "030 1234 5678",
        "as for Globex",
        "GLOBEX’s",
        "Glоbex",
        "Ｇｌｏｂｅｘ",
        "Glo\u00adbex",
        "Initech & Söhne",
        "&#71;lobex",
        "initech &amp; söhne kg",
        "Umbrella Corporation",
        "Acme wrote that Acme Berlin",
    ],
)
def test_what_belongs_to_another_account_is_found_however_it_is_written(text: str) -> None:
    assert "other_accounts_words" in codes(text)


@pytest.mark.parametrize(
    "text",
    [
        "Acme Berlin, ACME BERLIN GMBH",
        "Globexology",
        "IBM",
        "Ö",
        "globex",
        "30 90 18 2",
        "anna@acme-berlin.example",
        "notglobex.example.org",
        "Initech und Partner",
    ],
)
def test_what_only_resembles_it_or_is_our_own_is_not(text: str) -> None:
    known = replace(KNOWN, others=replace(OTHERS, names=OTHERS.names - {"Globex GmbH"}))
    assert "other_accounts_words" not in codes(text, known=known)


def test_what_two_accounts_share_speaks_against_neither() -> None:
    both = replace(KNOWN, own=OTHERS)
    assert "other_accounts_words" not in codes("Globex, bob@globex.example, +49 30 901820", known=both)


@pytest.mark.parametrize(
    "text",
    [
        "Hello {{ contact.first_name }},",
        "Hello {{contact.first_name",
        "{% if x %}",
        "Hi ${name},",
        "Hi %FIRST_NAME%,",
        "Hi [First name],",
        "Best, [Your Name]",
        "Hi ,\n\nhow are you",
        "<p>Hi ,</p>",
        "<p>Hi  Anna</p>",
        "Hi <strong></strong>,",
        "Dear,",
        "Dear\n",
        "Sehr geehrte Frau ,",
        "Sehr geehrter Herr,",
        "Hello None,",
        "Ihr Betrag: null.",
        "as undefined as it gets",
        "You have NaN seats",
    ],
)
def test_a_field_nobody_filled_is_told(text: str) -> None:
    assert "empty_field" in codes(text)
    assert (
        "empty_field" in codes("Hello Anna.", subject=text.removeprefix("<p>").removesuffix("</p>"))
        or "<" in text
    )


@pytest.mark.parametrize(
    "text",
    [
        "None of us",
        "Hi Anna,",
        "Dear Anna,",
        "Hello,",
        "Liebe Anna,",
        "nullable, annul",
        "100 % sure",
        "<p>Dear <b>Anna</b>,</p>",
        "<p>\n  Dear\n  <b>Anna</b></p>",
        "Hi <b>Anna</b>,",
    ],
)
def test_what_only_looks_like_an_empty_field_is_none(text: str) -> None:
    assert "empty_field" not in codes(text)


@pytest.mark.parametrize(
    "subject", ["a\nb", "a\r\nBcc: x@evil.example", "a\x00", "\u202ea", "a\u2028b", "=?utf-8?b?SGk=?="]
)
def test_a_subject_that_could_end_or_turn_its_line_is_told(subject: str) -> None:
    assert "header_injection" in codes("Hello Anna.", subject=subject)


def test_what_is_too_long_is_told_and_not_read_for_ever() -> None:
    assert codes("Hello Anna.", subject="x" * 151) == ["too_long"]
    assert "too_long" in codes("wort " * 2_001)
    started = process_time()
    for unit in ("a.", "a@", "1 ", "<a \n", "\u200b"):
        assert "too_long" in codes(unit * (1_000_000 // len(unit)), subject=unit * 100_000)
    assert process_time() - started < 12


def test_fifty_thousand_names_cost_no_second_the_second_time() -> None:
    known = replace(
        KNOWN, others=replace(OTHERS, names=frozenset(f"Company {number} GmbH" for number in range(50_000)))
    )
    assert "other_accounts_words" in codes("as for Company 4711", known=known)
    started = process_time()
    codes("wort " * 2_000, known=known)
    assert process_time() - started < 0.5


@given(st.text() | st.sampled_from(SUBJECTS), st.text() | st.sampled_from([*tricks()]))
def test_no_text_raises(subject: str, body: str) -> None:
    for one in remarks(subject=subject, body=body, known=KNOWN):
        assert one.say.endswith(".")
        assert "\n" not in one.say


def test_of_the_hostile_messages_hardly_one_has_nothing_against_it() -> None:
    silent = [
        pair for pair in hostile_messages(200) if not remarks(subject=pair[0], body=pair[1], known=Known())
    ]
    # Scripts written as text and broken tags are harmless words once they are cleaned.
    assert len(silent) < 30
