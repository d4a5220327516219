"""The page of one record: its fields with provenance, what happened, what is proposed, and the ledger."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from approvals.forms.opened import Opened
from approvals.http import ReviewerRequest, refusals
from approvals.selectors import about, track_records
from crmgov.kernel.actors import ActorType
from crmgov.kernel.refusals import NotFound
from crmgov.people.models import User
from crmgov.records import registry
from crmgov.records.models import Ticket
from crmgov.records.models.governed import Governed
from crmgov.records.selectors import ledger, records, related, timeline
from crmgov.records.selectors.records import FieldPlate, Group

from . import account_sides, histories, plates, record_heads, record_tabs, text_words
from .rights import Rights, rights_of

SHOWN_IN_SIDE = 8


@require_safe
@login_required
@refusals
def page(request: ReviewerRequest, record_type: str, record_id: UUID) -> HttpResponse:
    """One record; `?tab=` chooses the view, `?field=` opens a history, `?as_of=` a day in the past."""
    return drawn(request, record_type, record_id)


def drawn(request: ReviewerRequest, record_type: str, record_id: UUID, **more: Any) -> HttpResponse:
    """The same, with what a refused form has to say (`more`) over it. Raises NotFound."""
    at, record = timezone.now(), found(request.user, record_type, record_id)
    rights = rights_of(request.user, record)
    opened = about.open_about(record, request.user)
    counts = related.counts_of(record, request.user)
    tabs = record_heads.tabs_of(record, counts, len(opened), request.GET.get("tab", ""))
    context = {
        "now": at,
        "record": record,
        "head": record_heads.head_of(record, counts, rights, at),
        "tabs": tabs,
        "tab": next(tab["key"] for tab in tabs if tab["current"]),
        "today": timezone.localdate(at),
        "opened": Opened(record_type, record.pk).sign(request.user),
        **account_sides.hold_of(record, rights, at),
        **more,
    }
    if context["tab"] == "record":
        context |= _record_tab(request, record, rights, opened, at)
    else:
        context |= record_tabs.TABS[str(context["tab"])](request, record)
    return render(request, "records/record.html", context)


def found(user: User, record_type: str, record_id: UUID) -> Governed:
    """Return the record with what its page names. Raises NotFound, for another team's as for none."""
    record = records.of_user(record_type=record_type, record_id=record_id, user=user)
    if record is None:
        raise NotFound
    return record


def _record_tab(
    request: ReviewerRequest, record: Governed, rights: Rights, opened: list[Any], at: datetime
) -> dict[str, Any]:
    groups = records.groups_of(record, at=at)
    past = _past(record, request.GET.get("as_of", ""), at)
    stretch = timeline.stretch_of(record, user=request.user, size=SHOWN_IN_SIDE)
    return {
        "groups": _drawn(past["groups"] if past["day"] else groups, record, request, rights, at, past=past),
        "past": past,
        "suggestions": [plates.mini_of(one, beside=record.pk, at=at) for one in opened],
        "authors": authors_bar(groups),
        "happenings": [
            plates.entry_of(one, str(getattr(record, "currency", ""))) for one in stretch.happenings
        ],
        "has_older": stretch.older is not None,
        **account_sides.sides_of(record, rights),
        "noticed": text_words.noticed_in(record, request.user) if isinstance(record, Ticket) else None,
    }


def _past(record: Governed, raw: str, at: datetime) -> dict[str, Any]:
    """What the ledger says stood at the end of a day; nothing for today, and a sentence for no date at all."""
    nothing: dict[str, Any] = {"day": None, "say": "", "groups": []}
    if not raw:
        return nothing
    try:
        day = date.fromisoformat(raw)
    except ValueError:
        return nothing | {
            "say": f"“{raw[:20]}” is not a date like 2026-03-31, so this is the record as it is now."
        }
    if day >= timezone.localdate(at):
        return nothing
    end = datetime.combine(day + timedelta(days=1), time.min, timezone.get_current_timezone())
    stood = ledger.as_of(record_id=record.pk, at=end - timedelta(microseconds=1))
    groups = records.groups_as_of(record, stood)
    differing = sum(plate.differs for group in groups for plate in group.fields)
    return {"day": day, "say": "", "groups": groups, "differing": differing, "known": bool(stood)}


def _drawn(
    groups: list[Group],
    record: Governed,
    request: ReviewerRequest,
    rights: Rights,
    at: datetime,
    *,
    past: dict[str, Any],
) -> list[dict[str, Any]]:
    """The groups as components draw them, with the history that is open below its field."""
    field = "" if past["day"] else request.GET.get("field", "")
    here = plates.record_url(registry.type_of(record), record.pk)
    by_ai = [one.name for group in groups for one in group.fields if _is_of_ai(one)]
    bands = {} if past["day"] else track_records.of_fields(record.pk, by_ai)
    drawn = []
    for group in groups:
        fields = []
        for plate in group.fields:
            opened = plate.name == field
            url = here if opened else f"{here}?field={plate.name}"
            band = bands.get(plate.name, track_records.NONE)
            one = plates.rec(plate, history_url=f"{url}#field-{plate.name}", opened=opened, band=band)
            if opened:
                one["history"] = histories.panel_of(
                    record=record, plate=plate, user=request.user, rights=rights, at=at
                )
            fields.append(one)
        drawn.append({"name": group.name, "fields": fields})
    return drawn


def _is_of_ai(plate: FieldPlate) -> bool:
    return plate.written is not None and plate.written.actor == ActorType.AI


def authors_bar(groups: list[Group]) -> dict[str, Any]:
    """Counts and the rectangles of components/authors.html: widths in per cent with a small gap between."""
    authors, gap = records.authors_of(groups), 0.6
    parts = [
        (name, count)
        for name, count in (
            ("human", authors.human),
            ("approved", authors.approved),
            ("ai", authors.ai),
            ("system", authors.system),
        )
        if count
    ]
    room = 100 - gap * max(len(parts) - 1, 0)
    bars, x = [], 0.0
    for name, count in parts:
        width = room * count / authors.total
        bars.append({"cls": name, "x": x, "width": width})
        x += width + gap
    return {
        "human": authors.human,
        "approved": authors.approved,
        "ai": authors.ai,
        "system": authors.system,
        "total": authors.total,
        "bars": bars,
    }
