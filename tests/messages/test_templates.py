"""Templates of messages: fixed text and fields, never a hole, and nothing of the template language beside."""

from __future__ import annotations

from dataclasses import dataclass
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.rules.message_html import clean
from approvals.services.templates import BadTemplate, EmptyField, TooLong, fields_of, preview, render

ANNA = {
    "contact.first_name": "Anna",
    "contact.title": "",
    "contact.language": "de",
    "account.name": "Acme & Söhne <b>GmbH</b>",
}


@dataclass(frozen=True)
class Version:
    subject: str
    body: str


def body(source: str, values: dict[str, str] | None = None) -> str:
    return render(Version("Hi", source), ANNA if values is None else values).body_html


def test_fields_are_filled_and_escaped_where_there_is_html() -> None:
    rendered = render(
        Version("{{ account.name }}: renewal", "<p>Hello {{contact.first_name}} of {{ account.name }}.</p>"),
        ANNA,
    )

    assert rendered.subject == "Acme & Söhne <b>GmbH</b>: renewal"
    assert rendered.body_html == "<p>Hello Anna of Acme &amp; Söhne &lt;b&gt;GmbH&lt;/b&gt;.</p>"
    assert rendered.fields_used == ("account.name", "contact.first_name")
    assert rendered.missing == ()
    assert "<b>GmbH</b>" in clean(rendered.body_html).text


def test_plain_text_becomes_paragraphs_and_no_value_becomes_a_tag() -> None:
    assert body("Hello {{ contact.first_name }},\n\n{{ account.name }} & co") == (
        "<p>Hello Anna,</p><p>Acme &amp; Söhne &lt;b&gt;GmbH&lt;/b&gt; &amp; co</p>"
    )


@pytest.mark.parametrize("value", ["", " ", "\u200b", "\u3164", "-", ".", "\n", None])
def test_an_empty_field_stops_the_message(value: str | None) -> None:
    values = {**ANNA, "contact.first_name": value} if value is not None else {}

    with pytest.raises(EmptyField) as refused:
        body("<p>Hello {{ contact.first_name }},</p>", values)

    assert refused.value.missing == ("contact.first_name",)
    assert refused.value.say == "contact.first_name has no value here, so nothing was written."


def test_a_hole_in_the_subject_stops_it_too_and_the_preview_shows_both() -> None:
    version = Version("For {{ contact.nickname }}", "Hello {{ contact.title }}{{ contact.first_name }}")
    with pytest.raises(EmptyField):
        render(version, ANNA)

    shown = preview(version, ANNA)
    assert (shown.subject, shown.body_html) == ("For [contact.nickname]", "<p>Hello [contact.title]Anna</p>")
    assert shown.missing == ("contact.nickname", "contact.title")


def test_a_condition_keeps_what_would_be_empty_away() -> None:
    source = "{% if contact.title %}{{ contact.title }} {% else %}Dear {% endif %}{{ contact.first_name }}"

    assert body(source) == "<p>Dear Anna</p>"
    assert body(source, {**ANNA, "contact.title": "Dr."}) == "<p>Dr. Anna</p>"
    assert render(Version("Hi", source), ANNA).fields_used == ("contact.title", "contact.first_name")
    assert body('{% if contact.language == "de" and not contact.title %}Hallo{% else %}Hello{% endif %}') == (
        "<p>Hallo</p>"
    )
    assert (
        body("{% if contact.language != 'de' or contact.title %}Hello{% else %}Hallo{% endif %}")
        == "<p>Hallo</p>"
    )


def test_a_value_is_text_of_one_line_and_never_a_template() -> None:
    values = {"a": "{{ contact.first_name }}{% if %}", "b": "x\r\nBcc: y\u202e", "c": "z" * 600}

    assert body("<p>{{ a }}|{{ b }}|{{ c }}</p>", values) == (
        "<p>{{ contact.first_name }}{% if %}|x Bcc: y|" + "z" * 500 + "</p>"
    )


