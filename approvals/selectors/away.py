"""Who is away, who stands in for whom, and who may be asked to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Q, QuerySet

from crmgov.kernel.refusals import NotFound
from crmgov.people.models import Absence, Delegation, Role, Team, User
from crmgov.people.policy import Act, may, sees_everything

# A company plans more than this for nobody's eyes.
MOST = 200


@dataclass(frozen=True, slots=True)
class Line:
    """One absence. `mine` where the viewer may end it."""

    id: int
    who: str
    starts_at: datetime
    ends_at: datetime
    stands_in: str
    note: str
    now: bool
    mine: bool


@dataclass(frozen=True, slots=True)
class StandIn:
    """Whom the viewer decides for, and until when."""

    who: str
    ends_at: datetime


def visible(user: User) -> QuerySet[Absence]:
    """Absences of oneself and of people one shares a team with; admins and auditors see all."""
    rows = Absence.objects.select_related("user")
    if sees_everything(user):
        return rows
    return rows.filter(Q(user=user) | Q(user__memberships__team__in=_teams(user))).distinct()


def find(user: User, absence_id: int) -> Absence:
    """One of them. Raises NotFound, for another team's too."""
    found = visible(user).filter(pk=absence_id).first()
    if found is None:
        raise NotFound("There is no such absence.")
    return found


def lines(user: User, at: datetime) -> list[Line]:
    """What runs and what is to come, soonest first; two queries."""
    rows = list(visible(user).filter(ends_at__gt=at).order_by("starts_at", "pk")[:MOST])
    covers = _covers(rows)
    manages = may(user, Act.ADMINISTER)
    return [
        Line(
            id=row.pk,
            who=str(row.user),
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            stands_in=", ".join(covers.get((row.user_id, row.starts_at, row.ends_at), ())),
            note=row.note,
            now=row.starts_at <= at,
            mine=manages or row.user_id == user.pk,
        )
        for row in rows
    ]


def standing_in(user: User, at: datetime) -> list[StandIn]:
    """For whom this person decides right now."""
    rows = Delegation.objects.filter(
        delegate=user, starts_at__lte=at, ends_at__gt=at, user__is_active=True
    ).select_related("user")
    return [StandIn(str(row.user), row.ends_at) for row in rows.order_by("user__name", "pk")]


def people(user: User) -> QuerySet[User]:
    """Whose absence they may plan: their own; for admins everybody's who can log in."""
    return _able() if may(user, Act.ADMINISTER) else User.objects.filter(pk=user.pk)


def stand_ins(user: User) -> QuerySet[User]:
    """Who may be asked to decide meanwhile: people who decide, of one's teams, and admins."""
    rows = _able().exclude(role=Role.AUDITOR)
    if may(user, Act.ADMINISTER):
        return rows
    known = Q(memberships__team__in=_teams(user)) | Q(role=Role.ADMIN)
    return rows.filter(known).exclude(pk=user.pk).distinct()


def _able() -> QuerySet[User]:
    rows = User.objects.filter(is_active=True).exclude(password="")
    return rows.exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX).order_by("name", "pk")


def _teams(user: User) -> QuerySet[Team]:
    return Team.objects.filter(memberships__user=user)


def _covers(rows: Sequence[Absence]) -> dict[tuple[int, datetime, datetime], list[str]]:
    """An absence's delegations have its person and its times."""
    found: dict[tuple[int, datetime, datetime], list[str]] = {}
    given = Delegation.objects.filter(user__in={row.user_id for row in rows}).select_related("delegate")
    for one in given.order_by("delegate__name", "pk"):
        found.setdefault((one.user_id, one.starts_at, one.ends_at), []).append(str(one.delegate))
    return found
