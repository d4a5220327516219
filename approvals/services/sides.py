"""The one order of locks around a conflict: suggestions by their ids, then the conflict, then records.

Who closes a suggestion also changes those it stands against. Each path locks them all here before it locks a
conflict, so that two people at the same question wait for each other instead of ending each other.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from approvals.models import Claim, Conflict, Suggestion


def lock(suggestion_ids: Collection[UUID]) -> None:
    """Lock these rows in the order of their ids."""
    rows = Suggestion.objects.select_for_update(of=("self",)).filter(pk__in=suggestion_ids)
    list(rows.order_by("pk").values_list("pk"))


def lock_around(suggestion_ids: Collection[UUID]) -> None:
    """Lock what stands in an open conflict with one of these, and these; where there is none, nothing.

    The claims are read unlocked: read again what matters once the conflict is locked.
    """
    standing = Conflict.objects.filter(status=Conflict.Status.OPEN, claims__suggestion__in=suggestion_ids)
    claims = Claim.objects.filter(conflict__in=standing.values("pk"), suggestion__isnull=False)
    lock(set(claims.values_list("suggestion_id", flat=True)))
