"""What holds of all that somebody said on a channel, and what may be written over it."""

from __future__ import annotations

import pytest

from crmgov.records.rules.contactability import holding, objection


@pytest.mark.parametrize(
    ("said", "news", "any_"),
    [
        ({}, "unknown", "unknown"),
        ({"news": "opted_in"}, "opted_in", "unknown"),
        ({"news": "opted_out"}, "opted_out", "unknown"),
        ({"any": "opted_in"}, "unknown", "opted_in"),
        ({"any": "opted_out"}, "opted_out", "opted_out"),
        ({"any": "opted_out", "news": "opted_in"}, "opted_out", "opted_out"),
        ({"any": "opted_in", "news": "opted_out"}, "opted_out", "opted_in"),
        ({"any": "unknown", "news": "opted_in"}, "opted_in", "unknown"),
        ({"offers": "opted_out"}, "unknown", "unknown"),
    ],
)
def test_what_holds(said: dict[str, str], news: str, any_: str) -> None:
    assert (holding("news", said), holding("any", said)) == (news, any_)


@pytest.mark.parametrize(
    ("purpose", "state", "said", "by_us", "by_another"),
    [
        ("news", "opted_in", {}, "", ""),
        ("news", "opted_in", {"news": "opted_out"}, "", "opted_out_here"),
        ("news", "unknown", {"news": "opted_out"}, "", "opted_out_here"),
        ("news", "opted_out", {"news": "opted_out"}, "", ""),
        ("news", "opted_out", {"any": "opted_in"}, "", ""),
        ("news", "opted_in", {"any": "opted_out"}, "objected_to_all", "objected_to_all"),
        ("news", "unknown", {"any": "opted_out"}, "", ""),
        ("any", "opted_in", {"any": "opted_out"}, "", "opted_out_here"),
        ("any", "opted_in", {"news": "opted_out"}, "", ""),
        ("news", "opted_in", {"any": "opted_in", "offers": "opted_out"}, "", ""),
    ],
)
def test_what_may_be_written(
    purpose: str, state: str, said: dict[str, str], by_us: str, by_another: str
) -> None:
    assert objection(purpose, state, said, theirs=False) == by_us
    assert objection(purpose, state, said, theirs=True) == by_another
