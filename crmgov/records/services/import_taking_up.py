"""Imports at which nobody has worked for a while: a doorbell was lost, or a worker died."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q

from crmgov.records.models import Import, ImportRevert

from .signals import check_asked, import_confirmed, revert_confirmed

# A worker at it moves `beat_at` with every chunk; ringing too early costs a look at a lock.
QUIET_SECONDS = 15


def ring_again(*, at: datetime) -> int:
    """Ring for every import that should be at work and is not; return how many there are."""
    quiet = Q(beat_at=None) | Q(beat_at__lt=at - timedelta(seconds=QUIET_SECONDS))
    waiting = list(
        Import.objects.filter(quiet, status__in=["checking", "running", "reverting"]).order_by(
            "beat_at", "pk"
        )
    )
    for parent in waiting:
        if parent.status == Import.Status.CHECKING:
            check_asked.send(sender=Import, import_id=parent.pk)
        elif parent.status == Import.Status.RUNNING:
            import_confirmed.send(sender=Import, import_id=parent.pk)
    reverts = ImportRevert.objects.filter(
        status=ImportRevert.Status.RUNNING, parent__in=[parent.pk for parent in waiting]
    )
    for revert_id in reverts.values_list("pk", flat=True):
        revert_confirmed.send(sender=ImportRevert, revert_id=revert_id)
    return len(waiting)
