"""What AI proposed about a record, and whether a person decided a change."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import Q, QuerySet

from approvals.models import Decision, Suggestion
from crmgov.people.models import User
from crmgov.records.models import AuthorityKind, ChangeSet
from crmgov.records.models.governed import Governed
from crmgov.records.selectors.cursors import Cursor
from crmgov.records.selectors.keyset import Order, Page, page_of

MOST_OPEN = 20
BY_MADE = Order(("made_at", "id"), descending=True)


def open_about(record: Governed, user: User) -> list[Suggestion]:
    """Return what waits for a person on this record and what hangs on it, most urgent first; one query."""
    waiting = _about(record, user).filter(status=Suggestion.Status.QUEUED)
    return list(waiting.order_by("effective_due_at", "id")[:MOST_OPEN])


def page_about(record: Governed, user: User, cursor: Cursor | None) -> Page[Suggestion]:
    """Return a page of everything proposed about it, newest first."""
    return page_of(_about(record, user), order=BY_MADE, cursor=cursor)


def decided_by(user: User, change_sets: Collection[ChangeSet]) -> frozenset[UUID]:
    """Return which of these change sets came of a decision of this person; one query.

    A revert is decided by whoever reverts: it can be reverted in turn, by them too.
    """
    reverts = {one.pk for one in change_sets if _reverted_by(user, one)}
    decisions = {one.decision_id: one.pk for one in change_sets if one.decision_id is not None}
    if not decisions:
        return frozenset(reverts)
    own = Decision.objects.filter(pk__in=decisions, person=user).values_list("pk", flat=True)
    return frozenset(reverts | {decisions[decision] for decision in own})


def _reverted_by(user: User, change_set: ChangeSet) -> bool:
    return change_set.authority == AuthorityKind.REVERT and change_set.authority_id == str(user.pk)


def _about(record: Governed, user: User) -> QuerySet[Suggestion]:
    rows: QuerySet[Suggestion] = Suggestion.objects.for_user(user)
    return rows.filter(Q(record_id=record.pk) | Q(account_id=record.pk)).select_related(
        "workflow_version__workflow", "agent", "proposed_by", "execution", "decision"
    )
