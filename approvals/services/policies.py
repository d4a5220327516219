"""Policy versions: one admin drafts, another publishes (four-eyes, DESIGN §2)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import connections, transaction
from django.db.models import Max
from django.db.utils import DEFAULT_DB_ALIAS

from approvals.models import PolicyDraft, PolicyVersion
from approvals.rules.policy import Policy, initial
from approvals.rules.policy_checks import problems
from crmgov.kernel.refusals import Invalid, NotAllowed, NotFound, Refused
from crmgov.people import policy
from crmgov.people.models import Role, User

# Where nobody else could publish, the same admin may, after sleeping on it (DESIGN §4).
SOLE_ADMIN_WAITS = timedelta(hours=24)
FIRST_REASON = "Version 1, as shipped: whatever is not proven is decided by a person."


class SecondPersonNeeded(Refused):
    """Another admin publishes what you drafted."""

    status = 403


class DraftClosed(Refused):
    """This draft was published or discarded already."""


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
def draft(*, document: dict[str, Any], rationale: str, user: User, at: datetime) -> PolicyDraft:
    """Keep a checked document for a second admin. Raises NotAllowed, Invalid with every problem."""
    _require_admin(user)
    wrong = problems(document)
    if wrong:
        raise Invalid(" ".join(wrong), {"document": " ".join(wrong)})
    if not rationale.strip():
        raise Invalid("A policy needs its why.", {"rationale": "Say why this changes."})
    return PolicyDraft.objects.create(
        document=Policy.from_json(document, version=0).to_json(),
        rationale=rationale.strip(),
        drafted_by=user,
        drafted_at=at,
    )


@transaction.atomic(durable=True)
def publish(*, draft_id: int, user: User, at: datetime) -> PolicyVersion:
    """Put the draft into force as the next number. Raises NotAllowed, SecondPersonNeeded, DraftClosed."""
    _require_admin(user)
    found = _open_draft(draft_id)
    sole = _require_second_person(found, user, at)
    _lock(DEFAULT_DB_ALIAS)
    latest = PolicyVersion.objects.aggregate(number=Max("number"))["number"] or 0
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
    found = _open_draft(draft_id)
    found.discarded_at = at
    found.save(update_fields=["discarded_at"])
    return found


def _open_draft(draft_id: int) -> PolicyDraft:
    found = PolicyDraft.objects.select_for_update().filter(pk=draft_id).first()
    if found is None:
        raise NotFound("There is no policy draft of this number.")
    if found.published_id is not None or found.discarded_at is not None:
        raise DraftClosed
    return found


def _require_second_person(found: PolicyDraft, user: User, at: datetime) -> bool:
    """Return whether the drafter publishes alone, which only the sole admin may, after a day."""
    if found.drafted_by_id != user.pk:
        return False
    others = User.objects.filter(role=Role.ADMIN, is_active=True).exclude(pk=user.pk)
    # People brought in by an import have no password: they cannot log in and publish.
    other = next((person for person in others if person.has_usable_password()), None)
    if other is not None:
        raise SecondPersonNeeded(f"You drafted this, so another admin publishes it: ask {other}.")
    ripe = found.drafted_at + SOLE_ADMIN_WAITS
    if at < ripe:
        raise SecondPersonNeeded(
            f"You are the only admin, so this waits a day: publish it from {ripe:%d %b %H:%M} UTC."
        )
    return True


def _lock(using: str) -> None:
    """One number per version: publishing waits for publishing, reading waits for nobody."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('approvals.policy'))")


def _require_admin(user: User) -> None:
    if not policy.may(user, policy.Act.ADMINISTER):
        raise NotAllowed("Only an admin drafts or publishes a policy.")
