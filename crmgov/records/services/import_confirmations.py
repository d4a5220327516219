"""A person confirms an import as they saw it in the preview."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from crmgov.kernel.refusals import Refused
from crmgov.people.models import User
from crmgov.records.models import Import, ImportRun

from .import_access import WrongState, locked, require_admin
from .import_marks import fingerprint_of, moved
from .signals import import_confirmed

STARTED = (Import.Status.RUNNING, Import.Status.DONE)


class Outdated(Refused):
    """The preview you saw no longer holds."""


@transaction.atomic(durable=True)
def confirm(*, import_id: UUID, user: User, seen_fingerprint: str, at: datetime) -> Import:
    """Let the import run as previewed; step by step the report of the run takes the place of the preview.

    A second press of the same person on the same preview changes nothing.
    Raises NotAllowed, NotFound, WrongState, Outdated (409): files or mappings are others than seen, or records of
    ours moved so that the preview no longer holds.
    """
    require_admin(user)
    parent = locked(import_id, Import.Status.READY, *STARTED)
    if parent.status in STARTED:
        return _again(parent, user, seen_fingerprint)
    if seen_fingerprint != parent.fingerprint or fingerprint_of(parent) != parent.fingerprint:
        raise Outdated("Files or mappings of this import are not those you saw. Look at the preview again.")
    if say := moved(parent):
        raise Outdated(f"{say} Check the import again, and confirm what you see then.")
    parent.status, parent.confirmed_by, parent.confirmed_at = Import.Status.RUNNING, user, at
    parent.rows_done, parent.beat_at, parent.problem = 0, None, ""
    parent.save(update_fields=["status", "confirmed_by", "confirmed_at", "rows_done", "beat_at", "problem"])
    ImportRun.objects.filter(parent=parent).update(confirmed_by=user)
    import_confirmed.send(sender=Import, import_id=parent.pk)
    return parent


def _again(parent: Import, user: User, seen_fingerprint: str) -> Import:
    """The import that this very press has started already; anybody else is told that it runs."""
    if parent.confirmed_by_id != user.pk or seen_fingerprint != parent.fingerprint:
        raise WrongState(f"{parent.confirmed_by} has confirmed this import already.")
    return parent
