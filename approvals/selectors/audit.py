"""Searching the ledger: what was written, by whom, by what authority; newest first, page by page.

Who may read which rows is the line "audit" of the role table: a reviewer what they decided, an account manager what
hangs on their accounts, admins and auditors everything. The record is asked for as it is now: one that moved to
another team is no longer theirs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.db.models import Q, QuerySet

from approvals.models import Decision
from crmgov.kernel.actors import ActorType
from crmgov.people.models import User
from crmgov.people.policy import Act, Standing, may
from crmgov.records.models import (
    Account,
    BuyingRole,
    Contact,
    FieldChange,
    Opportunity,
    Task,
    Ticket,
)
from crmgov.records.rules import searches
from crmgov.records.selectors import change_sets, search
from crmgov.records.selectors.cursors import Cursor
from crmgov.records.selectors.listed import listed
from crmgov.records.selectors.lists import SEARCHED

SIZE = 50
# A name that more records carry says too little; the newest changes of so many are looked through.
MOST_NAMED = 500
# Rows held in memory at a time while an export is streamed.
CHUNK = 2_000
CURSOR_LENGTH = 3
# Whose hand it was: an agent's number may be a person's too.
BY_PEOPLE = (ActorType.HUMAN, ActorType.HUMAN_APPROVED_AI)


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants to know of the ledger; empty means any.

    `records` are the ids that a name or id stood for, None where none was asked for. `field` is record type and
    field, `workflow` name and version. From `since` on, before `until`.
    """

    records: tuple[UUID, ...] | None = None
    field: tuple[str, str] | None = None
    person_id: str = ""
    agent: str = ""
    workflow: tuple[str, str] | None = None
    source: str = ""
    actor_type: str = ""
    since: datetime | None = None
    until: datetime | None = None

    @property
    def by_row(self) -> bool:
        """Whether what narrows it stands on the field change, so that an index of that table leads."""
        return self.records is not None or self.field is not None or bool(self.source)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A page of field changes, each with its change set; `older` begins the next."""

    rows: list[FieldChange]
    older: Cursor | None


@dataclass(frozen=True, slots=True)
class Named:
    """The records that a text names; `cut` where there are more of them than are looked through."""

    ids: tuple[UUID, ...]
    cut: bool = False


def page_for(user: User, asked: Asked, cursor: Cursor | None, *, size: int = SIZE) -> Stretch:
    """Return what was written before the cursor, or last; one query."""
    rows = ordered(user, asked)
    if (place := _place(cursor)) is not None:
        rows = rows.filter(_behind(_at(asked), place))
    found = list(rows[: size + 1])
    last = found[size - 1] if len(found) > size else None
    older = (
        Cursor((last.change_set.at.isoformat(), str(last.change_set_id), str(last.pk)))
        if last is not None
        else None
    )
    return Stretch(found[:size], older)


def exported(user: User, asked: Asked) -> Iterator[FieldChange]:
    """Return every row of the filtered ledger in its order, a chunk at a time."""
    return ordered(user, asked).iterator(chunk_size=CHUNK)


def ordered(user: User, asked: Asked) -> QuerySet[FieldChange]:
    """What this person may audit and asked for, newest first.

    A field change has the time of its change set. Ordering by the one whose index the filters lead into gives the
    same order, and spares sorting all of it.
    """
    rows = FieldChange.objects.filter(_scope(user), _filters(asked)).select_related("change_set")
    return rows.order_by(f"-{_at(asked)}", "-change_set_id", "-id")


def records_named(user: User, text: str) -> Named:
    """Return the records of any type, archived ones too, that a name or an id stands for.

    An id is taken as it is: the ledger knows records that are nowhere else any more.
    """
    query = searches.read(text)
    if query.key is not None:
        return Named((query.key,))
    ids = {row.pk for row in search.exact(user=user, query=query)}
    cut = False
    for rows in _named(user, query):
        some = list(rows.order_by("pk").values_list("pk", flat=True)[: MOST_NAMED + 1])
        cut = cut or len(some) > MOST_NAMED
        ids.update(some[:MOST_NAMED])
    return Named(tuple(sorted(ids)), cut)


def _named(user: User, query: searches.Query) -> Iterator[QuerySet[Any]]:
    for kind in search.KINDS:
        yield search.of_user(user, kind).filter(search.matching(SEARCHED[kind], query))
    yield Task.objects.for_user(user).filter(search.matching(("title",), query))
    people = search.of_user(user, "contact").filter(search.matching(SEARCHED["contact"], query))
    yield BuyingRole.objects.for_user(user).filter(contact__in=people.values("pk"))


def _scope(user: User) -> Q:
    """The line "audit" of the role table as a condition on the rows."""
    if may(user, Act.AUDIT):
        return Q()
    if may(user, Act.AUDIT, Standing(in_team=True, decided_it=True)):
        own = Decision.objects.filter(person=user).values("pk")
        return Q(change_set__decision_id__in=own) & change_sets.visible_to(user)
    if may(user, Act.AUDIT, Standing(in_team=True, owns_account=True)):
        return Q(record_id__in=_on_own_accounts(user))
    return Q(pk__in=())


def _on_own_accounts(user: User) -> QuerySet[Any]:
    """The ids of one's accounts, of what hangs on them, and of one's people and deals without an account."""
    alone = Q(account=None, owner=user)
    parts = (
        Account.objects.for_user(user).filter(owner=user),
        Contact.objects.for_user(user).filter(Q(account__owner=user) | alone),
        Opportunity.objects.for_user(user).filter(Q(account__owner=user) | alone),
        Ticket.objects.for_user(user).filter(account__owner=user),
        Task.objects.for_user(user).filter(account__owner=user),
        BuyingRole.objects.for_user(user).filter(opportunity__account__owner=user),
    )
    first, *rest = (cast("Any", rows).order_by().values("pk") for rows in parts)
    return cast("QuerySet[Any]", first.union(*rest, all=True))


def _filters(asked: Asked) -> Q:
    found = Q()
    if asked.records is not None:
        found &= Q(record_id__in=listed(asked.records, "uuid"))
    if asked.field is not None:
        found &= Q(record_type=asked.field[0], field=asked.field[1])
    if asked.source:
        found &= Q(source=asked.source)
    if asked.workflow is not None:
        found &= Q(change_set__workflow=asked.workflow[0], change_set__workflow_version=asked.workflow[1])
    if asked.person_id:
        found &= Q(change_set__actor_id=asked.person_id, change_set__actor_type__in=BY_PEOPLE)
    by_set = {"change_set__agent_label": asked.agent, "change_set__actor_type": asked.actor_type}
    found &= Q(**{name: value for name, value in by_set.items() if value})
    at = _at(asked)
    times = {f"{at}__gte": asked.since, f"{at}__lt": asked.until}
    return found & Q(**{name: value for name, value in times.items() if value is not None})


def _at(asked: Asked) -> str:
    return "at" if asked.by_row else "change_set__at"


def _place(cursor: Cursor | None) -> tuple[datetime, UUID, int] | None:
    if cursor is None:
        return None
    try:
        at, change_set, key = cursor.keys
        return datetime.fromisoformat(at), UUID(change_set), int(key)
    except ValueError:
        return None


def _behind(at: str, place: tuple[datetime, UUID, int]) -> Q:
    """Older than the row at the edge; the bound on the time alone is what lets the index start there."""
    time, change_set, key = place
    tied = Q(change_set_id__lt=change_set) | Q(change_set_id=change_set, id__lt=key)
    return Q(**{f"{at}__lte": time}) & (Q(**{f"{at}__lt": time}) | Q(**{at: time}) & tied)
