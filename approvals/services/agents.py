"""Agents and their keys. A key is shown once, kept as a hash, scoped, expiring, and asked again on each request."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import transaction
from django.db.models import Q

from approvals.models import Agent, AgentKey
from approvals.models.agent import Scope
from crmgov.kernel.refusals import Invalid, NotAllowed, NotFound, Refused
from crmgov.people import policy
from crmgov.people.models import Team, User

# Named, so that a secret scanner finds one that was committed by mistake.
MARK = "crmgov"
SECRET_BYTES = 32
LONGEST_LIFE = timedelta(days=366)
# A write per request would be the most frequent write of all.
USE_NOTED_EVERY = timedelta(minutes=1)


class NoKey(Refused):
    """Send your agent key: Authorization: Bearer KEY."""

    status = 401


class UnknownKey(Refused):
    """This key is not known here. Check it, or ask an admin for a new one."""

    status = 401


class RevokedKey(Refused):
    """This key was revoked. Ask an admin for a new one."""

    status = 401


class ExpiredKey(Refused):
    """This key has expired. Ask an admin for a new one."""

    status = 401


class AgentOff(NotAllowed):
    """This agent is deactivated, or the person who owns it is. An admin can change that."""


class OutOfScope(NotAllowed):
    """This key is not allowed to do this."""


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """The key and, this once, its secret."""

    key: AgentKey
    secret: str


@transaction.atomic(durable=True)
def create_agent(
    *, name: str, owner: User, teams: Collection[Team], by: User, at: datetime, description: str = ""
) -> Agent:
    """Register a program that may propose. Raises NotAllowed, Invalid."""
    _require_admin(by)
    name = name.strip()
    if not name or len(name) > 80:
        raise Invalid("An agent needs a name of at most 80 characters.", {"name": "Give it a name."})
    if Agent.objects.filter(name__iexact=name).exists():
        raise Invalid(f"There is an agent called “{name}” already.", {"name": "Choose another name."})
    if not owner.is_active:
        raise Invalid(f"{owner} is not active and cannot own an agent.", {"owner": "Choose somebody active."})
    agent = Agent.objects.create(name=name, owner=owner, description=description.strip()[:300], created_at=at)
    agent.teams.set(teams)
    return agent


@transaction.atomic(durable=True)
def deactivate(*, agent: Agent, by: User, at: datetime) -> None:
    """Every key of it is refused from now on; what it proposed stays. Raises NotAllowed."""
    _require_admin(by)
    if agent.built_in:
        raise NotAllowed("It is part of crmgov, and nothing would let it begin again. Pause it instead.")
    Agent.objects.filter(pk=agent.pk, deactivated_at=None).update(deactivated_at=at)


@transaction.atomic(durable=True)
def issue_key(
    *,
    agent: Agent,
    expires_at: datetime,
    by: User,
    at: datetime,
    scopes: Collection[str] = tuple(Scope.values),
) -> IssuedKey:
    """A new key; the secret is in the answer and nowhere else. Raises NotAllowed, Invalid."""
    _require_admin(by)
    if agent.built_in:
        raise NotAllowed("It is part of crmgov and needs no key: nobody else proposes in its name.")
    if not scopes or not set(scopes) <= set(Scope.values):
        raise Invalid(f"A key needs scopes out of {', '.join(Scope.values)}.", {"scopes": "Choose scopes."})
    if not at < expires_at <= at + LONGEST_LIFE:
        raise Invalid("A key expires in the future and within a year.", {"expires_at": "Choose a date."})
    prefix = secrets.token_hex(4)
    secret = f"{MARK}_{prefix}_{secrets.token_urlsafe(SECRET_BYTES)}"
    key = AgentKey.objects.create(
        agent=agent,
        prefix=prefix,
        secret_sha256=_hash(secret),
        scopes=sorted(scopes),
        created_by=by,
        created_at=at,
        expires_at=expires_at,
    )
    return IssuedKey(key, secret)


@transaction.atomic(durable=True)
def revoke(*, key_id: int, by: User, at: datetime) -> AgentKey:
    """The next request with this key is refused. Raises NotAllowed, NotFound."""
    _require_admin(by)
    key = AgentKey.objects.select_for_update().filter(pk=key_id).first()
    if key is None:
        raise NotFound("There is no such key.")
    if key.revoked_at is None:
        key.revoked_at, key.revoked_by = at, by
        key.save(update_fields=["revoked_at", "revoked_by"])
    return key


def authenticate(*, secret: str, at: datetime) -> AgentKey:
    """The key of this secret, if it may be used now. Raises NoKey, UnknownKey, RevokedKey, ExpiredKey, AgentOff."""
    if not secret.strip():
        raise NoKey
    key = AgentKey.objects.select_related("agent__owner").filter(secret_sha256=_hash(secret.strip())).first()
    if key is None:
        raise UnknownKey
    _require_usable(key, at)
    _note_use(key, at)
    return key


def ask_again(key: AgentKey, at: datetime) -> None:
    """Whether the key may still be used, for a request that takes long. Raises as `authenticate` does."""
    _require_usable(AgentKey.objects.select_related("agent__owner").get(pk=key.pk), at)


def require_scope(key: AgentKey, scope: str) -> None:
    """Raises OutOfScope, naming what the key lacks."""
    if scope not in key.scopes:
        raise OutOfScope(f"This key lacks the scope {scope}. Ask an admin for a key that has it.")


def _require_usable(key: AgentKey, at: datetime) -> None:
    if key.revoked_at is not None:
        raise RevokedKey
    if key.expires_at <= at:
        raise ExpiredKey
    if key.agent.deactivated_at is not None or not key.agent.owner.is_active:
        raise AgentOff


def _note_use(key: AgentKey, at: datetime) -> None:
    long_ago = Q(last_used_at=None) | Q(last_used_at__lt=at - USE_NOTED_EVERY)
    AgentKey.objects.filter(long_ago, pk=key.pk).update(last_used_at=at)


def _hash(secret: str) -> str:
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _require_admin(user: User) -> None:
    if not policy.may(user, policy.Act.ADMINISTER):
        raise NotAllowed("Only an admin manages agents and their keys.")
