"""Where a link leads, and whether its words say so."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.rules.message_links import PARTS, hosts_named, link


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("https://docs.acme.example", "https://docs.acme.example/"),
        ("HTTPS://Docs.Acme.Example:443/A?b=1#c", "https://docs.acme.example/A?b=1#c"),
        (" https://acme.example?x=ü ", "https://acme.example/?x=%C3%BC"),
        ("https://müller.de/", "https://xn--mller-kva.de/"),
        ("https://ｅｖｉｌ.example/", "https://evil.example/"),
        ("https://evil。example/", "https://evil.example/"),
    ],
)
def test_an_https_address_is_sent_with_its_host_in_ascii(url: str, sent: str) -> None:
    found = link("Hi", url)

    assert (found.allowed, found.url) == (True, sent)


@pytest.mark.parametrize(
    "url",
    [
        "http://acme.example/",
        "javascript:alert(1)",
        "//evil.example/",
        "https:evil.example",
        "https:///evil.example",
        "https://acme.example@evil.example/",
        "https://evil.example\\@acme.example/",
        "https://evil.example:8443/",
        "https://127.0.0.1/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://[::1]/",
        "https://%65vil.example/",
        "https://localhost/",
        "https://evil.example/a b",
        "https://evil.example/\nx",
        "https://" + "a." * 300 + "example/",
        "https://evil.example/" + "x" * 1_000,
        "mailto:anna@acme.example",
        "",
    ],
)
def test_no_other_address_is_allowed(url: str) -> None:
    assert not link("Hi", url).allowed


@pytest.mark.parametrize(
    ("text", "url", "deceptive"),
    [
        ("the docs", "https://docs.acme.example/", False),
        ("docs.acme.example", "https://www.acme.example/", False),
        ("https://docs.acme.example/login", "https://evil.example/", True),
        ("acme.example", "https://acme.example.evil.example/", True),
        ("alice.github.io", "https://bob.github.io/", True),
        ("anna@acme.example", "https://evil.example/", True),
        ("version 3.5, e.g. Node.js", "https://nodejs.org/", False),
        ("müller.de", "https://xn--mller-kva.de/", False),
        ("Müller", "https://müller.de/", False),
        ("Apple", "https://аpple.com/", True),
        ("apple.com", "https://xn--80ak6aa92e.com/", True),
        ("pаypal.com", "https://evil.example/", True),
        ("paypal．com", "https://evil.example/", True),
        ("Привет", "https://пример.испытание/", False),
    ],
)
def test_a_link_deceives_when_its_words_or_its_letters_name_another_host(
    text: str, url: str, deceptive: bool
) -> None:
    assert link(text, url).deceptive is deceptive


def test_a_host_is_told_in_letters_and_in_ascii() -> None:
    found = link("x", "https://xn--pple-43d.com/")

    assert (found.host, found.punycode_host) == ("аpple.com", "xn--pple-43d.com")


def test_what_a_reader_takes_for_a_host() -> None:
    said = "See www.evil.example/x, Evil.co.uk or anna@firma.de. Version 2.0, e.g. today, co.uk, readme.txt"
    assert hosts_named(said) == ("www.evil.example", "evil.co.uk", "firma.de")


@given(st.text(), st.text() | st.from_regex(PARTS))
def test_no_address_raises_and_an_allowed_one_stays_as_it_is(text: str, url: str) -> None:
    found = link(text, url)
    if found.allowed:
        assert link(text, found.url) == found
