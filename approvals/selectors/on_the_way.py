"""What is asked back, raised or asleep, and the notes people left on the way to a decision."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL

from approvals.models import Note, Queue, QueueMembership, Suggestion
from crmgov.people.models import Absence, Membership, Role, User

from .together import Rows, instance, whole

SNOOZED, ASKED, ESCALATED = "snoozed", "asked", "escalated"
VIEWS = {SNOOZED: "Snoozed", ASKED: "Asked", ESCALATED: "Escalated"}
# What a row says first of one that a colleague escalated.
RAISED = "Escalated"
ASKED_BACK = "Asked back"
# For want of a queue in which somebody sees it; nothing is passed on there by hand.
UNROUTED = "Unrouted"
# A question and its answers are a few rounds, but newer word of an agent may come every hour while it is open.
MOST_BEFORE = 1000
MOST_NOTES = 100
BEFORE = """
WITH RECURSIVE before AS (
  SELECT id, supersedes_id, 0 AS depth FROM approvals_suggestion WHERE id = %s
  UNION ALL
  SELECT s.id, s.supersedes_id, b.depth + 1 FROM before b JOIN approvals_suggestion s ON s.id = b.supersedes_id
  WHERE b.depth < %s)
SELECT id FROM before"""
# All the way back: a mark that wears off after so many posts would be no mark.
HELD = """
WITH RECURSIVE before AS (
  SELECT id AS root, id, supersedes_id, run_id FROM approvals_suggestion WHERE id = ANY(%s)
  UNION
  SELECT b.root, s.id, s.supersedes_id, s.run_id
  FROM before b JOIN approvals_suggestion s ON s.id = b.supersedes_id)
SELECT DISTINCT b.root FROM before b WHERE EXISTS (SELECT 1 FROM approvals_note n WHERE n.suggestion_id = b.id)
  OR EXISTS (SELECT 1 FROM approvals_run r WHERE r.id = b.run_id AND r.status IN ('sampling', 'stopped', 'people'))"""


def is_in(view: str, at: datetime) -> Q:
    """What each of these views holds, of what is queued."""
    return {
        SNOOZED: Q(snoozed_until__gt=at),
        ASKED: Q(asked_at__isnull=False),
        ESCALATED: Q(escalated_at__isnull=False),
    }[view]


def awake(at: datetime) -> Q:
    """Not snoozed, or no longer: the clock wakes it, no job."""
    return Q(snoozed_until=None) | Q(snoozed_until__lte=at)


def sleeps(suggestion: Suggestion, at: datetime) -> bool:
    """The same of one."""
    return suggestion.snoozed_until is not None and suggestion.snoozed_until > at


def thread_asked(user: User, suggestion: Suggestion) -> QuerySet[Any, Any]:
    """The notes on it and on those it took the place of, as far as the user sees those, newest first; `thread_of` reads
    the answers."""
    seen = Suggestion.objects.for_user(user)
    notes: QuerySet[Note] = Note.objects.filter(_on_its_way(suggestion), suggestion__in=seen)
    return whole(notes.order_by("-id")[:MOST_NOTES], "suggestion")


def thread_of(rows: Rows) -> Sequence[Note]:
    """The notes from the answers, each with its suggestion."""
    return [instance(Note, row) for row in rows]


def question_of(suggestion: Suggestion) -> Note | None:
    """The question that is open on it, asked there or on what it took the place of; None where none is."""
    if not suggestion.is_open or suggestion.asked_at is None:
        return None
    asked = Note.objects.filter(_on_its_way(suggestion), kind=Note.Kind.ASK)
    return asked.order_by("-id").first()


def taken_over(suggestion: Suggestion) -> Note | None:
    """The note of whoever has it, where they took it over; None where they only came first."""
    over = Note.objects.filter(suggestion=suggestion, kind=Note.Kind.TAKE_OVER)
    return over.filter(person=suggestion.claimed_by_id).order_by("-id").first()


def held(suggestion_ids: Collection[UUID]) -> frozenset[UUID]:
    """Of these, those a person took in hand, or what they took the place of: every verb leaves a note. One query.

    What a run holds back or drew is in people's hands as well.
    """
    if not suggestion_ids:
        return frozenset()
    with connection.cursor() as cursor:
        cursor.execute(HELD, [list(suggestion_ids)])
        return frozenset(root for (root,) in cursor.fetchall())


def _on_its_way(suggestion: Suggestion) -> Q:
    """Its notes, and those of what it took the place of."""
    if suggestion.supersedes_id is None:
        return Q(suggestion=suggestion)
    # Our own words; what they are asked about stays beside them.
    return Q(suggestion__in=RawSQL(BEFORE, [suggestion.pk, MOST_BEFORE]))  # noqa: S611


def successor_of(suggestion: Suggestion) -> Suggestion | None:
    """The one that took its place, the latest where there are several."""
    return Suggestion.objects.filter(supersedes=suggestion).order_by("-made_at", "-pk").first()


def queues_for(suggestion: Suggestion, *, at: datetime) -> Sequence[Queue]:
    """Where it may be passed on to: the other queues in which a person who is here now sees it; one query."""
    away = Absence.objects.filter(user=OuterRef("user"), starts_at__lte=at, ends_at__gt=at)
    sees = QueueMembership.objects.filter(~Exists(away), queue=OuterRef("pk"), user__is_active=True)
    rows = Queue.objects.exclude(name=UNROUTED).exclude(pk=suggestion.queue_id or 0)
    if suggestion.team_id is not None:
        of_team = Membership.objects.filter(user=OuterRef("user"), team=suggestion.team_id)
        sees = sees.filter(Q(user__role=Role.ADMIN) | Exists(of_team))
        rows = rows.filter(Q(team=None) | Q(team=suggestion.team_id))
    else:
        rows = rows.filter(team=None)
    return list(rows.filter(Exists(sees)).order_by("position", "id"))
