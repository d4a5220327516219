"""Who is away, and who decides for them meanwhile."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from crmgov.kernel.refusals import Invalid, NotAllowed, NotFound
from crmgov.people.models import Absence, Delegation, User
from crmgov.people.policy import Act, may


@transaction.atomic(durable=True)
def plan(
    *,
    user: User,
    starts_at: datetime,
    ends_at: datetime,
    actor: User,
    at: datetime,
    delegate: User | None = None,
    note: str = "",
) -> Absence:
    """Write down an absence; the delegate may decide for that time what the absent person may.

    Raises Invalid naming the field, and NotAllowed unless it is one's own or an admin plans it.
    """
    _require_own_or_admin(user, actor)
    # Of two absences planned at once, the second sees the first.
    User.objects.select_for_update().get(pk=user.pk)
    _check(user, starts_at, ends_at, delegate, at)
    absence = Absence.objects.create(user=user, starts_at=starts_at, ends_at=ends_at, note=note.strip())
    if delegate is not None:
        Delegation.objects.create(user=user, delegate=delegate, starts_at=starts_at, ends_at=ends_at)
    return absence


@transaction.atomic(durable=True)
def end(*, absence_id: int, actor: User, at: datetime) -> None:
    """They are back early: the absence and its delegations end now, one not yet begun is dropped."""
    absence = Absence.objects.select_for_update().select_related("user").filter(pk=absence_id).first()
    if absence is None:
        raise NotFound("There is no such absence.")
    _require_own_or_admin(absence.user, actor)
    covers = Delegation.objects.filter(
        user=absence.user, starts_at=absence.starts_at, ends_at=absence.ends_at
    )
    if absence.starts_at >= at:
        covers.delete()
        absence.delete()
    elif absence.ends_at > at:
        covers.update(ends_at=at)
        absence.ends_at = at
        absence.save(update_fields=["ends_at"])


def away(*, user: User, at: datetime) -> bool:
    return Absence.objects.filter(user=user, starts_at__lte=at, ends_at__gt=at).exists()


def covered_by(*, user: User, at: datetime) -> list[User]:
    """For whom may this person decide right now? Only for active people."""
    return list(
        User.objects.filter(
            delegations_given__delegate=user,
            delegations_given__starts_at__lte=at,
            delegations_given__ends_at__gt=at,
            is_active=True,
        ).distinct()
    )


def _require_own_or_admin(user: User, actor: User) -> None:
    if actor.pk != user.pk and not may(actor, Act.ADMINISTER):
        raise NotAllowed("People plan their own absences; for somebody else an admin does.")


def _check(user: User, starts_at: datetime, ends_at: datetime, delegate: User | None, at: datetime) -> None:
    errors: dict[str, str] = {}
    if ends_at <= starts_at:
        errors["ends_at"] = "The last moment away must come after the first."
    elif ends_at <= at:
        errors["ends_at"] = "That day has passed. Choose a later one."
    elif Absence.objects.filter(user=user, starts_at__lt=ends_at, ends_at__gt=starts_at).exists():
        errors["ends_at"] = "There is an absence in this time already. End that one first."
    if delegate is not None and delegate.pk == user.pk:
        errors["delegate"] = "Somebody else has to decide meanwhile."
    elif delegate is not None and not delegate.is_active:
        errors["delegate"] = f"{delegate} is deactivated and cannot decide for anybody."
    if errors:
        raise Invalid("This absence cannot be planned.", errors)
