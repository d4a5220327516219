"""The verbs on the way to a decision: which of them an open suggestion allows. None of them changes its status."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Verb(StrEnum):
    ASK = "ask"
    ANSWER = "answer"
    ESCALATE = "escalate"
    SNOOZE = "snooze"
    WAKE = "wake"
    REASSIGN = "reassign"
    CLAIM = "claim"
    TAKE_OVER = "take_over"


@dataclass(frozen=True, slots=True)
class Way:
    """How an open suggestion stands. `held_by` names somebody else whose claim still runs; empty for nobody."""

    asked: bool = False
    escalated: bool = False
    in_conflict: bool = False
    snoozed_until: datetime | None = None
    held_by: str = ""

    def sleeps(self, at: datetime) -> bool:
        """Whether it is out of sight now. It wakes by the clock alone."""
        return self.snoozed_until is not None and self.snoozed_until > at


def why_not(verb: Verb, way: Way, at: datetime) -> str:
    """Why this cannot be done to it now, in a sentence; empty where it can."""
    rule = RULES.get(verb)
    return rule(way, at) if rule is not None else ""


def _ask(way: Way, at: datetime) -> str:
    if way.asked:
        return "It was asked back already, and the answer is not here yet. It can be decided all the same."
    if way.in_conflict:
        return "Two claims stand against each other here. Settling the conflict decides this one too."
    return ""


def _answer(way: Way, at: datetime) -> str:
    return "" if way.asked else "No question is open here."


def _escalate(way: Way, at: datetime) -> str:
    return "It was escalated already, and stands first until it is decided." if way.escalated else ""


def _snooze(way: Way, at: datetime) -> str:
    return "It was escalated, so it stays in sight until it is decided." if way.escalated else ""


def _wake(way: Way, at: datetime) -> str:
    return "" if way.sleeps(at) else "It is awake already."


def _claim(way: Way, at: datetime) -> str:
    return f"{way.held_by} has it. Take it over if you decide it now." if way.held_by else ""


RULES: dict[Verb, Callable[[Way, datetime], str]] = {
    Verb.ASK: _ask,
    Verb.ANSWER: _answer,
    Verb.ESCALATE: _escalate,
    Verb.SNOOZE: _snooze,
    Verb.WAKE: _wake,
    Verb.CLAIM: _claim,
}
