"""Policy versions: one admin drafts, another publishes (four-eyes, DESIGN §2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connections, transaction
from django.db.models import Max
from django.db.utils import DEFAULT_DB_ALIAS

from approvals.models import PolicyDraft, PolicyVersion
from approvals.rules import policy_checks, policy_merge
from approvals.rules.policy import Policy, initial
from crmgov.kernel.refusals import Invalid, NotAllowed, NotFound, Refused
from crmgov.people import admins, policy
from crmgov.people.models import User

from .signals import draft_kept

# Where nobody else could publish, the same admin may, after sleeping on it (DESIGN §4).
FIRST_REASON = "Version 1, as shipped: whatever is not proven is decided by a person."


class SecondPersonNeeded(Refused):
    """Another admin publishes what you drafted."""

    status = 403


class DraftClosed(Refused):
    """This draft was published or discarded already."""


class DraftIsOld(Refused):
    """Another policy was published since this draft was written."""


class BadDocument(Invalid):
    """The policy cannot be kept like this; `problems` names each place."""

    def __init__(self, problems: tuple[policy_checks.Problem, ...]) -> None:
        said = " ".join(str(problem) for problem in problems)
        super().__init__(said, {"document": said})
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Publishing:
    """Whether this person publishes it alone as the sole admin, and from when; `other` is who may instead."""

    is_alone: bool
    ripe_at: datetime | None = None
    other: User | None = None


def ensure_first(*, at: datetime, using: str = DEFAULT_DB_ALIAS) -> None:
    """Make policy version 1 where there is none. Joins the caller's transaction; safe to ask again."""
    with transaction.atomic(using=using):
        if not PolicyVersion.objects.using(using).exists():
            _lock(using)
            PolicyVersion.objects.using(using).get_or_create(
                number=1,
                defaults={"document": initial().to_json(), "rationale": FIRST_REASON, "published_at": at},
            )


def can_be_kept(*, using: str) -> bool:
    """Is the table there? It is not yet after a migration of only the floors below."""
    return PolicyVersion._meta.db_table in connections[using].introspection.table_names()


@transaction.atomic(durable=True)
def draft(
    *,
    document: dict[str, Any],
    rationale: str,
    user: User,
    at: datetime,
    against: int | None = None,
    instead_of: int | None = None,
) -> PolicyDraft:
    """Keep a checked document for a second admin; it closes the draft it stands `instead_of`.

    `against` is the version it was written from, without it the one in force. Raises NotAllowed, BadDocument,
    Invalid, DraftClosed.
    """
    _require_admin(user)
    if wrong := policy_checks.found(document):
        raise BadDocument(wrong)
    if not rationale.strip():
        raise Invalid("A policy needs its why.", {"rationale": "Say why this changes."})
    if against is not None and not PolicyVersion.objects.filter(number=against).exists():
        raise NotFound(f"There is no policy {against}.")
    if instead_of is not None:
        _close(_open_draft(instead_of), user, at)
    kept = PolicyDraft.objects.create(
        document=Policy.from_json(document, version=0).to_json(),
        rationale=rationale.strip(),
        drafted_by=user,
        drafted_at=at,
        against=_latest() if against is None else against,
    )
    draft_kept.send_robust(sender=PolicyDraft)
    return kept


@transaction.atomic(durable=True)
def publish(*, draft_id: int, user: User, at: datetime) -> PolicyVersion:
    """Put the draft into force as the next number.

    Raises NotAllowed, SecondPersonNeeded, DraftClosed, DraftIsOld.
    """
    _require_admin(user)
    found = _open_draft(draft_id)
    sole = _require_second_person(found, user, at)
    _lock(DEFAULT_DB_ALIAS)
    latest = _latest()
    _require_current(found, latest)
    version = PolicyVersion.objects.create(
        number=latest + 1,
        document=found.document,
        rationale=found.rationale,
        drafted_by=found.drafted_by,
        published_by=user,
        sole_admin=sole,
        published_at=at,
    )
    found.published = version
    found.save(update_fields=["published"])
    return version


@transaction.atomic(durable=True)
def discard(*, draft_id: int, user: User, at: datetime) -> PolicyDraft:
    """Close the draft unpublished."""
    _require_admin(user)
    return _close(_open_draft(draft_id), user, at)


def rebased(found: PolicyDraft, in_force: PolicyVersion) -> policy_merge.Merged:
    """What the draft changes, on the version in force; nothing is stored."""
    base = PolicyVersion.objects.get(number=found.against)
    return policy_merge.merge(
        base=Policy.from_json(base.document, version=0),
        mine=Policy.from_json(found.document, version=0),
        in_force=Policy.from_json(in_force.document, version=0),
    )


def publishing(found: PolicyDraft, user: User) -> Publishing:
    """Who may put the draft into force, as this person reads it."""
    if found.drafted_by_id != user.pk:
        return Publishing(is_alone=False)
    other = admins.other_than(user.pk)
    if other is not None:
        return Publishing(is_alone=False, other=other)
    return Publishing(is_alone=True, ripe_at=found.drafted_at + admins.SOLE_ADMIN_WAITS)


def _require_second_person(found: PolicyDraft, user: User, at: datetime) -> bool:
    """Return whether the drafter publishes alone, which only the sole admin may, after a day."""
    who = publishing(found, user)
    if who.other is not None:
        raise SecondPersonNeeded(f"You drafted this, so another admin publishes it: ask {who.other}.")
    if who.ripe_at is not None and at < who.ripe_at:
        raise SecondPersonNeeded(
            f"You are the only admin, so this waits a day: publish it from {who.ripe_at:%d %b %H:%M} UTC."
        )
    return who.is_alone


def _require_current(found: PolicyDraft, latest: int) -> None:
    if found.against != latest:
        raise DraftIsOld(
            f"This draft was written from policy {found.against}, and policy {latest} is in force now. "
            "Draft it again from the version in force."
        )


def _open_draft(draft_id: int) -> PolicyDraft:
    found = PolicyDraft.objects.select_for_update().filter(pk=draft_id).first()
    if found is None:
        raise NotFound("There is no policy draft of this number.")
    if found.published is not None:
        by = found.published.published_by
        raise DraftClosed(f"{by} published this draft already, as policy {found.published.number}.")
    if found.discarded_at is not None:
        raise DraftClosed(f"{found.discarded_by or 'Somebody'} discarded this draft already.")
    return found


def _close(found: PolicyDraft, user: User, at: datetime) -> PolicyDraft:
    found.discarded_by, found.discarded_at = user, at
    found.save(update_fields=["discarded_by", "discarded_at"])
    return found


def _latest() -> int:
    return PolicyVersion.objects.aggregate(number=Max("number"))["number"] or 0


def _lock(using: str) -> None:
    """One number per version: publishing waits for publishing, reading waits for nobody."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('approvals.policy'))")


def _require_admin(user: User) -> None:
    if not policy.may(user, policy.Act.ADMINISTER):
        raise NotAllowed("Only an admin drafts or publishes a policy.")
