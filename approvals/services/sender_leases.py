"""Which worker has which messages in its hands, and what becomes of them when it is gone.

A sender holds an advisory lock of its session under its number. Postgres lets go of it the moment the worker dies, so
what it held is free at once; the time on the lease is for a machine that vanished without a word. A lease that lies
further ahead than any that could be made now is from before a clock was set back, and counts for nothing.
None of this keeps a message from being sent twice: the claim does (services/sending.py).
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.db.models import Count, F, Func, IntegerField, Q, QuerySet, TextField, Value
from django.db.models.functions import Lower

from approvals.models import Delivery, Execution

from .pauses import Paused

log = structlog.get_logger(__name__)

# The first of the two numbers of an advisory lock: "send" in ASCII.
SPACE = 0x73656E64
# Above what one conversation may last up to the bytes, and above the bytes (providers/smtp.py, Patience).
LEASE = timedelta(seconds=120)
MINUTE = timedelta(minutes=1)
# Of those due this many are looked at for a batch; what is over the limit of its domain is no candidate.
LOOKS_AT = 200
LIVING = """
SELECT objid::bigint FROM pg_locks
WHERE locktype = 'advisory' AND granted AND classid = %s AND objsubid = 2
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"""
GONE = "The sender stopped while it was handing this over. Nobody knows whether the mail server has it."


def anything_to_do(at: datetime) -> bool:
    """Cheap: asked every few seconds for ever."""
    return _waiting().filter(Q(due_at__lte=at) | Q(sending__isnull=False)).exists()


@contextmanager
def alive(most: int) -> Iterator[int | None]:
    """Be a sender under a number of one's own; None where as many as may are at work."""
    if len(_living()) >= most:
        yield None
        return
    sender = secrets.randbelow(2**31 - 1) + 1
    stay(sender)
    try:
        yield sender
    finally:
        with suppress(DatabaseError, InterfaceError):
            _give_back(sender)
            _ask("SELECT pg_advisory_unlock_all()", [])


def stay(sender: int) -> None:
    """Hold the lock, also on a connection that took the place of one that broke."""
    _ask("SELECT pg_try_advisory_lock(%s, %s)", [SPACE, sender])


@transaction.atomic(durable=True)
def take(*, sender: int, at: datetime, most: int) -> list[UUID]:
    """Lease up to `most` due messages, the longest due first, as many of each domain as it may get this minute."""
    # One at a time: two who count at once would each give a domain its whole minute.
    _ask("SELECT pg_advisory_xact_lock(%s, 0)", [SPACE])
    gone = ~Q(sender__in=_living()) | _expired(at)
    free = (
        _waiting().filter(Q(sender=None) | gone, sending=None, due_at__lte=at).exclude(Paused.now().stops())
    )
    limit, used = settings.MESSAGES.domain_a_minute, _used(at, gone)
    full = [domain for domain, number in used.items() if number >= limit]
    found = free.annotate(domain=_domain("suggestion__message__recipient")).exclude(domain__in=full)
    chosen: list[UUID] = []
    for key, domain in found.order_by("due_at", "id").values_list("pk", "domain")[:LOOKS_AT]:
        if used[domain] < limit and len(chosen) < most:
            used[domain] += 1
            chosen.append(key)
    held = free.filter(pk__in=chosen).select_for_update(of=("self",), skip_locked=True)
    leased = list(held.order_by("due_at", "id").values_list("pk", flat=True))
    Execution.objects.filter(pk__in=leased).update(sender=sender, leased_until=at + LEASE)
    return leased


def sweep(*, at: datetime) -> int:
    """Say of what was being handed over when its worker died that nobody knows; return of how many.

    It is never sent again by itself: a person settles it.
    """
    gone = Q(sender=None) | ~Q(sender__in=_living()) | _expired(at)
    stuck = _waiting().filter(gone, sending__isnull=False)
    return sum(_sweep_one(key, gone, at) for key in list(stuck.values_list("pk", flat=True)))


@transaction.atomic(durable=True)
def _sweep_one(execution_id: UUID, gone: Q, at: datetime) -> int:
    rows = _waiting().filter(gone, pk=execution_id, sending__isnull=False)
    execution = rows.select_for_update(of=("self",), skip_locked=True).first()
    if execution is None:
        return 0
    log.warning("message_outcome_unknown", execution_id=str(execution_id), number=execution.sending)
    execution.status, execution.note, execution.finished_at = Execution.Status.UNKNOWN, GONE, at
    execution.sender = execution.leased_until = execution.sending = None
    execution.save(update_fields=["status", "note", "finished_at", "sender", "leased_until", "sending"])
    return 1


def _waiting() -> QuerySet[Execution]:
    return Execution.objects.filter(status=Execution.Status.PENDING, leaves=True)


def _living() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(LIVING, [SPACE])
        return [number for (number,) in cursor.fetchall() if number]


def _expired(at: datetime) -> Q:
    return Q(leased_until=None) | Q(leased_until__lte=at) | Q(leased_until__gt=at + LEASE)


def _used(at: datetime, gone: Q) -> Counter[str]:
    """What each domain got within the last minute, and what is about to go there."""
    claimed = Delivery.objects.filter(claimed_at__gt=at - MINUTE, claimed_at__lte=at)
    leased = _waiting().filter(sender__isnull=False, sending=None).exclude(gone)
    used: Counter[str] = Counter()
    for rows, column in ((claimed, "recipient"), (leased, "suggestion__message__recipient")):
        for domain, number in (
            rows.order_by().annotate(domain=_domain(column)).values_list("domain").annotate(n=Count("pk"))
        ):
            used[domain] += number
    return used


def _domain(column: str) -> Func:
    last = Value(-1, output_field=IntegerField())
    return Func(Lower(F(column)), Value("@"), last, function="split_part", output_field=TextField())


def _give_back(sender: int) -> None:
    """What it leased and did not get to is anybody's."""
    _waiting().filter(sender=sender, sending=None).update(sender=None, leased_until=None)


def _ask(sql: str, params: list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
