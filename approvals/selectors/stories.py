"""The timeline of a record by what one looks for: a kind of activity, changes of fields, or decisions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from approvals.models import Action, Decision, Suggestion
from crmgov.people.models import User
from crmgov.records.models import ActivityKind
from crmgov.records.models.governed import Governed
from crmgov.records.selectors import timeline
from crmgov.records.selectors.cursors import Cursor
from crmgov.records.selectors.timeline import Before, Happening

SIZE = 25
ALL, CHANGES, DECISIONS, MAIL = "", "changes", "decisions", "mail"
# Filter -> its name, and the kinds of activities it shows.
KINDS: dict[str, tuple[str, frozenset[str]]] = {
    MAIL: (
        "Mail",
        frozenset(
            {
                ActivityKind.MAIL_IN,
                ActivityKind.MAIL_OUT,
                ActivityKind.REPLY,
                ActivityKind.MAIL_OPEN,
                ActivityKind.MAIL_CLICK,
                ActivityKind.MAIL_EVENT,
            }
        ),
    ),
    "calls": ("Calls and meetings", frozenset({ActivityKind.CALL, ActivityKind.MEETING})),
    "notes": ("Notes and chats", frozenset({ActivityKind.NOTE, ActivityKind.CHAT})),
    "web": (
        "Web and product",
        frozenset(
            {
                ActivityKind.FORM,
                ActivityKind.PAGE_VIEW,
                ActivityKind.VIDEO,
                ActivityKind.LOGIN,
                ActivityKind.USAGE,
                ActivityKind.PURCHASE,
            }
        ),
    ),
}
FILTERS = {
    ALL: "Everything",
    **{key: name for key, (name, _) in KINDS.items()},
    CHANGES: "Field changes",
    DECISIONS: "Decisions",
}


@dataclass(frozen=True, slots=True)
class Told:
    """One line: something that happened to the record, or a decision about it."""

    at: datetime
    id: UUID
    happening: Happening | None = None
    decision: Decision | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """A page; `older` begins the next."""

    told: list[Told]
    older: Cursor | None


def page_for(
    record: Governed, *, user: User, show: str = ALL, cursor: Cursor | None = None, size: int = SIZE
) -> Story:
    """Return what happened before the cursor, or last; four queries at most. Ties are kept apart by id."""
    before = timeline.before_of(cursor)
    found = _found(record, user, show, before, size + 1)
    found.sort(key=lambda one: (one.at, one.id), reverse=True)
    shown = found[:size]
    behind = timeline.cursor_behind(shown[-1].at, shown[-1].id) if len(found) > size else None
    return Story(shown, behind)


def _found(record: Governed, user: User, show: str, before: Before | None, most: int) -> list[Told]:
    found: list[Happening] = []
    if show == ALL or show in KINDS:
        kinds = KINDS[show][1] if show in KINDS else None
        found += timeline.activities_of(record, user=user, before=before, most=most, kinds=kinds)
    if show in (ALL, CHANGES):
        found += timeline.changes_of(record, before=before, most=most)
    told = [Told(one.at, one.id, happening=one) for one in found]
    if show in (ALL, DECISIONS, MAIL):
        told += _decisions(record, user, before, most, show)
    return told


def _decisions(record: Governed, user: User, before: Before | None, most: int, show: str) -> list[Told]:
    """Decisions about the record itself. Beside changes those that changed no field."""
    rows = Decision.objects.filter(
        suggestion__in=Suggestion.objects.for_user(user).filter(record_id=record.pk)
    )
    of_messages = Q(suggestion__action=Action.SEND_MESSAGE)
    changed_nothing = Q(suggestion__action__in=(Action.SEND_MESSAGE, Action.REQUEST_SUPPRESSION))
    if show == MAIL:
        rows = rows.filter(of_messages).exclude(kind=Decision.Kind.REJECT)
    elif show == ALL:
        rows = rows.filter(changed_nothing | Q(kind=Decision.Kind.REJECT))
    rows = rows.filter(timeline.older("decided_at", before)).select_related(
        "suggestion__agent", "suggestion__proposed_by", "person", "policy_version", "execution"
    )
    found = rows.order_by("-decided_at", "-id")[:most]
    return [Told(decision.decided_at, decision.pk, decision=decision) for decision in found]
