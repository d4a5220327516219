"""Two reviewers press at the same moment: real threads, real commits, a barrier."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from threading import Barrier, Thread

from django.db import connections

from approvals.models import Decision, Suggestion
from approvals.services.recording import AlreadyDecided
from crmgov.people.models import User
from tests.decisions import scene

# A thread that never arrives must fail the race, not hang it.
PATIENCE_SECONDS = 30


@dataclass
class Tally:
    """What happened over all rounds. `told` counts losers who learned what was chosen; `odd` everything else."""

    won: int = 0
    told: int = 0
    odd: Counter[str] = field(default_factory=Counter)
    decisions: Counter[int] = field(default_factory=Counter)

    @property
    def fair(self) -> bool:
        """One decision each, and the other reviewer told."""
        rounds = sum(self.decisions.values())
        return not self.odd and self.won == self.told == rounds and set(self.decisions) == {1}


def race(suggestions: Sequence[Suggestion], reviewers: tuple[User, User]) -> Tally:
    """Let both decide each suggestion: one approves, the other approves or rejects, in turn."""
    tally = Tally()
    for number, suggestion in enumerate(suggestions):
        seen = scene.digest(suggestion)
        first = partial(scene.approve, suggestion, reviewers[0], seen_digest=seen)
        other = scene.reject if number % 2 else partial(scene.approve, seen_digest=seen)
        presses = [first, partial(other, suggestion, reviewers[1])]
        for outcome in at_once(presses):
            if outcome is None:
                tally.won += 1
            elif isinstance(outcome, AlreadyDecided):
                tally.told += 1
            else:
                tally.odd[type(outcome).__name__] += 1
        tally.decisions[Decision.objects.filter(suggestion=suggestion).count()] += 1
    return tally


def at_once(calls: Sequence[Callable[[], object]]) -> list[Exception | None]:
    """Call each in a thread of its own, all released together; what each raised."""
    barrier, raised = Barrier(len(calls)), [None] * len(calls)
    threads = [Thread(target=_run, args=(barrier, call, raised, place)) for place, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
    assert not any(thread.is_alive() for thread in threads), "a thread hangs"
    return list(raised)


def _run(barrier: Barrier, call: Callable[[], object], raised: list[Exception | None], place: int) -> None:
    try:
        barrier.wait(PATIENCE_SECONDS)
        call()
    except Exception as error:
        raised[place] = error
    finally:
        connections.close_all()
