"""“Did you mean …?”: the nearest of the names that are known, or nothing."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

# Below this likeness a hint confuses more than it helps.
LIKENESS = 0.75


def nearest(value: str, known: Iterable[str]) -> str:
    """Return the known name most like `value`, or "". It is a hint for a person and never taken by itself."""
    by_form = {_form(name): name for name in known}
    found = get_close_matches(_form(value), list(by_form), n=1, cutoff=LIKENESS)
    return by_form[found[0]] if found else ""


def did_you_mean(value: str, known: Iterable[str]) -> str:
    """Return “ Did you mean X?” with its leading blank, or ""."""
    found = nearest(value, known)
    return f" Did you mean “{found}”?" if found else ""


def _form(text: str) -> str:
    return " ".join(text.lower().split())
