"""From a service's signal to a task, after commit. A broker that is down costs time only: the beat finds the rows."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction

from crmgov.records import tasks
from crmgov.records.services.signals import check_asked, import_confirmed, revert_confirmed


def connect() -> None:
    check_asked.connect(_check_asked, dispatch_uid="nudge_import_check")
    import_confirmed.connect(_import_confirmed, dispatch_uid="nudge_import_run")
    revert_confirmed.connect(_revert_confirmed, dispatch_uid="nudge_import_revert")


def _check_asked(*, import_id: UUID, **_: Any) -> None:
    # A named function: Django's robust on_commit names it in the log when the broker is dead.
    def ring_check() -> None:
        tasks.check_import.delay(import_id=str(import_id))

    transaction.on_commit(ring_check, robust=True)


def _import_confirmed(*, import_id: UUID, **_: Any) -> None:
    def ring_import() -> None:
        tasks.run_import.delay(import_id=str(import_id))

    transaction.on_commit(ring_import, robust=True)


def _revert_confirmed(*, revert_id: int, **_: Any) -> None:
    def ring_revert() -> None:
        tasks.revert_import.delay(revert_id=revert_id)

    transaction.on_commit(ring_revert, robust=True)
