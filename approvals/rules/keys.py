"""The keys of the desk: a verb, its key, and what a person may put in its place."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

# Verb -> (key, what it does). The order is that of the help.
VERBS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "next": ("j", "Open the next row"),
        "previous": ("k", "Open the row before"),
        "approve": ("1", "Approve, or open the form"),
        "edit": ("2", "Edit before approving"),
        "reject": ("3", "Reject"),
        "ask": ("4", "Ask back"),
        "snooze": ("h", "Snooze"),
        "undo": ("z", "Undo"),
        "select": ("x", "Select the row, where rows can be selected"),
        "search": ("/", "Search, or open the filter"),
        "help": ("?", "Show these keys"),
    }
)
DEFAULTS: Mapping[str, str] = MappingProxyType({verb: key for verb, (key, _) in VERBS.items()})


@dataclass(frozen=True, slots=True)
class Read:
    """A mapping as somebody typed it: verb -> key ("" for none), and verb -> what is wrong with it."""

    keys: dict[str, str]
    errors: dict[str, str]


def read(typed: Mapping[str, str]) -> Read:
    """Read the keys of all verbs; a verb that is not named keeps its own, one we do not know is passed over."""
    keys = {verb: typed.get(verb, key).strip().lower() for verb, key in DEFAULTS.items()}
    errors = {verb: say for verb, key in keys.items() if (say := _wrong(key))}
    for verb, key in keys.items():
        other = next((one for one, its in keys.items() if its == key and one != verb), None)
        if key and other is not None and verb not in errors:
            errors[verb] = f"“{key}” is also the key of “{VERBS[other][1]}”. One key does one thing."
    return Read(keys, errors)


def in_force(stored: Mapping[str, str]) -> dict[str, str]:
    """Verb -> key of what somebody saved once; a verb added since has its own key, unless that is taken."""
    kept = {verb: key for verb, key in stored.items() if verb in VERBS and not _wrong(key)}
    taken = set(kept.values())
    added = {verb: "" if key in taken else key for verb, key in DEFAULTS.items() if verb not in kept}
    return {verb: {**added, **kept}[verb] for verb in VERBS}


def cap(key: str) -> str:
    """The key as it stands on a key cap."""
    return key.upper()


def _wrong(key: str) -> str:
    """What is wrong with a key; nothing is wrong with none at all."""
    if len(key) > 1:
        return f"“{key}” is more than one character. A key is one character, or nothing."
    if key and unicodedata.category(key)[0] not in "LNPS":
        return "Choose a letter, a digit or a sign that can be typed."
    return ""
