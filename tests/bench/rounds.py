"""Rounds, medians, ratios."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping
from statistics import median
from typing import Any

ROUNDS = 5


def alternate(
    paths: Mapping[str, Callable[[int], object]],
    rounds: int = ROUNDS,
    before: Callable[[], None] = lambda: None,
) -> dict[str, list[float]]:
    """Run each path once a round, in turn; returns seconds per path and round. One round before warms up unseen.

    `before` lays the ground for each turn and is not timed.
    """
    seconds: dict[str, list[float]] = {name: [] for name in paths}
    for number in range(rounds + 1):
        for name, path in paths.items():
            before()
            gc.collect()
            start = time.perf_counter()
            path(number)
            if number:
                seconds[name].append(time.perf_counter() - start)
    return seconds


def report(title: str, seconds: dict[str, list[float]], ours: str = "ours") -> dict[str, Any]:
    """Print and return medians and fastest in ms, and the median over rounds of ours / theirs.

    The fastest of each are what other work on the machine disturbs least.
    """
    print(f"\n{title}")
    out: dict[str, Any] = {
        "title": title,
        "rounds": len(seconds[ours]),
        "median_ms": {},
        "fastest_ms": {},
        "ours_over": {},
    }
    for name, taken in seconds.items():
        out["median_ms"][name] = round(median(taken) * 1000, 1)
        out["fastest_ms"][name] = round(min(taken) * 1000, 1)
        ratio = median(a / b for a, b in zip(seconds[ours], taken, strict=True))
        out["ours_over"][name] = round(ratio, 4)
        said = (
            "" if name == ours else f"   ours takes {ratio:.3g} × its time (it takes {1 / ratio:.3g} × ours)"
        )
        print(f"  {name:<28}{median(taken) * 1000:>10.1f} ms, fastest {min(taken) * 1000:.1f}{said}")
    return out
