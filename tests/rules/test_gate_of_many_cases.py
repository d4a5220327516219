"""`script/nemesis gate` with a few cases, and that it finds a gate that breaks its promise."""

from __future__ import annotations

from dataclasses import replace

import pytest

from approvals.rules import gate as rules_gate
from approvals.rules.facts import Facts
from approvals.rules.findings import Reading
from approvals.rules.vocabulary import Verdict
from tests.nemesis import gate

CASES = 25


def test_every_question_is_asked_of_every_case() -> None:
    tally = gate.block(0, CASES)

    assert tally.broken == []
    assert {count for question, count in tally.asked.items() if "calm" not in question} == {CASES}
    assert sum(tally.outcomes.values()) == CASES


def test_the_same_block_is_the_same_cases() -> None:
    assert gate.block(3, CASES) == gate.block(3, CASES) != gate.block(4, CASES)


def test_a_gate_that_trusts_a_word_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = rules_gate.judge

    def credulous(facts: Facts) -> Reading:
        reading = honest(facts)
        trusted = facts.proposer.label > "M"
        return replace(reading, verdict=Verdict.EXECUTE, findings=()) if trusted else reading

    monkeypatch.setattr(rules_gate, "judge", credulous)

    assert gate.block(0, 200).broken != []


def test_a_gate_that_falls_over_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules_gate, "judge", lambda facts: 1 / 0)

    assert "ZeroDivisionError" in gate.block(0, CASES).broken[0]


def test_what_was_never_seen_is_told() -> None:
    assert len(gate.missing(gate.Tally())) == 3
