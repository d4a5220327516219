"""A challenger is called better only where it is, however often one looks."""

from __future__ import annotations

import random

from scoring import duels


def of(n: int, luck: random.Random, *, noise: float) -> list[tuple[float, float, bool]]:
    """The challenger says the truth; the champion is off by `noise` either way."""
    found = []
    for _ in range(n):
        truth = luck.uniform(0.05, 0.95)
        said = min(max(truth + luck.choice((-noise, noise)), 0.0), 1.0)
        found.append((said, truth, luck.random() < truth))
    return found


def test_a_better_one_is_found_and_the_mirror_image_is_worse() -> None:
    found = of(2_000, random.Random(7), noise=0.3)

    duel = duels.fought(found)
    mirrored = duels.fought((q, p, y) for p, q, y in found)

    assert (duel.n, duel.verdict, mirrored.verdict) == (2_000, "better", "worse")
    assert duel.challenger < duel.champion


def test_two_alike_stay_open_in_nineteen_of_twenty() -> None:
    """Both are off by the same, so either verdict is wrong; each is allowed one time in twenty."""
    luck = random.Random(11)
    verdicts = []
    for _ in range(200):
        rows = [(p, min(max(2 * truth - p, 0.0), 1.0), y) for p, truth, y in of(300, luck, noise=0.05)]
        verdicts.append(duels.fought(rows).verdict)

    assert verdicts.count("open") >= 180


def test_nothing_is_proven_by_nothing() -> None:
    assert duels.fought([]) == duels.Duel(0, 0.0, 0.0, 1.0, 1.0)


def test_what_was_proven_once_stays_proven() -> None:
    found = of(2_000, random.Random(7), noise=0.3)
    ends = [(q, p, y) for p, q, y in found[:500]]

    assert duels.fought([*found, *ends]).verdict == "better"
