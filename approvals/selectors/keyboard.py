"""The keys a person presses at the desk."""

from __future__ import annotations

import json
from dataclasses import dataclass

from approvals.models import KeyboardPreference
from approvals.rules import keys
from crmgov.people.models import User


@dataclass(frozen=True, slots=True)
class Line:
    """One verb: its key as stored, as it stands on a cap, and what it does."""

    verb: str
    key: str
    cap: str
    does: str


@dataclass(frozen=True, slots=True)
class Keys:
    """`by_verb` names every verb; "" is no key. Switched off, nothing is printed and nothing is listened to."""

    enabled: bool
    by_verb: dict[str, str]

    @property
    def lines(self) -> list[Line]:
        return [
            Line(verb, self.by_verb[verb], keys.cap(self.by_verb[verb]), does)
            for verb, (_, does) in keys.VERBS.items()
        ]

    @property
    def as_json(self) -> str:
        """Key -> verb, as static/js/keys.js reads it from the page."""
        return json.dumps({key: verb for verb, key in self.by_verb.items() if key})


def keys_of(user: User) -> Keys:
    """One query."""
    return said_by(KeyboardPreference.objects.filter(user=user).first())


def said_by(preference: KeyboardPreference | None) -> Keys:
    """What it says; the defaults where there is none."""
    if preference is None:
        return Keys(True, dict(keys.DEFAULTS))
    return Keys(preference.enabled, keys.in_force(preference.keys))
