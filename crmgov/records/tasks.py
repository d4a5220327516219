"""Doorbells: each carries an id or nothing, does one service call and may ring twice."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from crmgov.records.services import (
    import_checks,
    import_files,
    import_runs,
    import_taking_up,
    import_whole_reverts,
)


@shared_task
def check_import(*, import_id: str) -> None:
    import_checks.check(import_id=UUID(import_id), at=timezone.now())


@shared_task
def run_import(*, import_id: str) -> None:
    import_runs.go_on(import_id=UUID(import_id), at=timezone.now())


@shared_task
def revert_import(*, revert_id: int) -> None:
    import_whole_reverts.go_on(revert_id=revert_id, at=timezone.now())


@shared_task
def take_up_imports() -> None:
    """Ring again for whatever a lost doorbell or a dead worker left behind."""
    import_taking_up.ring_again(at=timezone.now())


@shared_task
def forget_old_files() -> None:
    import_files.forget_old(at=timezone.now())
