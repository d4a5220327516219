"""Exact keys, and which rows they link."""

from __future__ import annotations

import pytest

from crmgov.records.rules.identity_keys import company_of, exact_key, linked


@pytest.mark.parametrize(
    ("record_type", "values", "key"),
    [
        ("contact", {"email": "maya@acme.com"}, "maya@acme.com"),
        # A mailbox is one person's, wherever it is.
        ("contact", {"email": "maya@gmail.com"}, "maya@gmail.com"),
        ("contact", {"email": ""}, ""),
        ("contact", {"last_name": "Berg"}, ""),
        ("account", {"domain": "acme.com"}, "acme.com"),
        ("account", {"domain": "gmail.com"}, ""),
        ("account", {"domain": "facebook.com"}, ""),
        ("account", {"domain": None}, ""),
        ("ticket", {"subject": "acme.com"}, ""),
    ],
)
def test_what_identifies_exactly(record_type: str, values: dict[str, object], key: str) -> None:
    assert exact_key(record_type, values) == key


@pytest.mark.parametrize(
    ("email", "company"), [("maya@acme.com", "acme.com"), ("maya@gmail.com", ""), ("", ""), (None, "")]
)
def test_the_company_behind_an_address(email: str | None, company: str) -> None:
    assert company_of({"email": email}) == company


@pytest.mark.parametrize(
    ("keys", "found", "known", "links"),
    [
        ([("1", "a")], {"a": ["r1"]}, [], {"1": "r1"}),
        ([("1", "a")], {}, [], {}),
        ([("1", "a")], {"a": ["r1", "r2"]}, [], {}),
        ([("1", "a")], {"a": ["r1"]}, ["r1"], {}),
        ([("1", "a"), ("2", "a")], {"a": ["r1"]}, [], {"1": "r1"}),
        ([("1", "a"), ("2", "b")], {"a": ["r1"], "b": ["r2"]}, ["r2"], {"1": "r1"}),
    ],
)
def test_a_key_links_one_row_to_one_record(
    keys: list[tuple[str, str]], found: dict[str, list[str]], known: list[str], links: dict[str, str]
) -> None:
    assert linked(keys, found, known) == links
