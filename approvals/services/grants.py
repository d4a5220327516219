"""An admin's signature under which a cell acts: for its evidence, or by hand."""

from __future__ import annotations

import hmac
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.crypto import salted_hmac

from approvals.models import Agent, Cell, CellTally, Grant, WorkflowVersion
from approvals.rules.vocabulary import Level
from crmgov.kernel.canonical import canonical
from crmgov.kernel.refusals import Invalid, NotAllowed, NotFound, Refused
from crmgov.people import policy
from crmgov.people.models import User

from . import demotions

GRANTABLE = (Level.DRAFT, Level.EXECUTE, Level.FULL)
SALT = "approvals.grant"
LONGEST_REASON = 300


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
    return _save(row)


def earned(*, cell: Cell, level: str, reason: str, user: User, at: datetime) -> Grant:
    """The grant of one cell for its evidence; its signature covers that cell alone. Joins the caller's transaction.

    Raises AlreadyGranted.
    """
    return _save(
        Grant(
            agent=cell.agent,
            workflow_version=cell.workflow_version,
            action=cell.action,
            field_group=cell.field_group,
            segment=cell.segment,
            cell=cell,
            level=level,
            reason=reason,
            granted_by=user,
            granted_at=at,
        )
    )


def _save(row: Grant) -> Grant:
    row.signature = _signature(row)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise AlreadyGranted from error
    _begin_anew(row)
    return row


def _begin_anew(row: Grant) -> None:
    """What runs under a new signature is read as if nothing had run before; what was offered for it is looked at."""
    of = Cell.objects.filter(
        agent=row.agent,
        workflow_version=row.workflow_version,
        action=row.action,
        field_group=row.field_group,
        **({"segment": row.segment} if row.segment or row.cell_id else {}),
    )
    covered = list(of.select_for_update().order_by("pk").values_list("pk", flat=True))
    CellTally.objects.filter(cell__in=covered).update(ran=0)
    Cell.objects.filter(pk__in=covered).update(moved_at=row.granted_at)


@transaction.atomic(durable=True)
def revoke(*, grant_id: int, user: User, at: datetime, reason: str = "") -> Grant:
    """Take the grant back; what is pending under it is asked again before it runs, and its cell begins anew."""
    _require_admin(user)
    row = Grant.objects.select_for_update().filter(pk=grant_id, revoked_at=None).first()
    if row is None:
        raise NotFound("There is no open grant of this number.")
    row.revoked_by, row.revoked_at, row.revoked_reason = user, at, reason.strip()[:LONGEST_REASON]
    row.save(update_fields=["revoked_by", "revoked_at", "revoked_reason"])
    if row.cell_id is not None:
        demotions.demote(
            [row.cell_id], why=row.revoked_reason or "The grant was taken back.", at=at, user=user
        )
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
        *([grant.cell_id] if grant.cell_id is not None else []),
    ]
    return salted_hmac(SALT, canonical(signed), algorithm="sha256").hexdigest()


def _require_admin(user: User) -> None:
    if not policy.may(user, policy.Act.ADMINISTER):
        raise NotAllowed("Only an admin grants or revokes autonomy.")
