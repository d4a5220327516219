"""What was exported, and what crmgov changed since: the way back to the source."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from django.db import connection
from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from crmgov.kernel.refusals import NotAllowed
from crmgov.people.models import User
from crmgov.people.policy import Act, may
from crmgov.records.models import (
    Activity,
    AuthorityKind,
    Consent,
    Export,
    ExternalId,
    FieldChange,
    ImportRun,
    RecordEvent,
    Source,
    Suppression,
)
from crmgov.records.rules.contactability import ANY

from .cursors import Cursor
from .keyset import Order, Page, page_of

# More are not counted to draw a page.
MOST = 10_000
# A transaction that was at work during an export wrote its change sets no longer before it than this.
LONGEST_WRITE = timedelta(days=1)
# A consent has no ledger row: what was being written down during the last export goes out once more.
OVERLAP = timedelta(minutes=5)


def last_export(*, source_name: str, export_format: str, user: User) -> Export | None:
    """Return the last export to this source in this format. Raises NotAllowed."""
    require_admin(user)
    return _last(source_name, export_format)


def changes_since_last(*, source_name: str, export_format: str, user: User) -> int:
    """Return how many records crmgov changed since the last export, counted up to MOST. Raises NotAllowed."""
    require_admin(user)
    source = Source.objects.filter(name=source_name).first()
    news = News.since_last(source, export_format)
    changed = news.changes.order_by().values("record_id").distinct()[:MOST]
    return changed.count()


def page_of_exports(*, user: User, cursor: Cursor | None = None) -> Page[Export]:
    """Return exports, newest first. Raises NotAllowed."""
    require_admin(user)
    rows = Export.objects.select_related("source", "made_by")
    return page_of(rows, order=Order(("made_at", "id"), descending=True), cursor=cursor)


def require_admin(user: User) -> None:
    """An export shows everything there is. Raises NotAllowed."""
    if not may(user, Act.ADMINISTER):
        raise NotAllowed(f"{user} may not export: only an active admin takes everything out.")


@dataclass(frozen=True, slots=True)
class News:
    """What somebody other than the source did, after the last export to it or since a time.

    `late` are changes with a smaller number than the last one, which were not committed yet when that export read.
    """

    source: Source | None
    last: Export | None = None
    late: tuple[int, ...] = ()
    since: datetime | None = None

    @classmethod
    def since_last(cls, source: Source | None, export_format: str) -> Self:
        last = _last(source.name, export_format) if source else None
        return cls(source, last=last, late=_late(last) if last else ())

    @property
    def after(self) -> int:
        return self.last.last_change if self.last else 0

    @property
    def changes(self) -> QuerySet[FieldChange]:
        """Changes of the ledger; what an import from this very source wrote is no news to it."""
        found = FieldChange.objects.filter(Q(id__gt=self.after) | Q(id__in=self.late))
        if self.since:
            found = found.filter(at__gte=self.since)
        own = ImportRun.objects.filter(source=self.source).values("pk")
        return found.exclude(change_set__authority=AuthorityKind.IMPORT, change_set__import_run_id__in=own)

    def records(self, record_type: str) -> QuerySet[Any]:
        """Ids of changed records of a type."""
        return self.changes.filter(record_type=record_type).values("record_id")

    @property
    def activities(self) -> QuerySet[Activity]:
        """What others recorded on the timeline. Everything exported has an external id in the source: newer is new."""
        found = Activity.objects.exclude(source=self.source) if self.source else Activity.objects.all()
        if self.since:
            return found.filter(recorded_at__gte=self.since)
        newer = ExternalId.objects.filter(
            source=self.source, kind="activity", id__gt=self.last.marks["external_id"] if self.last else 0
        )
        return found.filter(pk__in=newer.values("record_id"))

    @property
    def consents(self) -> QuerySet[Consent]:
        """Consents of contacts whose consent was told to have changed.

        What an import from this very source recorded is no news, unless an objection of others has overtaken it.
        """
        told = RecordEvent.objects.filter(record_type="contact", data__has_key="consent")
        if self.since:
            told = told.filter(at__gte=self.since)
        elif self.last:
            told = told.filter(Q(id__gt=self.last.marks["event"]) | Q(at__gte=self.last.made_at - OVERLAP))
        found = Consent.objects.filter(contact__in=told.values("record_id"))
        if self.source is None:
            return found
        objected = Consent.objects.filter(purpose=ANY, state=Consent.State.OPTED_OUT).exclude(
            told_by=self.source
        )
        overtaken = Exists(objected.filter(contact=OuterRef("contact"), channel=OuterRef("channel")))
        return found.filter(overtaken | ~Q(told_by=self.source))

    @property
    def suppressions(self) -> QuerySet[Suppression]:
        start = self.since or (self.last.made_at - OVERLAP if self.last else None)
        return Suppression.objects.filter(added_at__gte=start) if start else Suppression.objects.all()


def seen_so_far() -> tuple[int, dict[str, Any]]:
    """Return the last change of the ledger, and the marks of an export that reads now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_snapshot()::text")
        snapshot = cursor.fetchone()[0]
    return _newest(FieldChange), {
        "snapshot": snapshot,
        "external_id": _newest(ExternalId),
        "event": _newest(RecordEvent),
    }


def _newest(model: Any) -> int:
    return model.objects.aggregate(newest=Max("pk"))["newest"] or 0


def _last(source_name: str, export_format: str) -> Export | None:
    rows = Export.objects.filter(source__name=source_name, format=export_format).select_related("source")
    return rows.order_by("-made_at", "-id").first()


def _late(last: Export) -> tuple[int, ...]:
    """Changes that export could not see, though it saw later ones: their transactions were still at work."""
    rows = FieldChange.objects.filter(
        id__lte=last.last_change, change_set__at__gte=last.made_at - LONGEST_WRITE
    ).extra(
        where=["NOT pg_visible_in_snapshot(records_changeset.xact, %s::pg_snapshot)"],
        params=[last.marks["snapshot"]],
    )
    return tuple(rows.values_list("id", flat=True))
