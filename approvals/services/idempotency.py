"""Same key and same body: the same answer. Same key, other body: refused. First still running: refused for now.

The row is committed before the work, the answer together with the effect. A call whose process died leaves a
row without an answer and without an effect: after STALE_AFTER the next one with the same body takes it over.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.db import IntegrityError, connection, transaction

from approvals.models import Agent, IdempotentCall
from crmgov.kernel.ids import new_id
from crmgov.kernel.refusals import Invalid, Refused

# Longer than any request may run.
STALE_AFTER = timedelta(minutes=2)
LONGEST_KEY = 200
# An agent repeats a call within minutes; after this its key is new again.
KEPT_FOR = timedelta(days=30)

# In the order of the keys: two batches with the same ones wait for each other instead of ending each other.
CLAIM = """
INSERT INTO approvals_idempotentcall (agent_id, started_at, id, key, body_sha256)
SELECT %s, %s, u.id, u.key, u.digest FROM unnest(%s::uuid[], %s::text[], %s::text[]) AS u(id, key, digest)
ORDER BY u.key ON CONFLICT DO NOTHING RETURNING id, key"""
FINISH = """
UPDATE approvals_idempotentcall c SET status = u.status, answer = u.answer
FROM unnest(%s::uuid[], %s::timestamptz[], %s::smallint[], %s::jsonb[]) AS u(id, started_at, status, answer)
WHERE c.id = u.id AND c.started_at = u.started_at AND c.status IS NULL"""


class OtherBody(Invalid):
    """This Idempotency-Key was used with another body. Send the first body again, or choose a new key."""


class StillRunning(Refused):
    """The first call with this Idempotency-Key is still running. Ask again in a moment."""


class BadKey(Invalid):
    """An Idempotency-Key has 1 to 200 visible characters."""


class TakenOver(Refused):
    """This call took too long and another one with the same key took over. Ask again with the same key."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call in progress, as the row and the moment that make it ours."""

    row_id: Any
    started_at: datetime


@dataclass(frozen=True, slots=True)
class Replay:
    """The answer that was given before."""

    status: int
    answer: Any


def begin(*, agent: Agent, key: str, body: bytes, at: datetime) -> Call | Replay:
    """Claim the key or replay its answer. Raises BadKey, OtherBody, StillRunning. Commits at once."""
    if not _is_good(key):
        raise BadKey
    digest = _digest(body)
    if (call := _claim(agent, key, digest, at)) is not None:
        return call
    row = IdempotentCall.objects.filter(agent=agent, key=key).first()
    # The first call broke down and forgot its key just now: the key is free, so it is ours or somebody quicker's.
    if row is None and (call := _claim(agent, key, digest, at)) is not None:
        return call
    if row is None:
        raise StillRunning
    return _known(row, digest, at)


def begin_all(
    *, agent: Agent, digests: Mapping[str, str], at: datetime
) -> dict[str, Call | Replay | Refused]:
    """The same for many keys with the digests of their bodies; joins the caller's transaction.

    Nobody sees these keys before it commits: who uses one meanwhile waits for the answer.
    """
    found: dict[str, Call | Replay | Refused] = {key: BadKey() for key in digests}
    good = sorted(key for key in digests if _is_good(key))
    if not good:
        return found
    with connection.cursor() as cursor:
        rows = [str(new_id()) for _ in good]
        cursor.execute(CLAIM, [agent.pk, at, rows, good, [digests[key] for key in good]])
        found.update({key: Call(row_id, at) for row_id, key in cursor.fetchall()})
    taken = [key for key in good if not isinstance(found[key], Call)]
    found.update((key, StillRunning()) for key in taken)
    for row in IdempotentCall.objects.filter(agent=agent, key__in=taken) if taken else ():
        try:
            found[row.key] = _known(row, digests[row.key], at)
        except Refused as refused:
            found[row.key] = refused
    return found


def finish_all(answered: Sequence[tuple[Call, int, Any]]) -> None:
    """Keep the answers of many calls, in the transaction of the effect. Raises TakenOver."""
    if not answered:
        return
    columns: list[list[Any]] = [
        [call.row_id for call, _, _ in answered],
        [call.started_at for call, _, _ in answered],
        [status for _, status, _ in answered],
        [json.dumps(answer) for _, _, answer in answered],
    ]
    with connection.cursor() as cursor:
        cursor.execute(FINISH, columns)
        if cursor.rowcount != len(answered):
            raise TakenOver


def digest_of(body: Any) -> str:
    """SHA-256 of what the JSON says: spaces and the order of names mean nothing."""
    said = json.dumps(body, sort_keys=True, separators=(",", ":"))
    return sha256(said.encode()).hexdigest()


def _digest(body: bytes) -> str:
    try:
        return digest_of(json.loads(body))
    except (ValueError, RecursionError):
        return sha256(body).hexdigest()


def _is_good(key: str) -> bool:
    return 0 < len(key) <= LONGEST_KEY and key.isprintable()


def _claim(agent: Agent, key: str, digest: str, at: datetime) -> Call | None:
    """None when somebody has the key."""
    try:
        with transaction.atomic():
            row = IdempotentCall.objects.create(agent=agent, key=key, body_sha256=digest, started_at=at)
    except IntegrityError:
        return None
    return Call(row.pk, at)


def finish(call: Call, *, status: int, answer: Any) -> None:
    """Keep the answer, in the transaction of the effect. Raises TakenOver: then nothing of it may stay."""
    kept = IdempotentCall.objects.filter(pk=call.row_id, started_at=call.started_at, status=None).update(
        status=status, answer=answer
    )
    if kept != 1:
        raise TakenOver


def forget(call: Call) -> None:
    """The call broke down without an effect: the key is free again."""
    IdempotentCall.objects.filter(pk=call.row_id, started_at=call.started_at, status=None).delete()


def prune(*, at: datetime) -> int:
    """Drop answers older than anybody asks for again; returns how many."""
    return IdempotentCall.objects.filter(started_at__lt=at - KEPT_FOR).delete()[0]


def _known(row: IdempotentCall, digest: str, at: datetime) -> Call | Replay:
    if row.body_sha256 != digest:
        raise OtherBody
    if row.status is not None:
        return Replay(row.status, row.answer)
    if at - row.started_at < STALE_AFTER:
        raise StillRunning
    taken = IdempotentCall.objects.filter(pk=row.pk, started_at=row.started_at, status=None).update(
        started_at=at
    )
    if taken != 1:
        raise StillRunning
    return Call(row.pk, at)
