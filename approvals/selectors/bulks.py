"""A press that decided several: who may look at it, and what became of each."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from approvals.models import Bulk, BulkItem, Execution, Suggestion
from crmgov.kernel.refusals import NotFound
from crmgov.people.models import User
from crmgov.people.policy import sees_everything


def visible(user: User) -> QuerySet[Bulk]:
    """One's own presses; admins and auditors see all."""
    rows = Bulk.objects.select_related("person")
    return rows if sees_everything(user) else rows.filter(person=user)


def find(user: User, bulk_id: UUID) -> Bulk:
    """Raises NotFound."""
    found = visible(user).filter(pk=bulk_id).first()
    if found is None:
        raise NotFound
    return found


def items_of(bulk: Bulk) -> list[BulkItem]:
    """In the order in which they were decided; one query."""
    rows = bulk.items.select_related("suggestion__execution", "decision")
    return list(rows.order_by("position"))


def visible_of(user: User, found: list[BulkItem]) -> frozenset[UUID]:
    """The suggestions of these that this person may see today, whatever they once decided; one query."""
    keys = [item.suggestion_id for item in found]
    return frozenset(Suggestion.objects.for_user(user).filter(pk__in=keys).values_list("pk", flat=True))


def to_undo(bulk: Bulk) -> QuerySet[BulkItem]:
    """What was decided and of which no undo has said yet what became of it."""
    return bulk.items.exclude(decision=None).filter(undone="")


def execution_said(suggestion: Suggestion) -> str:
    """How far the writing is; empty where there is nothing to write."""
    execution: Execution | None = getattr(suggestion, "execution", None)
    return execution.get_status_display() if execution is not None else ""
