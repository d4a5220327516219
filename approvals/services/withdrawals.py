"""Claims of an import that was put back: it says nothing any more, so nobody is asked to settle over it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from approvals.models import Claim, Conflict
from approvals.selectors import conflicts as plates
from crmgov.people.models import User
from crmgov.records.models import ImportRun, RecordEvent
from crmgov.records.selectors import imports

from . import conflicts, sides

BATCH = 50


def withdraw(*, at: datetime) -> tuple[int, set[UUID]]:
    """Take the claims of imports that were put back out of open conflicts: of how many, and whose rivals these were.

    The rows say it, not the news: whoever asks later finds the same, however often a doorbell was lost. Joins the
    caller's transaction.
    """
    found = list(_standing().order_by("conflict").values_list("conflict", flat=True).distinct()[:BATCH])
    if not found:
        return 0, set()
    claims = Claim.objects.filter(conflict__in=found, suggestion__isnull=False)
    rivals = {key for key in claims.values_list("suggestion_id", flat=True) if key is not None}
    sides.lock(rivals)
    opened = Conflict.objects.select_for_update(of=("self",)).filter(
        pk__in=found, status=Conflict.Status.OPEN
    )
    for conflict in opened.order_by("pk"):
        _withdraw_from(conflict, at)
    return len(found), rivals


def _standing() -> QuerySet[Claim]:
    gone = ImportRun.objects.filter(status=ImportRun.Status.REVERTED).values("pk")
    return Claim.objects.filter(
        origin=Claim.Origin.IMPORT, conflict__status=Conflict.Status.OPEN, import_run_id__in=gone
    )


def _withdraw_from(conflict: Conflict, at: datetime) -> None:
    gone = list(_standing().filter(conflict=conflict).order_by("pk"))
    if not gone:
        return
    user = imports.put_back_by(_run_of(gone[0]))
    taken_back = [claim for claim in gone if not _said_before(conflict, claim)]
    if not taken_back:
        return
    others = conflict.claims.exclude(pk__in=[claim.pk for claim in taken_back])
    rest = others.exclude(origin=Claim.Origin.OURS).select_related("suggestion").order_by("pk")
    alive = plates.offered(conflict, rest)
    of_import = any(claim.origin == Claim.Origin.IMPORT for claim in alive)
    if not of_import and len(alive) < 2:
        # Its claims stay with it: what stood against ours once is its history.
        why = f"{user} put back the import from {gone[0].source}"
        conflicts.end(conflict, alive, why=why, user=user, at=at)
        return
    conflict.kind = Conflict.Kind.IMPORT if of_import else Conflict.Kind.SUGGESTIONS
    conflict.note = f"{_told(user, taken_back)} {conflict.note}".strip()[: conflicts.LONGEST_NOTE]
    conflict.save(update_fields=["kind", "note"])
    Claim.objects.filter(pk__in=[claim.pk for claim in taken_back]).delete()


def _said_before(conflict: Conflict, claim: Claim) -> bool:
    """What the source said here in an earlier import that stands is its word again."""
    earlier = RecordEvent.objects.filter(
        kind=RecordEvent.Kind.IMPORT_CONFLICT,
        record_id=conflict.record_id,
        fields=[conflict.field],
        data__source=claim.source,
        at__gte=conflict.opened_at,
    ).exclude(data__import_run=str(claim.import_run_id))
    said = [(UUID(event.data["import_run"]), event) for event in earlier.order_by("-pk")]
    gone = imports.put_back({run for run, _ in said})
    last = next((event for run, event in said if run not in gone), None)
    if last is None:
        return False
    Claim.objects.filter(pk=claim.pk).update(**conflicts.said_by(last))
    return True


def _run_of(claim: Claim) -> UUID:
    assert claim.import_run_id is not None  # noqa: S101 (it was found by its run)
    return claim.import_run_id


def _told(user: User, taken_back: Sequence[Claim]) -> str:
    said = " and ".join(f"{claim.value_label or 'empty'} of {claim.source}" for claim in taken_back)
    return f"{user} put back an import, so its claim is withdrawn: {said}."[: conflicts.LONGEST_NOTE]
