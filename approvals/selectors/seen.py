"""What a person opened last, as far as they may still see it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from approvals.models import Seen, Suggestion
from crmgov.people.models import User
from crmgov.records.selectors import search as records

# So many are kept and shown.
KEPT = 20
SUGGESTION = "suggestion"


def lately(user: User) -> list[tuple[Any, Seen]]:
    """Return what this person opened last with when, newest first; six queries at most.

    A team may have been left and a record moved since: each is asked for anew.
    """
    rows = list(Seen.objects.filter(person=user).order_by("-at", "-id")[:KEPT])
    keys: dict[str, list[UUID]] = {}
    for row in rows:
        keys.setdefault(row.kind, []).append(row.thing_id)
    found: dict[UUID, Any] = dict(records.seen_by(user, keys))
    if keys.get(SUGGESTION):
        mine = Suggestion.objects.for_user(user).filter(pk__in=keys[SUGGESTION])
        found.update({one.pk: one for one in mine.select_related("workflow_version__workflow")})
    return [(found[row.thing_id], row) for row in rows if row.thing_id in found]
