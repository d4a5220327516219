"""Whom nobody writes to: added by anybody who may, lifted only by two admins together.

`add` joins the caller's transaction (an approved request of an agent, an opt-out of somebody unknown); the others are
entry verbs. Whoever adds one waits for who is being written to, and after that nobody is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q

from crmgov.kernel.actors import Actor, ActorType
from crmgov.kernel.days import last_day
from crmgov.kernel.refusals import Invalid, NotAllowed, NotFound, Refused
from crmgov.people import admins
from crmgov.people.models import User
from crmgov.people.policy import Act, may
from crmgov.records.models import Suppression
from crmgov.records.rules.domains import host
from crmgov.records.rules.formats import email
from crmgov.records.rules.problems import ValueProblem

from . import recipients

# Where nobody else could confirm, the same admin may, after sleeping on it (DESIGN §4).
# What lasts longer lasts for good; calendars end in the year 9999.
LONGEST = timedelta(days=3_652)
UNFIT = "This suppression cannot be added yet."
FORMATS = {Suppression.Kind.ADDRESS: email, Suppression.Kind.DOMAIN: host}


class AlreadySuppressed(Refused):
    """It is suppressed already, and for as long."""


class AlreadyLifted(Refused):
    """This suppression was lifted or has ended."""


class AlreadyAsked(Refused):
    """An admin asked to lift it already. Another one confirms that."""


class NotAsked(Refused):
    """Nobody asks to lift this any more."""


class SecondPersonNeeded(Refused):
    """Another admin lifts what you asked to lift."""

    status = 403


@dataclass(frozen=True, slots=True)
class Target:
    """What nobody writes to. `value` is an address or domain, `account_id` an account."""

    kind: str
    value: str = ""
    account_id: UUID | None = None


def add(*, target: Target, reason: str, until: datetime | None, actor: Actor, at: datetime) -> Suppression:
    """Suppress an address, a domain with all beneath it, or an account, until a moment or for good.

    Raises Invalid naming each field, AlreadySuppressed.
    """
    target = _checked(target, reason, until, at)
    lock(target)
    if standing := covering(target, until, at):
        raise AlreadySuppressed(
            f"{standing.value or standing.account} is suppressed already, "
            + (f"until {last_day(standing.until):%d %b %Y}." if standing.until else "for good.")
        )
    return Suppression.objects.create(
        kind=target.kind,
        value=target.value,
        account_id=target.account_id,
        reason=reason.strip(),
        until=until,
        added_by=actor.label[:160],
        added_at=at,
    )


@transaction.atomic(durable=True)
def add_by_hand(
    *, target: Target, reason: str, until: datetime | None, user: User, at: datetime
) -> Suppression:
    """The same by an admin. Raises NotAllowed, Invalid, AlreadySuppressed."""
    _require_admin(user)
    return add(target=target, reason=reason, until=until, actor=_person(user), at=at)


@transaction.atomic(durable=True)
def ask_to_lift(*, suppression_id: int, reason: str, user: User, at: datetime) -> Suppression:
    """Ask the other admins to lift it; it holds until one does.

    Raises NotAllowed, NotFound, Invalid (no reason), AlreadyLifted, AlreadyAsked.
    """
    _require_admin(user)
    found = _standing(suppression_id, at)
    if found.lift_asked_by is not None:
        raise AlreadyAsked(f"{found.lift_asked_by} asked to lift it already.")
    if not reason.strip() or len(reason.strip()) > 300:
        raise Invalid(
            "Say why they may be written to again.", {"reason": "Say why, in at most 300 characters."}
        )
    found.lift_asked_by, found.lift_asked_at, found.lift_reason = user, at, reason.strip()
    found.save(update_fields=["lift_asked_by", "lift_asked_at", "lift_reason"])
    return found


@transaction.atomic(durable=True)
def confirm_lift(*, suppression_id: int, user: User, at: datetime) -> Suppression:
    """Lift what another admin asked to lift; the only admin confirms their own word after a day.

    Raises NotAllowed, NotFound, AlreadyLifted, NotAsked, SecondPersonNeeded.
    """
    _require_admin(user)
    found = _asked(suppression_id, at)
    found.sole_admin = _require_second_person(found, user, at)
    found.lifted_by, found.lifted_at = user, at
    found.save(update_fields=["lifted_by", "lifted_at", "sole_admin"])
    return found


@transaction.atomic(durable=True)
def keep(*, suppression_id: int, user: User, at: datetime) -> Suppression:
    """Say no to lifting it, whoever asked. Raises NotAllowed, NotFound, AlreadyLifted, NotAsked."""
    _require_admin(user)
    found = _asked(suppression_id, at)
    found.lift_asked_by, found.lift_asked_at, found.lift_reason = None, None, ""
    found.save(update_fields=["lift_asked_by", "lift_asked_at", "lift_reason"])
    return found


def why_not_confirm(found: Suppression, user: User, *, at: datetime) -> str:
    """Return why this admin may not lift it now, "" when they may."""
    try:
        _require_second_person(found, user, at)
    except SecondPersonNeeded as refusal:
        return refusal.say
    return ""


def lock(target: Target) -> None:
    """One recipient, or everybody who may be meant."""
    if target.kind == Suppression.Kind.ADDRESS:
        recipients.lock(target.value)
    else:
        recipients.lock_everybody()


def covering(target: Target, until: datetime | None, at: datetime) -> Suppression | None:
    """Return one that stands and lasts at least as long."""
    as_long = Q(until=None) if until is None else Q(until=None) | Q(until__gte=until)
    standing = Suppression.objects.filter(
        Q(until=None) | Q(until__gt=at),
        as_long,
        kind=target.kind,
        value=target.value,
        account=target.account_id,
        lifted_at=None,
    )
    return standing.select_related("account").order_by("pk").first()


def _checked(target: Target, reason: str, until: datetime | None, at: datetime) -> Target:
    """The target in the one spelling that recipients are compared with."""
    errors: dict[str, str] = {}
    try:
        target = _normal(target)
    except ValueProblem as problem:
        errors["value"] = str(problem)
    if not reason.strip() or len(reason.strip()) > 300:
        errors["reason"] = "Say why, in at most 300 characters."
    if until is not None and until <= at:
        errors["until"] = "That has passed. Choose a later day, or none for good."
    elif until is not None and until > at + LONGEST:
        errors["until"] = "Within ten years. Leave it empty for good."
    if errors:
        raise Invalid(UNFIT, errors)
    return target


def _normal(target: Target) -> Target:
    """Raises ValueProblem."""
    if target.kind == Suppression.Kind.ACCOUNT:
        if target.account_id is None or not _kept(target.account_id):
            raise ValueProblem("There is no such account.")
        return Target(target.kind, account_id=target.account_id)
    if target.kind not in FORMATS:
        raise ValueProblem("Choose an address, a domain or an account.")
    value = target.value.strip()
    if target.kind == Suppression.Kind.DOMAIN:
        value = value.removeprefix("@")
    return Target(target.kind, FORMATS[Suppression.Kind(target.kind)](value))


def _kept(account_id: UUID) -> bool:
    """Whether there is such an account. It is locked before any recipient, as the row that names it will want it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM records_account WHERE id = %s FOR KEY SHARE", [account_id])
        return cursor.fetchone() is not None


