"""Playbooks: named lists of tasks, each with the working days after which it is due. Change one and raise the version
of the workflows that follow it (a test says which)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .kinds import Case, Step, task


@dataclass(frozen=True, slots=True)
class Play:
    """One task of a playbook; `key` tells it from the others of the book and stays."""

    key: str
    title: str
    days: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Playbook:
    """`name` becomes part of the purpose of its tasks, as in “onboarding: kick-off”."""

    name: str
    plays: tuple[Play, ...]

    def steps(
        self, case: Case, *, reason: str, evidence: str = "", relied: tuple[tuple[str, Any], ...] = ()
    ) -> Iterator[Step]:
        """Its tasks about the record, but for those that were there in the last 90 days."""
        for play in self.plays:
            purpose = f"{self.name}: {play.key}"
            if purpose in case.known.late_tasks:
                continue
            yield task(
                case,
                title=play.title,
                purpose=purpose,
                due_on=case.in_days(play.days),
                note=play.note,
                reason=reason,
                evidence=evidence,
                relied=relied,
            )


ONBOARDING = Playbook(
    "onboarding",
    (
        Play(
            "handover", "Hand over from sales", 1, "What was promised, to whom, and what must not go wrong."
        ),
        Play(
            "kickoff", "Hold the kick-off", 5, "Goals, people on both sides, first date that matters to them."
        ),
        Play("access", "See that everybody can log in", 8),
        Play(
            "first_value", "Check that the first goal is reached", 20, "Ask them, do not guess from logins."
        ),
    ),
)
RECOVERY = Playbook(
    "recovery",
    (
        Play(
            "call", "Call and ask what is wrong", 1, "Listen first. Write down what they say, in their words."
        ),
        Play("plan", "Agree on what we do by when", 4),
        Play("review", "Look whether it got better", 15),
    ),
)
