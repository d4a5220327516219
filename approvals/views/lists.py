"""Lists of accounts, contacts, opportunities and tickets: search, filters, sorting, pages and export."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from approvals.http import ReviewerRequest, cursor_of, refusals
from approvals.selectors import choices
from crmgov.people.policy import Act, may
from crmgov.records import registry
from crmgov.records.models import Lifecycle, Ticket
from crmgov.records.models.governed import Governed
from crmgov.records.rules.values import Kind
from crmgov.records.selectors import lists
from crmgov.records.selectors.lists import Asked
from crmgov.records.selectors.records import JOINED, LAYOUT

from . import plates
from .record_heads import PLURALS
from .record_tabs import pager_of
from .tables import COLUMNS, table_of

# A cell that begins so is a formula to a spreadsheet, whoever wrote it.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
# What nobody can word; all else, the names of people and teams too, was written by somebody.
NOT_WRITTEN = (Decimal, int, bool, date)
ICONS = {"account": "building", "contact": "user", "opportunity": "deal", "ticket": "ticket"}


@dataclass(frozen=True, slots=True)
class Tick:
    """A filter that is on or off."""

    name: str
    label: str


TICKS = {
    "account": (Tick("mine", "Mine"), Tick("escalated", "Escalated"), Tick("strategic", "Strategic")),
    "contact": (Tick("mine", "Mine"), Tick("leads", "Leads")),
    "opportunity": (Tick("mine", "Mine"), Tick("open", "Open")),
    "ticket": (Tick("open", "Open"), Tick("escalated", "Escalated")),
}
# The one filter of each type that is a choice.
PICKS = {
    "account": ("segment", "Any segment"),
    "contact": ("lifecycle", "Any stage"),
    "opportunity": ("stage", "Any stage"),
    "ticket": ("priority", "Any priority"),
}


@require_safe
@login_required
@refusals
def page(request: ReviewerRequest, record_type: str) -> HttpResponse:
    """One page of a list; everything asked of it stands in the address."""
    asked, sort = _asked(request, record_type), lists.sort_of(record_type, request.GET.get("sort", ""))
    found = lists.page_for(
        user=request.user,
        record_type=record_type,
        asked=asked,
        cursor=cursor_of(request, length=len(sort.order.columns)),
    )
    here = _url(record_type, asked)
    context = {
        "now": timezone.now(),
        "title": PLURALS[record_type].capitalize(),
        "record_type": record_type,
        "icon": ICONS[record_type],
        "here": plates.address(PLURALS[record_type]),
        "asked": asked,
        "is_filtered": bool(asked.q or asked.filters),
        "ticks": [
            {"name": tick.name, "label": tick.label, "on": bool(asked.filters.get(tick.name))}
            for tick in TICKS[record_type]
        ],
        "pick": _pick(record_type, asked),
        "table": table_of(record_type, found.rows, _heads(record_type, asked, sort.name))
        if found.rows
        else None,
        "pager": pager_of(here, found.newer, found.older) if found.newer or found.older else None,
        "import_url": plates.address("import_new") if may(request.user, Act.ADMINISTER) else "",
        "export_url": f"{plates.address(f'{PLURALS[record_type]}_export')}{_query(asked)}",
    }
    return render(request, "records/list.html", context)


@require_safe
@login_required
def export(request: HttpRequest, record_type: str) -> StreamingHttpResponse:
    """The whole filtered list as CSV, streamed; no cell of it is a formula."""
    asked, user = _asked(request, record_type), cast("ReviewerRequest", request).user
    rows = lists.exported(user=user, record_type=record_type, asked=asked)
    answer = StreamingHttpResponse(csv_lines(record_type, rows), content_type="text/csv; charset=utf-8")
    day = timezone.localdate()
    answer["Content-Disposition"] = f'attachment; filename="{PLURALS[record_type]}-{day}.csv"'
    return answer


class Echo:
    """What csv.writer writes to: it hands each line back, to be streamed."""

    def write(self, line: str) -> str:
        return line


def csv_lines(record_type: str, rows: Iterator[Governed]) -> Iterator[str]:
    writer = csv.writer(Echo())
    fields = [field for group in LAYOUT[record_type].values() for field in group]
    yield writer.writerow(["id", *fields])
    for row in rows:
        yield writer.writerow([str(row.pk), *(_cell(row, record_type, field) for field in fields)])


def _cell(row: Governed, record_type: str, field: str) -> str:
    value = registry.get(row, field)
    if registry.spec_of(record_type, field).kind is Kind.REFERENCE and field in JOINED[record_type]:
        value = getattr(row, field)
    return neutral(", ".join(value) if isinstance(value, list) else value)


def neutral(value: Any) -> str:
    """Return a cell's text; an apostrophe keeps what looks like a formula from being one. Numbers stay numbers."""
    if value is None:
        return ""
    if isinstance(value, NOT_WRITTEN):
        return _plain(value)
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def _plain(value: Any) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    text = str(registry.to_json(value))
    return text.lower() if isinstance(value, bool) else text


def _asked(request: HttpRequest, record_type: str) -> Asked:
    names = lists.FILTERS[record_type]
    chosen = {name: value for name in names if (value := request.GET.get(name, "").strip()[:60])}
    return Asked(
        q=request.GET.get("q", "").strip().replace("\x00", "")[:100],
        sort=lists.sort_of(record_type, request.GET.get("sort", "")).name,
        filters=chosen,
    )


def _query(asked: Asked, **instead: str) -> str:
    """The address part of what is asked, without what says the default."""
    parts = {"q": asked.q, **asked.filters, "sort": asked.sort, **instead}
    said = {name: value for name, value in parts.items() if value}
    return f"?{urlencode(said)}" if said else ""


def _url(record_type: str, asked: Asked, **instead: str) -> str:
    return f"{plates.address(PLURALS[record_type])}{_query(asked, **instead)}"


def _heads(record_type: str, asked: Asked, sort: str) -> list[dict[str, Any]]:
    """Sortable heads are links; the one that sorts says in which direction."""
    known = {key.name: key.order for key in lists.SORTS[record_type]}
    return [
        {
            "label": column.label,
            "end": column.end,
            "url": _url(record_type, asked, sort=column.sort) if column.sort in known else "",
            "sorted": ("descending" if known[sort].descending else "ascending")
            if column.sort == sort
            else "",
        }
        for column in COLUMNS[record_type]
    ]


def _pick(record_type: str, asked: Asked) -> dict[str, Any]:
    name, nothing = PICKS[record_type]
    return {
        "name": name,
        "label": registry.label(record_type, name),
        "options": [("", nothing), *_options(record_type, name)],
        "value": asked.filters.get(name, ""),
    }


def _options(record_type: str, name: str) -> list[tuple[str, str]]:
    if name == "lifecycle":
        return [(str(key), str(label)) for key, label in Lifecycle.choices]
    if name == "priority":
        return [(str(key), str(label)) for key, label in Ticket.Priority.choices]
    return choices.references(record_type, [name])[name]