def _standing(suppression_id: int, at: datetime) -> Suppression:
    rows = Suppression.objects.select_for_update(of=("self",)).select_related("lift_asked_by", "account")
    found = rows.filter(pk=suppression_id).first()
    if found is None:
        raise NotFound("There is no such suppression.")
    if found.lifted_at is not None or (found.until is not None and found.until <= at):
        raise AlreadyLifted
    return found


def _asked(suppression_id: int, at: datetime) -> Suppression:
    found = _standing(suppression_id, at)
    if found.lift_asked_by is None:
        raise NotAsked
    return found


def _require_second_person(found: Suppression, user: User, at: datetime) -> bool:
    """Return whether they lift it alone, which only the sole admin may, after a day."""
    if found.lift_asked_by_id != user.pk:
        return False
    if other := admins.other_than(user.pk):
        raise SecondPersonNeeded(f"You asked to lift it, so another admin confirms: ask {other}.")
    ripe_at = (found.lift_asked_at or at) + admins.SOLE_ADMIN_WAITS
    if at < ripe_at:
        raise SecondPersonNeeded(
            f"You are the only admin, so this waits a day: lift it from {ripe_at:%d %b %H:%M} UTC."
        )
    return True


def _require_admin(user: User) -> None:
    if not may(user, Act.ADMINISTER):
        raise NotAllowed("Only an admin adds suppressions by hand, and only two lift one.")


def _person(user: User) -> Actor:
    return Actor(ActorType.HUMAN, str(user.pk), str(user))
