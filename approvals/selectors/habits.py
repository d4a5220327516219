"""What a person set up for themselves at the desk, in one query: their views of the inbox and their keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from approvals.models import KeyboardPreference, SavedView
from crmgov.people.models import User

from . import keyboard, saved_views
from .keyboard import Keys
from .together import instance, together, whole


@dataclass(frozen=True, slots=True)
class Habits:
    """`views` as saved_views.shown_to gives them."""

    views: Sequence[SavedView]
    keys: Keys


def of(user: User) -> Habits:
    """Each as it would be asked alone."""
    found = together(
        views=whole(saved_views.seen_by(user), "owner"),
        keys=whole(KeyboardPreference.objects.filter(user=user)),
    )
    preference = next((instance(KeyboardPreference, row) for row in found["keys"]), None)
    return Habits(
        views=saved_views.in_order([instance(SavedView, row) for row in found["views"]], user),
        keys=keyboard.said_by(preference),
    )
