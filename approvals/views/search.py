"""One field over records, suggestions and decisions; and keeping what was opened last."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_POST, require_safe

from approvals.forms.opened import Opened
from approvals.http import ReviewerRequest, cursor_of, refusals
from approvals.models import Decision, Suggestion
from approvals.selectors import search
from approvals.selectors.seen import lately
from approvals.services import seen as seen_service
from approvals.templatetags import phrases
from crmgov.kernel.refusals import Invalid
from crmgov.records import registry
from crmgov.records.models import Account, Contact, Opportunity, Ticket
from crmgov.records.models.governed import Governed
from crmgov.records.rules import searches
from crmgov.records.rules.searches import Query

from . import outcomes, plates
from .record_heads import PLURALS
from .record_tabs import pager_of

# Where the list beneath the field is put while one types.
BENEATH = "found"
FEWEST_WHILE_TYPING = 2
HEADINGS = {kind: plural.capitalize() for kind, plural in PLURALS.items()} | {
    search.SUGGESTION: "Suggestions",
    search.DECISION: "Decisions, by who decided",
}
ICONS = {
    "account": "building",
    "contact": "user",
    "opportunity": "deal",
    "ticket": "ticket",
    search.SUGGESTION: "spark",
    search.DECISION: "check",
}
NO_LETTER = "There is no letter or digit in it, and names are found by those."
CUT = f"Only the first {searches.MOST_WORDS} words and {searches.LONGEST} characters are looked for."


@require_safe
@login_required
@refusals
def page(request: ReviewerRequest) -> HttpResponse:
    """What carries the words; with `kind` one kind page by page, without words what was opened last."""
    query = searches.read(request.GET.get("q", ""))
    if request.htmx and request.htmx.target == BENEATH:
        answer = render(request, "search/_beneath.html", _beneath(request, query))
    else:
        answer = render(request, "search/page.html", _context(request, query))
    patch_vary_headers(answer, ["HX-Request", "HX-Target"])
    return answer


@require_POST
@login_required
@refusals
def seen(request: ReviewerRequest) -> HttpResponse:
    """Keep that a page of ours was open for a moment; a script sends it, nobody has to."""
    opened = Opened.read(request.POST.get("opened", ""), request.user)
    if opened is None:
        raise Invalid("No page of ours said that this was opened.")
    seen_service.note(user=request.user, kind=opened.kind, thing_id=opened.thing_id, at=timezone.now())
    return HttpResponse(status=204)


def _context(request: ReviewerRequest, query: Query) -> dict[str, Any]:
    kind = request.GET.get("kind", "")
    context: dict[str, Any] = {
        "now": timezone.now(),
        "asked_for": query.text,
        "said": _said(query),
        "here": plates.address("search"),
    }
    if query.is_empty:
        return context | {"seen": [_seen(thing, row) for thing, row in lately(request.user)]}
    if kind in search.KINDS:
        return context | _one_kind(request, kind, query)
    groups = search.groups(request.user, query)
    return context | {
        "exact": [_hit(hit) for hit in search.exact(request.user, query)],
        "groups": [_group(group, query) for group in groups],
    }


def _one_kind(request: ReviewerRequest, kind: str, query: Query) -> dict[str, Any]:
    cursor = cursor_of(request, length=len(search.ORDERS[kind].columns))
    found = search.page_for(request.user, kind, query, cursor)
    number = search.count(request.user, kind, query)
    here = _url(query, kind)
    return {
        "kind": kind,
        "all_url": _url(query),
        "groups": [_group(search.Group(kind, found.rows, number), query)] if found.rows else [],
        "pager": pager_of(here, found.newer, found.older) if found.newer or found.older else None,
    }


def _beneath(request: ReviewerRequest, query: Query) -> dict[str, Any]:
    """Nothing below two signs: whoever types goes on typing."""
    if len(query.text) < FEWEST_WHILE_TYPING:
        return {"is_empty": True}
    exact = [_hit(hit) for hit in search.exact(request.user, query)[: search.BENEATH]]
    groups = [_group(group, query) for group in search.beneath(request.user, query)]
    return {"query": query.text, "exact": exact, "groups": groups, "all_url": _url(query)}


def _said(query: Query) -> str:
    if not query.is_empty and not query.is_findable:
        return NO_LETTER
    return CUT if query.cut else ""


def _url(query: Query, kind: str = "") -> str:
    asked = {"q": query.text} | ({"kind": kind} if kind else {})
    return f"{plates.address('search')}?{urlencode(asked)}"


def _group(group: search.Group, query: Query) -> dict[str, Any]:
    return {
        "kind": group.kind,
        "title": HEADINGS[group.kind],
        "count": phrases.counted(group.count, search.COUNTED) if group.count else "",
        "hits": [_hit(hit) for hit in group.hits],
        "more_url": _url(query, group.kind) if group.more else "",
    }


def _seen(thing: Any, row: Any) -> dict[str, Any]:
    return _hit(thing) | {"at": row.at}


def _hit(hit: Governed | Suggestion | Decision) -> dict[str, Any]:
    """One line: its name, where it leads, and what tells it from others of that name."""
    if isinstance(hit, Suggestion):
        return {
            "icon": ICONS[search.SUGGESTION],
            "title": hit.title,
            "url": plates.address("suggestion", hit.pk),
            "note": _joined(f"Suggestion {hit.number}", hit.record_label, str(hit.workflow_version)),
            "tag": {"text": hit.get_status_display()} if hit.is_open else outcomes.status_tag(hit),
        }
    if isinstance(hit, Decision):
        return {
            "icon": ICONS[search.DECISION],
            "title": f"{hit.decider_label}: {hit.suggestion.title}",
            "url": plates.address("suggestion", hit.suggestion_id),
            "note": _joined(f"Suggestion {hit.suggestion.number}", hit.suggestion.record_label),
            "tag": {"text": hit.get_kind_display()},
            "at": hit.decided_at,
        }
    kind = registry.type_of(hit)
    return {
        "icon": ICONS[kind],
        "title": str(hit),
        "url": plates.record_url(kind, hit.pk),
        "note": _joined(kind.capitalize(), *_beside(hit)),
        "tag": None if hit.archived_at is None else {"text": "Archived", "tone": "warn", "icon": "stop"},
    }


def _beside(record: Governed) -> Sequence[str]:
    match record:
        case Account():
            return (record.domain, str(record.owner or ""))
        case Contact():
            return (record.email, str(record.account or ""), record.title)
        case Opportunity():
            return (str(record.account or ""), str(record.stage_id or ""))
        case Ticket():
            return (str(record.account or ""), record.get_status_display())
    return ()


def _joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)
