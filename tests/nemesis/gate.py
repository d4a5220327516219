"""The promises of the gate over 100,000 generated cases; one case is asked everything.

A thousand cases have one seed, so that the same number of cases is always the same cases, whoever runs them.
"""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from approvals.rules import gate
from approvals.rules.facts import Facts
from approvals.rules.findings import VERDICTS
from approvals.rules.vocabulary import Outcome
from tests.rules import properties
from tests.rules.properties import FLOORS, ODD_NUMBERS, ODD_SHARES, WORDS
from tests.rules.riskier import RISKIER
from tests.rules.worlds import CALM, WILD

BLOCK = 1_000
# With fewer cases than this chance may leave out an outcome or a risk.
ENOUGH = 5_000
# Blocks between two lines of progress.
TOLD = 10


@dataclass
class Tally:
    """How often each question was asked, what came out, and what broke."""

    asked: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    noticed: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    # Cases in which a watched rule would have caught something.
    watched: int = 0

    def add(self, other: Tally) -> None:
        self.asked += other.asked
        self.outcomes += other.outcomes
        self.rules += other.rules
        self.noticed += other.noticed
        self.broken += other.broken
        self.watched += other.watched


def run(cases: int) -> int:
    started = time.monotonic()
    blocks = [(number, min(BLOCK, cases - start)) for number, start in enumerate(range(0, cases, BLOCK))]
    with ProcessPoolExecutor(os.cpu_count()) as workers:
        tally = total(workers.map(block, *zip(*blocks, strict=True)))
    for question, count in tally.asked.items():
        print(f"  {question}: {count:,}")
    print(f"outcomes {dict(tally.outcomes)}")
    print(f"watched rules caught something in {tally.watched:,}")
    print(f"rules raised {len(tally.rules)}, seldom: {dict(tally.rules.most_common()[-3:])}")
    print(f"risks that made it stricter or said more: {len(tally.noticed)} of {len(RISKIER)}")
    found = [*tally.broken, *(missing(tally) if cases >= ENOUGH else [])]
    for one in found[:5]:
        print(f"BROKEN: {one}")
    print(
        f"{cases:,} cases in {time.monotonic() - started:.0f} s: {'NOT HELD' if found else 'every promise held'}"
    )
    return 1 if found else 0


def block(number: int, cases: int) -> Tally:
    """So many cases with one seed. What breaks is told with the smallest facts that break it."""
    tally = Tally()

    @seed(number)
    @settings(
        max_examples=cases,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(
        st.tuples(st.just(False), WILD) | st.tuples(st.just(True), CALM),
        ODD_NUMBERS,
        ODD_SHARES,
        st.sampled_from(sorted(FLOORS)),
        WORDS,
    )
    def holds(world: tuple[bool, Facts], odd: str, share: float, floor: str, words: str) -> None:
        calm, facts = world
        _ask(tally, facts, odd, share, words)
        if calm:
            properties.holds_at_a_floor(facts, floor)
            tally.asked["fail-closed: a floor in code (calm cases)"] += 1

    try:
        holds()
    except Exception as error:  # Total means: none of any kind.
        tally.broken.append(_told(number, error))
    return tally


def total(tallies: Iterable[Tally]) -> Tally:
    found = Tally()
    for number, one in enumerate(tallies, start=1):
        found.add(one)
        if one.broken or number % TOLD == 0:
            print(
                f"  {number} blocks, {len(found.broken)} broken {one.broken[:1]}", file=sys.stderr, flush=True
            )
    return found


def missing(tally: Tally) -> list[str]:
    """It would hold of a gate that queues everything, and of risks that change nothing."""
    unseen = {str(outcome) for outcome in Outcome} - set(tally.outcomes)
    unnoticed = set(RISKIER) - set(tally.noticed)
    never = set(VERDICTS) - set(tally.rules)
    return [f"never seen: {sorted(names)}" for names in (unseen, unnoticed, never) if names]


def _ask(tally: Tally, facts: Facts, odd: str, share: float, words: str) -> None:
    properties.is_readable(facts)
    tally.asked["total: every finding known and readable"] += 1
    properties.stops_at_odd_numbers(facts, odd, share)
    tally.asked["total and fail-closed: numbers that are none"] += 1
    properties.judges_the_same_again(facts)
    tally.asked["deterministic: the same again, also after storage"] += 1
    outcome, noticed = properties.never_loosens(facts)
    tally.asked[f"monotone: {len(RISKIER)} risks each"] += 1
    properties.queues_without_a_policy(facts)
    tally.asked["fail-closed: nothing runs without a policy"] += 1
    properties.agrees_with_itself(facts)
    tally.asked["verdict, items, level and outcome agree"] += 1
    properties.words_decide_nothing(facts, words)
    tally.asked["free text decides nothing"] += 1
    tally.watched += properties.watching_changes_nothing(facts)
    tally.asked["a monitored rule changed no verdict"] += 1
    tally.outcomes[str(outcome)] += 1
    tally.noticed.update(noticed)
    tally.rules.update({finding.rule for finding in gate.judge(facts).findings})


def _told(number: int, error: Exception) -> str:
    notes = " ".join(getattr(error, "__notes__", []))
    return f"block {number}: {type(error).__name__} {error} {notes}"[:2_000]
