"""An admin's signature that stands for a cell's evidence until evidence is counted."""

from __future__ import annotations

import hmac
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.crypto import salted_hmac

from approvals.models import Agent, Grant, WorkflowVersion
from approvals.rules.vocabulary import Level
from crmgov.kernel.canonical import canonical
from crmgov.kernel.refusals import Invalid, NotAllowed, NotFound, Refused
from crmgov.people import policy
from crmgov.people.models import User

GRANTABLE = (Level.DRAFT, Level.EXECUTE, Level.FULL)
SALT = "approvals.grant"


class AlreadyGranted(Refused):
    """This cell has an open grant. Revoke it first, then sign the new one."""


@transaction.atomic(durable=True)
def grant(
    *,
    agent: Agent,
    workflow_version: WorkflowVersion,
    action: str,
    field_group: str,
    level: str,
    reason: str,
    user: User,
    at: datetime,
    segment: str = "",
) -> Grant:
    """Let a cell act up to `level`. An empty segment stands for any. Raises NotAllowed, Invalid, AlreadyGranted."""
    _require_admin(user)
    if level not in GRANTABLE:
        raise Invalid(
            f"A grant is for draft, execute or full, not for {level}.", {"level": "Choose a level."}
        )
    if not reason.strip():
        raise Invalid("A grant needs a reason, for whoever asks later.", {"reason": "Say why."})
    row = Grant(
        agent=agent,
        workflow_version=workflow_version,
        action=action,
        field_group=field_group,
        segment=segment,
        level=level,
        reason=reason.strip(),
        granted_by=user,
        granted_at=at,
    )
    row.signature = _signature(row)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise AlreadyGranted from error
    return row


@transaction.atomic(durable=True)
def revoke(*, grant_id: int, user: User, at: datetime) -> Grant:
    """Take the grant back; what is pending under it is asked again before it runs."""
    _require_admin(user)
    row = Grant.objects.select_for_update().filter(pk=grant_id, revoked_at=None).first()
    if row is None:
        raise NotFound("There is no open grant of this number.")
    row.revoked_by, row.revoked_at = user, at
    row.save(update_fields=["revoked_by", "revoked_at"])
    return row


def is_valid(grant: Grant) -> bool:
    """Was this row signed here, and is it open? A row slipped in by SQL, or changed since, counts for nothing."""
    return grant.revoked_at is None and hmac.compare_digest(grant.signature, _signature(grant))


def _signature(grant: Grant) -> str:
    signed = [
        grant.agent_id,
        grant.workflow_version_id,
        grant.action,
        grant.field_group,
        grant.segment,
        str(grant.level),
        grant.granted_by_id,
        grant.granted_at.timestamp(),
    ]
    return salted_hmac(SALT, canonical(signed), algorithm="sha256").hexdigest()


def _require_admin(user: User) -> None:
    if not policy.may(user, policy.Act.ADMINISTER):
        raise NotAllowed("Only an admin grants or revokes autonomy.")