def test_the_fields_of_a_template_are_listed_once() -> None:
    source = "{{ b.c }}{% if a and d.e_f == 'not x.y' %}{{ b.c }}{% endif %}{{a}}"
    assert fields_of(source) == ("b.c", "a", "d.e_f")


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("one\n{{ contact.first_name|default:'you' }}", 2),
        ("{{ contact.first_name.upper.__class__ }}", 1),
        ("{{ contact._state }}", 1),
        ("{{ Contact.name }}", 1),
        ("{{ }}", 1),
        ("{{ a.b.c.d.e }}", 1),
        ("{{ 'x' }}", 1),
        ("{{ a b }}", 1),
        ("\n\n{{ contact.first_name", 3),
        ("{{ contact.\nfirst_name }}", 1),
        ("}}", 1),
        ("a\nb %} c", 2),
        ("{# remark #}", 1),
        ("{% for x in y %}{% endfor %}", 1),
        ("{% include 'x' %}", 1),
        ("{% load i18n %}", 1),
        ("{% extends 'x' %}", 1),
        ("{% verbatim %}{{ a }}{% endverbatim %}", 1),
        ("{% autoescape off %}{{ a }}{% endautoescape %}", 1),
        ("{% debug %}", 1),
        ("{% csrf_token %}", 1),
        ("{% now 'Y' %}", 1),
        ("{% %}", 1),
        ("{% if %}x{% endif %}", 1),
        ("{% if a|length %}x{% endif %}", 1),
        ("{% if a > 1 %}x{% endif %}", 1),
        ("{% if a in b %}x{% endif %}", 1),
        ("{% if a %}x{% elif b %}y{% endif %}", 1),
        ("{% if a %}\n{% if b %}", 2),
        ("x\n{% endif %}", 2),
        ("{% else %}", 1),
        ("{% if a %}{% else %}{% else %}{% endif %}", 1),
        ("{% if a %}{% endif a %}", 1),
        ("{% if a %}" * 9 + "{% endif %}" * 9, 1),
        ("x" * 20_001, 1),
        ("{{ a }}" * 401, 1),
        ("<a href='{{ contact.website }}'>x</a>", 1),
        ("<p title={{ a }}>x</p>", 1),
        ("see https://docs.crm.example{{ a }}", 1),
        ("see https://docs.crm.example/{{ a }}", 1),
        ("see https://docs{% if a %}.crm{% endif %}{{ b }}", 1),
        ("see www.crm.example/{{ a }}", 1),
        ("<a href='{% if a %}x{% endif %}'>x</a>", 1),
        ("{% if a %} {% else %}https://docs{% endif %}{{ b }}", 1),
    ],
)
def test_anything_else_of_the_language_is_refused_with_its_line(source: str, line: int) -> None:
    with pytest.raises(BadTemplate) as refused:
        preview(Version("Hi", source), ANNA)

    assert refused.value.line == line
    assert refused.value.say.startswith(f"Line {line}: ")
    with pytest.raises(BadTemplate):
        preview(Version(source, "Hi"), ANNA)


def test_a_field_may_stand_behind_a_link() -> None:
    source = '<p><a href="https://x.example/">docs</a>{% if a %}, {{ a }}{% endif %}: https://x.example, {{ a }}</p>'
    assert body(source, {"a": "x"}).endswith("</a>, x: https://x.example, x</p>")


def test_a_field_cannot_hold_another() -> None:
    for source in ("{{ a }}{{ a.b }}", "{{ a.b }}{{ a }}"):
        with pytest.raises(BadTemplate):
            body(source, {"a": "x", "a.b": "y"})


def test_what_becomes_too_long_is_refused_and_nothing_takes_long() -> None:
    started = process_time()
    with pytest.raises(TooLong):
        body("{{ a }}" * 400, {"a": "x" * 1_000_000})
    for unit in ("{{ a", "{% if a %}", "<", "https://", "{", "{{a}}", "{% if a and b %}{% endif %}"):
        with pytest.raises(BadTemplate):
            fields_of(unit * (20_000 // len(unit)) + "{{")
    assert process_time() - started < 5


PARTS = st.sampled_from(
    ["{{", "}}", "{%", "%}", "if ", "endif", " a ", "a.b", "{#", "#}", "\n", "<a href='", "==", '"x"']
)


@given(st.lists(PARTS | st.text(max_size=5), max_size=12).map("".join), st.text())
def test_any_source_is_rendered_whole_or_refused(source: str, value: str) -> None:
    try:
        rendered = preview(Version(source, source), {"a": value, "a.b": value})
    except BadTemplate:
        return
    assert set(rendered.missing) <= set(rendered.fields_used) <= set(fields_of(source))
