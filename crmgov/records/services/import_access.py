"""Who may touch an import, and in which state: asked by every verb of the import services."""

from __future__ import annotations

from uuid import UUID

from crmgov.kernel.refusals import Invalid, NotAllowed, NotFound, Refused
from crmgov.people.models import User
from crmgov.people.policy import Act, may
from crmgov.records.models import Import, ImportFate, ImportFile, ImportRefusal, ImportRun, Source

IMPORTED_FROM = {Source.Kind.IMPORT, Source.Kind.VERIFIED_SYSTEM, Source.Kind.ENRICHMENT}
PREPARING = (Import.Status.OPEN, Import.Status.READY)


class UnfitSource(Invalid):
    """Files do not come from such a source."""


class WrongState(Refused):
    """This import is no longer where you saw it. Look at it again."""


def require_admin(user: User) -> None:
    """Raises NotAllowed."""
    if not may(user, Act.ADMINISTER):
        raise NotAllowed(f"{user} may not import: only an active admin confirms an import.")


def locked(import_id: UUID, *statuses: Import.Status) -> Import:
    """Return the import with its row locked. Raises NotFound, WrongState when it is in none of `statuses`."""
    found = (
        Import.objects.select_for_update(of=("self",), no_key=True)
        .select_related("source", "made_by", "confirmed_by")
        .filter(pk=import_id)
        .first()
    )
    if found is None:
        raise NotFound("There is no such import.")
    if found.status not in statuses:
        raise WrongState(
            f"This import is {found.get_status_display().lower()} by now, so this cannot be done."
        )
    return found


def reopen(parent: Import) -> None:
    """What was previewed no longer holds: forget it, and keep what a person chose."""
    forget_preview(*ImportRun.objects.filter(parent=parent))
    if parent.adapter != Import.Adapter.CSV:
        ImportRun.objects.filter(parent=parent).delete()
    parent.status, parent.fingerprint, parent.problem = Import.Status.OPEN, "", ""
    parent.rows_total = 0
    parent.save(update_fields=["status", "fingerprint", "problem", "rows_total"])


def forget_all(parent: Import) -> None:
    """Take away its preview, its steps and its files; the row stays."""
    runs = ImportRun.objects.filter(parent=parent)
    forget_preview(*runs)
    runs.delete()
    ImportFile.objects.filter(parent=parent).delete()


def forget_preview(*runs: ImportRun) -> None:
    """Take away what a preview found: fates and remarks."""
    ImportFate.objects.filter(run__in=runs).delete()
    ImportRefusal.objects.filter(run__in=runs).delete()


def source_named(name: str) -> Source:
    """Return the source of that name, made when it is new. Raises UnfitSource."""
    if not name.strip() or len(name) > 120:
        raise UnfitSource("A source needs a name of at most 120 characters, such as csv or salesforce.")
    kind = Source.Kind.IMPORT
    source, _ = Source.objects.get_or_create(
        name=name, defaults={"kind": kind, "trust_rank": Source.DEFAULT_RANKS[kind]}
    )
    if source.kind not in IMPORTED_FROM:
        raise UnfitSource(
            f"“{name}” is a source of the kind {source.get_kind_display().lower()}; a file is not one."
        )
    return source
