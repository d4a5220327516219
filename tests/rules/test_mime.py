"""The bytes of a mail: the same each time, to one person, and nothing anybody typed gets into its head."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.rules.message_html import clean
from approvals.rules.mime import BadEnvelope, Envelope, build, digest, read_back
from tests.rules.addresses import REFUSED, TAKEN
from tests.rules.hostile_messages import SUBJECTS, UNSEEN, hostile_messages

OUT = "https://crm.example/out/abc?x=1"
PLAIN = Envelope(
    sender_name="Crmgov",
    sender_address="hello@crm.example",
    reply_to="sara@crm.example",
    recipient_address="anna@acme.example",
    recipient_name="Anna Bauer",
    subject="Your renewal",
    html="<p>Hello Anna.</p>",
    text="Hello Anna.",
    message_id="<0198-1@crm.example>",
    date=datetime(2026, 11, 20, 9, 30, 12, 5, tzinfo=timezone(timedelta(hours=1))),
    list_unsubscribe=OUT,
    unsubscribe_mailto="mailto:out@crm.example?subject=abc",
    postal_address="Crmgov\nHauptstr. 1, 10115 Berlin",
)
IN_HEADERS = ("sender_name", "recipient_name", "subject")


def test_a_mail_in_full() -> None:
    mail = build(PLAIN).decode()
    boundary = mail.partition('boundary="')[2].partition('"')[0]

    assert mail.replace(boundary, "BOUNDARY").replace("\r\n", "\n") == (
        'From: "Crmgov" <hello@crm.example>\n'
        "Reply-To: sara@crm.example\n"
        'To: "Anna Bauer" <anna@acme.example>\n'
        "Subject: Your renewal\n"
        "Date: Fri, 20 Nov 2026 08:30:12 +0000\n"
        "Message-ID: <0198-1@crm.example>\n"
        "List-Unsubscribe: <https://crm.example/out/abc?x=1>,\n <mailto:out@crm.example?subject=abc>\n"
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click\n"
        "MIME-Version: 1.0\n"
        'Content-Type: multipart/alternative;\n boundary="BOUNDARY"\n'
        "\n--BOUNDARY\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n"
        "Hello Anna.\n\n--=20\nCrmgov\nHauptstr. 1, 10115 Berlin\n"
        "Unsubscribe: https://crm.example/out/abc?x=3D1\n"
        "\n--BOUNDARY\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n"
        '<!DOCTYPE html>\n<html>\n<head><meta charset=3D"utf-8"></head>\n<body>\n<p>Hello Anna.</p>\n<hr>\n'
        '<p>Crmgov<br>Hauptstr. 1, 10115 Berlin<br><a href=3D"https://crm.example/ou=\nt/abc?x=3D1">Unsubscribe</a>'
        "</p>\n</body>\n</html>\n\n--BOUNDARY--\n"
    )


def test_the_bytes_are_those_we_recorded() -> None:
    """Another Python or library that writes another byte would make every approval stale."""
    assert digest(build(PLAIN)) == "4486012bde3eeab0fa6f44102a955ee336e0ddf35aa28b2d7d1da849c7c1795f"


def test_another_program_reads_what_we_meant() -> None:
    subject, name = (
        "Grüße — Ihre Verlängerung im Mai, wie besprochen, für Ärzte & Söhne 👩\u200d💻",
        'Dr. Änne "Q", \\x',
    )
    html = clean("<p>Grüße, <b>Anna</b>.</p>" + "<p>" + "wort " * 300 + "</p>")

    read = read_back(
        build(replace(PLAIN, subject=subject, recipient_name=name, html=html.html, text=html.text))
    )

    assert read.subject == subject
    assert (read.sender, read.recipients) == ("hello@crm.example", ("anna@acme.example",))
    assert (read.message_id, read.one_click) == ("<0198-1@crm.example>", True)
    assert read.list_unsubscribe == (OUT, "mailto:out@crm.example?subject=abc")
    assert read.text.startswith("Grüße, Anna.\n\nwort wort")
    assert html.html in read.html
    for part in (read.html, read.text):
        assert "Hauptstr. 1" in part
        assert OUT in part


def test_a_long_address_to_unsubscribe_stays_one_that_programs_follow() -> None:
    out = f"https://crm.example/out/{'a' * 600}"
    mail = build(replace(PLAIN, list_unsubscribe=out))

    assert f"List-Unsubscribe: <{out}>,".encode() in mail
    assert read_back(mail).list_unsubscribe[0] == out


@pytest.mark.parametrize("address", REFUSED)
@pytest.mark.parametrize(("field", "header"), [("recipient_address", "To"), ("sender_address", "From")])
def test_what_is_not_one_address_is_refused(address: str, field: str, header: str) -> None:
    with pytest.raises(BadEnvelope) as refused:
        build(replace(PLAIN, **{field: address}))  # type: ignore[arg-type]
    assert refused.value.header == header


@pytest.mark.parametrize(("address", "sent"), TAKEN.items())
def test_an_odd_address_is_sent_with_its_host_in_ascii(address: str, sent: str) -> None:
    assert read_back(build(replace(PLAIN, recipient_address=address))).recipients == (sent,)


def test_a_name_with_signs_of_the_head_is_a_name() -> None:
    name = 'Bauer, "Anna" \\ <x@evil.example>; a: b'
    mail = build(replace(PLAIN, recipient_name=name))

    assert read_back(mail).recipients == ("anna@acme.example",)
    assert b'To: "Bauer, \\"Anna\\" \\\\ <x@evil.example>; a: b" <anna@acme.example>\r\n' in mail


def test_letters_only_some_servers_take_need_a_yes() -> None:
    mail = build(replace(PLAIN, recipient_address="änne@acme.example", smtputf8=True))

    assert "<änne@acme.example>".encode() in mail
    with pytest.raises(BadEnvelope):
        build(replace(PLAIN, recipient_address="än\u3164ne@acme.example", smtputf8=True))


@pytest.mark.parametrize("field", IN_HEADERS)
@pytest.mark.parametrize(
    "value", ["a\r\nBcc: x@evil.example", "a\nb", "a\rb", "a\x00", "a\tb", "\u202ea", "a\u200bb", "\ud800"]
)
def test_a_character_that_ends_or_turns_a_line_is_refused(field: str, value: str) -> None:
    with pytest.raises(BadEnvelope):
        build(replace(PLAIN, **{field: value}))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("field", "value", "header"),
    [
        ("list_unsubscribe", "", "List-Unsubscribe"),
        ("list_unsubscribe", "http://crm.example/", "List-Unsubscribe"),
        ("list_unsubscribe", "https://crm.example/a,b", "List-Unsubscribe"),
        ("list_unsubscribe", "https://crm.example/>\r\nBcc: x@evil.example", "List-Unsubscribe"),
        ("unsubscribe_mailto", "out@crm.example", "List-Unsubscribe"),
        ("unsubscribe_mailto", "mailto:out@crm.example,x@evil.example", "List-Unsubscribe"),
        ("postal_address", " \n", "Postal address"),
        ("postal_address", "Berlin\u202e", "Postal address"),
        ("unsubscribe_words", "\u200b", "Unsubscribe"),
        ("subject", " ", "Subject"),
        ("subject", "x" * 251, "Subject"),
        ("html", "<p>Hi<img src=x></p>", "Body"),
        ("html", "Hi", "Body"),
        ("html", "", "Body"),
        ("text", "Hello Anna. https://evil.example/", "Body"),
        ("html", "<p>Hello Anna.\u200b</p>", "Body"),
        ("message_id", "0198@crm.example", "Message-ID"),
        ("message_id", "<a@crm.example>\r\nBcc: x@evil.example", "Message-ID"),
        ("date", datetime(2026, 11, 20), "Date"),  # noqa: DTZ001
        ("reply_to", "a@b.example, c@d.example", "Reply-To"),
        ("extra", (("Bcc", "x@evil.example"),), "Extra headers"),
        ("extra", (("X-A", "1"), ("x-a", "2")), "Extra headers"),
        ("extra", (("X-A", "1"), ("X-a", "2")), "Extra headers"),
        ("extra", (("X-A", "1\r\nBcc: x@evil.example"),), "X-A"),
    ],
)
def test_a_bad_envelope_is_refused_by_the_name_of_its_header(field: str, value: object, header: str) -> None:
    with pytest.raises(BadEnvelope) as refused:
        build(replace(PLAIN, **{field: value}))  # type: ignore[arg-type]
    assert refused.value.header == header
    assert header in refused.value.say


def test_other_mail_needs_no_way_out() -> None:
    mail = build(
        replace(PLAIN, commercial=False, list_unsubscribe="", unsubscribe_mailto="", postal_address="")
    )

    assert b"List-Unsubscribe" not in mail
    assert read_back(mail).text == "Hello Anna.\n"


@given(st.sampled_from(IN_HEADERS), st.text(max_size=120) | st.sampled_from([*SUBJECTS, *UNSEEN]))
def test_whatever_stands_in_the_head_there_is_one_recipient_and_no_header_more(
    field: str, value: str
) -> None:
    try:
        mail = build(replace(PLAIN, **{field: value}))  # type: ignore[arg-type]
    except BadEnvelope:
        return
    read = read_back(mail)
    assert read.recipients == ("anna@acme.example",)
    names = [
        line.partition(b":")[0] for line in mail.partition(b"\r\n\r\n")[0].split(b"\r\n") if line[:1] != b" "
    ]
    assert names == [
        b"From", b"Reply-To", b"To", b"Subject", b"Date", b"Message-ID", b"List-Unsubscribe",
        b"List-Unsubscribe-Post", b"MIME-Version", b"Content-Type",
    ]  # fmt: skip
    if field == "subject":
        assert read.subject == value


def test_hostile_bodies_arrive_as_they_were_cleaned() -> None:
    for _, body in hostile_messages(400)[::2]:
        cleaned = clean(body)
        if not cleaned.text.strip():
            continue
        mail = build(replace(PLAIN, html=cleaned.html, text=cleaned.text))
        read = read_back(mail)
        assert mail == build(replace(PLAIN, html=cleaned.html, text=cleaned.text))
        assert cleaned.html in read.html
        assert read.text.startswith(cleaned.text)
        assert b"\n" not in mail.replace(b"\r\n", b"")
        assert max(map(len, mail.split(b"\r\n"))) <= 998


def test_no_line_is_longer_than_a_server_takes() -> None:
    far = f"https://crm.example/{'a' * 870}"
    fullest = replace(
        PLAIN,
        sender_name='"' * 250,
        recipient_name="ü" * 250,
        subject="x" * 250,
        list_unsubscribe=far,
        unsubscribe_mailto=f"mailto:out@crm.example?{'a' * 400}",
        extra=(("X-Long", "a" * 990),),
    )

    assert max(map(len, build(fullest).split(b"\r\n"))) <= 998


def test_the_foot_is_text_whatever_its_signs() -> None:
    read = read_back(build(replace(PLAIN, postal_address="A & B <b>GmbH</b>", unsubscribe_words="<Out>")))

    assert "A &amp; B &lt;b&gt;GmbH&lt;/b&gt;<br>" in read.html
    assert "&lt;Out&gt;</a>" in read.html
    assert "A & B <b>GmbH</b>\n<Out>: https" in read.text


def test_two_mails_differ_in_their_bytes() -> None:
    assert digest(build(PLAIN)) != digest(build(replace(PLAIN, date=PLAIN.date + timedelta(seconds=1))))
    assert digest(build(PLAIN)) == digest(build(replace(PLAIN, date=PLAIN.date.astimezone(UTC))))
