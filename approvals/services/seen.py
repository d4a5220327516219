"""Keeping what a person opened: once per thing, the newest twenty, nothing else."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from approvals.models import Seen
from approvals.selectors.seen import KEPT
from crmgov.people.models import User


@transaction.atomic(durable=True)
def note(*, user: User, kind: str, thing_id: UUID, at: datetime) -> None:
    """Put it first in the list of this person; what fell off its end is forgotten."""
    Seen.objects.bulk_create(
        [Seen(person=user, kind=kind, thing_id=thing_id, at=at)],
        update_conflicts=True,
        unique_fields=["person", "kind", "thing_id"],
        update_fields=["at"],
    )
    kept = Seen.objects.filter(person=user).order_by("-at", "-id").values("pk")[:KEPT]
    Seen.objects.filter(person=user).exclude(pk__in=list(kept.values_list("pk", flat=True))).delete()
