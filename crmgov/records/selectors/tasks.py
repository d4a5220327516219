"""Tasks of a person: the open ones by the day they are due, or what was done, newest first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import cast

from django.db.models import F, QuerySet

from crmgov.people.models import Role, User
from crmgov.people.policy import sees_everything
from crmgov.records.models import Task

from .cursors import Cursor
from .keyset import Order, Page, page_of
from .lists import CHUNK, JOINED

ME, NOBODY, EVERYBODY = "me", "nobody", "everybody"
OPEN, DONE = "open", "done"
BY_DUE = Order(("due_on", "id"), nullable=True)
BY_DONE = Order(("done_at", "id"), descending=True)
# A list of people to choose from is of use up to here.
MOST_PEOPLE = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """`person`: me, nobody, everybody, or the key of a user as text; `show`: open or done."""

    person: str = ME
    show: str = OPEN

    @property
    def order(self) -> Order:
        return BY_DONE if self.show == DONE else BY_DUE


def page_for(*, user: User, asked: Asked, cursor: Cursor | None) -> Page[Task]:
    """Return one page with what a row names; two queries at most."""
    return page_of(rows_for(user=user, asked=asked), order=asked.order, cursor=cursor)


def exported(*, user: User, asked: Asked) -> Iterator[Task]:
    """Return the whole list in its order, a chunk at a time."""
    rows = rows_for(user=user, asked=asked).select_related("team")
    if asked.show == DONE:
        rows = rows.order_by("-done_at", "-id")
    else:
        rows = rows.order_by(F("due_on").asc(nulls_last=True), "id")
    return rows.iterator(chunk_size=CHUNK)


def rows_for(*, user: User, asked: Asked) -> QuerySet[Task]:
    """Return what this person sees of it, not yet in order."""
    rows = cast("QuerySet[Task]", Task.objects.for_user(user).present().select_related(*JOINED["task"]))
    rows = rows.filter(done_at__isnull=asked.show != DONE)
    if asked.person == EVERYBODY:
        return rows
    if asked.person == NOBODY:
        return rows.filter(assignee=None)
    return rows.filter(assignee=user.pk if asked.person == ME else int(asked.person))


def may_choose(user: User) -> bool:
    """Admins, auditors and account managers look at the tasks of others, each among those they share a team with."""
    return sees_everything(user) or user.role == Role.ACCOUNT_MANAGER


def people_of(user: User) -> list[User]:
    """Return whose tasks this person may choose, themselves left out; one query."""
    return list(colleagues(user)[:MOST_PEOPLE]) if may_choose(user) else []


def colleagues(user: User) -> QuerySet[User]:
    """Return the active people this person shares a team with; everybody for those who see all teams."""
    rows = User.objects.filter(is_active=True).exclude(pk=user.pk).order_by("name", "pk")
    if sees_everything(user):
        return rows
    return rows.filter(memberships__team__memberships__user=user).distinct()


def who_may_have(task: Task) -> list[User]:
    """Return the active people who would see it: of its team, and those who see all teams; one query."""
    rows = User.objects.filter(is_active=True).order_by("name", "pk")
    if task.team_id is not None:
        of_team = rows.filter(memberships__team=task.team_id)
        rows = (of_team | rows.filter(role__in=[Role.ADMIN, Role.AUDITOR])).distinct()
    return list(rows.exclude(role=Role.AUDITOR)[:MOST_PEOPLE])


def due(user: User, *, today: date) -> QuerySet[Task]:
    """Return this person's open tasks that are due today or before."""
    return rows_for(user=user, asked=Asked()).filter(due_on__lte=today).select_related(None)
