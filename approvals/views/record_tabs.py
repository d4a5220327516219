"""The other views of a record: timeline, suggestions, what hangs on it, and the ledger."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from approvals.http import ReviewerRequest, cursor_of
from approvals.models import Suggestion
from approvals.selectors import about, stories
from approvals.selectors.stories import Told
from crmgov.records import registry
from crmgov.records.models.governed import Governed
from crmgov.records.selectors import ledger, related
from crmgov.records.selectors.cursors import Cursor

from . import outcomes, plates
from .tables import table_of

LEDGER_PAGE = 50


def pager_of(
    here: str, newer: Cursor | str | None, older: Cursor | str | None, says: str = ""
) -> dict[str, str]:
    """Return what components/pager.html needs; `here` is the address with everything but `from`."""
    join = "&" if "?" in here else "?"
    return {
        "says": says,
        "newer_url": f"{here}{join}from={newer}" if newer else "",
        "older_url": f"{here}{join}from={older}" if older else "",
    }


def _here(record: Governed, tab: str) -> str:
    return f"{plates.record_url(registry.type_of(record), record.pk)}?tab={tab}"


def _timeline(request: ReviewerRequest, record: Governed) -> dict[str, Any]:
    cursor, show = cursor_of(request, length=2), request.GET.get("show", "")
    show = show if show in stories.FILTERS else stories.ALL
    story = stories.page_for(record, user=request.user, show=show, cursor=cursor)
    tab = _here(record, "timeline")
    here = f"{tab}&show={show}" if show else tab
    pager = pager_of(here, None, story.older)
    # The way back is the start: a timeline is read from today on.
    pager["newer_url"] = here if cursor else ""
    return {
        "happenings": [_told(one, str(getattr(record, "currency", ""))) for one in story.told],
        "pager": pager if cursor or story.older else None,
        "show": show,
        "shows": [
            {"name": name, "url": f"{tab}&show={key}" if key else tab, "current": key == show}
            for key, name in stories.FILTERS.items()
        ],
    }


def _told(one: Told, currency: str) -> dict[str, Any]:
    if one.decision is not None:
        return outcomes.entry_of(one.decision)
    assert one.happening is not None  # noqa: S101 (what is told is one or the other)
    return plates.entry_of(one.happening, currency)


def _suggestions(request: ReviewerRequest, record: Governed) -> dict[str, Any]:
    found = about.page_about(record, request.user, cursor_of(request, length=2))
    return {
        "proposed": [_proposed(suggestion, record) for suggestion in found.rows],
        "pager": _pager(record, "suggestions", found.newer, found.older),
    }


def _proposed(suggestion: Suggestion, record: Governed) -> dict[str, Any]:
    done = getattr(suggestion, "execution", None)
    return {
        "number": suggestion.number,
        "title": suggestion.title,
        "about": "" if suggestion.record_id == record.pk else suggestion.record_label,
        "url": plates.address("suggestion", suggestion.pk),
        "by": suggestion.agent or suggestion.proposed_by,
        "workflow": str(suggestion.workflow_version),
        "status": suggestion.get_status_display(),
        "done": done.get_status_display() if done else "",
        "made_at": suggestion.made_at,
    }


def _ledger(request: ReviewerRequest, record: Governed) -> dict[str, Any]:
    cursor = cursor_of(request, length=2)
    found = ledger.page_of_changes(record_id=record.pk, cursor=cursor, size=LEDGER_PAGE)
    here, currency = _here(record, "ledger"), str(getattr(record, "currency", ""))
    pager = pager_of(here, None, found.older)
    pager["newer_url"] = here if cursor else ""
    return {
        "rows": [
            {
                "label": registry.label(change.record_type, change.field),
                "old": plates.old_words(change, currency),
                "new": plates.new_words(change, currency),
                "actor": plates.actor_of(change.change_set),
                "by": plates.by_whom(change.change_set),
                "authority": change.change_set.authority_label,
                "at": change.at,
                "url": plates.address("change_set", change.change_set_id),
            }
            for change in found.rows
        ],
        "pager": pager if cursor or pager["older_url"] else None,
    }


def _related(name: str) -> Callable[[ReviewerRequest, Governed], dict[str, Any]]:
    def view(request: ReviewerRequest, record: Governed) -> dict[str, Any]:
        relation = related.relation_named(registry.type_of(record), name)
        assert relation is not None  # noqa: S101 (only tabs that a type has are asked for)
        cursor = cursor_of(request, length=len(relation.order.columns))
        found = related.page_for(record, relation, user=request.user, cursor=cursor)
        return {
            "related": name,
            "table": table_of(relation.record_type, found.rows) if found.rows else None,
            "pager": _pager(record, name, found.newer, found.older),
        }

    return view


def _pager(record: Governed, tab: str, newer: Cursor | None, older: Cursor | None) -> dict[str, str] | None:
    return pager_of(_here(record, tab), newer, older) if newer or older else None


TABS: dict[str, Callable[[ReviewerRequest, Governed], dict[str, Any]]] = {
    "timeline": _timeline,
    "suggestions": _suggestions,
    "ledger": _ledger,
    **{name: _related(name) for name in ("contacts", "opportunities", "tickets", "people", "tasks")},
}
