"""Tables of customers that never were, drawn from a seed: what moves the outcome in each is known."""

from __future__ import annotations

import os
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

TELCO = Path(__file__).parents[4] / "shared" / "data" / "telco_churn" / "telco_churn.csv"
# Never skipped with CI=true.
NO_TELCO = not TELCO.is_file() and os.environ.get("CI") != "true"
Columns = dict[str, list[Any]]


def customers(n: int = 700, *, seed: int = 1, moved: float = 0.0, lifted: float = 0.0) -> Columns:
    """Usage and tenure decide. `moved` shifts the usage of all, `lifted` the risk of small ones for no reason given."""
    random = np.random.default_rng(seed)
    usage, tenure = random.normal(size=n) + moved, random.integers(1, 60, n)
    segment = random.choice(["small", "mid"], n)
    odds = -1 + 1.1 * usage - 0.02 * tenure + 0.4 * (segment == "small") + lifted * (segment == "small")
    left = random.random(n) < 1 / (1 + np.exp(-odds))
    return {
        "usage": usage.tolist(),
        "tenure": tenure.tolist(),
        "segment": segment.tolist(),
        "left": ["yes" if one else "no" for one in left],
    }


def joined(first: Columns, second: Columns) -> Columns:
    """The rows of both, a day for every ten of them."""
    both = {name: first[name] + second[name] for name in first}
    n = len(both["left"])
    return {**both, "at": [date(2025, 1, 1) + timedelta(days=row // 10) for row in range(n)]}


def leaking(n: int = 500) -> Columns:
    """Customers with a column written afterwards, one made of the answers, and one filled for those who left."""
    table = customers(n, seed=2)
    random = np.random.default_rng(20)
    left = np.array([value == "yes" for value in table["left"]])
    region = random.choice(list("ABCDEF"), n)
    rates = {name: round(float(left[region == name].mean()), 4) for name in sorted(set(region))}
    return {
        **table,
        "region": region.tolist(),
        "final_invoice": (left * 100 + random.normal(size=n)).tolist(),
        "region_rate": [rates[name] for name in region],
        "reason": ["price" if gone and random.random() < 0.6 else None for gone in left],
    }


def noise(n: int = 300) -> Columns:
    """Nothing in it has anything to do with who left."""
    random = np.random.default_rng(3)
    return {
        "a": random.normal(size=n).tolist(),
        "b": random.choice(list("pqr"), n).tolist(),
        "left": [bool(one) for one in random.random(n) < 0.3],
    }


def bent(n: int = 500) -> Columns:
    """Those leave whose usage and seats lie on the same side: a line sees nothing of that."""
    random = np.random.default_rng(4)
    usage, seats = random.normal(size=n), random.normal(size=n)
    left = random.random(n) < np.where(usage * seats > 0, 0.8, 0.15)
    return {"usage": usage.tolist(), "seats": seats.tolist(), "left": [bool(one) for one in left]}
