"""Users: made, moved and deactivated by an admin. Nobody is ever deleted.

`actor` None is the operator at the command line, who has the database anyway.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from crmgov.kernel.refusals import Invalid, NotAllowed, NotFound, Refused
from crmgov.people.models import Membership, Role, Team, User
from crmgov.people.policy import Act, may


class EmailTaken(Refused):
    """Somebody already logs in with this e-mail address. Choose another, or reactivate that person."""


class LastAdmin(Refused):
    """This is the only active admin. Make somebody else an admin first."""


@transaction.atomic(durable=True)
def create(
    *,
    email: str,
    name: str,
    role: Role,
    teams: Iterable[Team],
    password: str | None,
    actor: User | None,
    time_zone: str = "UTC",
) -> User:
    """Make a person who can log in; without a password they are invited to set one by the reset mail.

    Raises Invalid naming the field, EmailTaken, NotAllowed.
    """
    require_admin(actor)
    email = email.strip().lower()
    _check(email=email, name=name, password=password)
    if User.objects.filter(email__iexact=email).exists():
        raise EmailTaken
    user = User.objects.create_user(
        email,
        password or _nobody_knows(),
        name=name.strip(),
        role=role,
        time_zone=time_zone,
        is_staff=is_staff(role),
    )
    Membership.objects.bulk_create(Membership(user=user, team=team) for team in teams)
    return user


@transaction.atomic(durable=True)
def set_role(*, user_id: int, role: Role, actor: User | None) -> User:
    """Give another role; it counts from the next request on."""
    require_admin(actor)
    lock_admins()
    user = _lock(user_id)
    if role != Role.ADMIN:
        _require_another_admin(user)
    user.role, user.is_staff, user.is_superuser = role, is_staff(role), False
    user.save(update_fields=["role", "is_staff", "is_superuser"])
    return user


@transaction.atomic(durable=True)
def deactivate(*, user_id: int, actor: User | None) -> User:
    """Close the door for somebody: their sessions are refused on the next request."""
    require_admin(actor)
    lock_admins()
    user = _lock(user_id)
    _require_another_admin(user)
    user.is_active = False
    user.save(update_fields=["is_active"])
    return user


@transaction.atomic(durable=True)
def reactivate(*, user_id: int, actor: User | None) -> User:
    require_admin(actor)
    user = _lock(user_id)
    user.is_active = True
    user.save(update_fields=["is_active"])
    return user


@transaction.atomic(durable=True)
def invite(*, user_id: int, actor: User | None) -> User:
    """Let somebody in whom an import brought: from now on the reset mail lets them set a password."""
    require_admin(actor)
    user = _lock(user_id)
    if not user.has_usable_password():
        user.set_password(_nobody_knows())
        user.save(update_fields=["password"])
    return user


@transaction.atomic(durable=True)
def join(*, user_id: int, team: Team, actor: User | None) -> None:
    """Put somebody in a team; they see its records from the next request on."""
    require_admin(actor)
    Membership.objects.get_or_create(user=_lock(user_id), team=team)


@transaction.atomic(durable=True)
def leave(*, user_id: int, team: Team, actor: User | None) -> None:
    require_admin(actor)
    Membership.objects.filter(user=_lock(user_id), team=team).delete()


def is_staff(role: str) -> bool:
    """Only admins reach the Django admin."""
    return role == Role.ADMIN


def lock_admins() -> None:
    """Of two admins who take each other's role away at once, the second sees that the first is gone.

    Before any other lock on a person, in the order of their keys, so that nobody waits for each other.
    """
    admins = User.objects.select_for_update().filter(role=Role.ADMIN, is_active=True)
    list(admins.order_by("pk").values_list("pk"))


def would_lock_everybody_out(user: User) -> bool:
    """Is this the only person left who can administer?"""
    others = User.objects.filter(role=Role.ADMIN, is_active=True).exclude(pk=user.pk)
    return not others.exists()


def _nobody_knows() -> str:
    """A password that only the reset mail replaces. None at all would mean: may not log in."""
    return secrets.token_urlsafe(32)


def require_admin(actor: User | None) -> None:
    if actor is not None and not may(actor, Act.ADMINISTER):
        raise NotAllowed("Only an admin changes users and teams.")


def _require_another_admin(user: User) -> None:
    if user.role == Role.ADMIN and user.is_active and would_lock_everybody_out(user):
        raise LastAdmin


def _lock(user_id: int) -> User:
    user = User.objects.select_for_update().filter(pk=user_id).first()
    if user is None:
        raise NotFound("There is no such person.")
    return user


def _check(*, email: str, name: str, password: str | None) -> None:
    errors: dict[str, str] = {}
    try:
        validate_email(email)
    except ValidationError:
        errors["email"] = f"“{email}” is not an e-mail address."
    if not name.strip():
        errors["name"] = "A person needs a name: it stands on everything they decide."
    if password is not None:
        try:
            validate_password(password, User(email=email, name=name))
        except ValidationError as problem:
            errors["password"] = " ".join(problem.messages)
    if errors:
        raise Invalid("This person cannot be made yet.", errors)
