"""Keys printed on the buttons they press: a button that carries a verb as data-key gets its cap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from approvals.rules.keys import cap
from approvals.selectors.keyboard import Keys

VERB = "data-key"
# The button is pressed with Enter on the line this names, when it was asked for by key.
CONFIRM = "data-confirm"
ASKING = "Press Enter to approve"
GROUPS = ("others", "end", "menu")


def printed(bar: Mapping[str, Any], keys: Keys) -> dict[str, Any]:
    """The action bar with the person's keys on its buttons; unchanged where keys are off."""
    if not keys.enabled:
        return dict(bar)
    found: dict[str, Any] = {name: on_each(bar[name], keys) for name in GROUPS if bar.get(name)}
    if bar.get("primary"):
        found["primary"] = on(bar["primary"], keys)
        if CONFIRM in bar["primary"].get("attrs", {}):
            found["asking"] = ASKING
    return {**bar, **found}


def on_each(buttons: Sequence[Mapping[str, Any]], keys: Keys) -> list[dict[str, Any]]:
    return [on(button, keys) for button in buttons]


def on(button: Mapping[str, Any], keys: Keys) -> dict[str, Any]:
    """The button with its key; one without a verb, or whose verb has no key, as it is."""
    attrs = button.get("attrs") or {}
    key = keys.by_verb.get(attrs.get(VERB, ""), "") if keys.enabled else ""
    if not key:
        return dict(button)
    return {**button, "key": cap(key), "attrs": {**attrs, "aria-keyshortcuts": key}}
