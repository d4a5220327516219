"""Approved messages leave, each once. What was taken from us without a word back is UNKNOWN, and never sent again
by itself (DESIGN §5, INVARIANTS S1 to S5).

For each message: tell the server from whom and to whom; claim the delivery in a transaction of its own, under the lock
of the recipient, in which everything is asked again; hand the bytes over; write down what came of it. A worker that
dies before the claim leaves nothing behind, one that dies after it a delivery without an end, which the sweep finds.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection, transaction

from approvals.models import Execution, Message
from approvals.providers.sink import Sink
from approvals.providers.smtp import Smtp
from approvals.providers.transport import Answer, Envelope, Kind, Transport
from approvals.rules.message_headers import as_it_travels
from crmgov.records.services import contacting, trouble

from . import deliveries, message_barriers, sender_leases
from .deliveries import Claimed
from .pauses import Paused

log = structlog.get_logger(__name__)
# A conversation lasts, so one moment is not enough: what is asked and written names the time it happens.
Clock = Callable[[], datetime]

BATCH = 10
# After this a round ends and leaves its thread to others; the next ring is seconds away.
ROUND_SECONDS = 45.0
# The server has the message: a database that is away for a moment must not make that unknown.
WAITS_SECONDS = (0.5, 1.0, 2.0, 4.0, 8.0)
Status = Execution.Status


def work_off(*, clock: Clock, transport: Transport | None = None) -> int:
    """Send what is due, over one connection; return how many messages were brought to an end or put off."""
    if not sender_leases.anything_to_do(clock()):
        return 0
    sender_leases.sweep(at=clock())
    with sender_leases.alive(settings.MESSAGES.connections) as sender:
        return 0 if sender is None else _Round(sender, clock, transport or configured()).run()


def configured() -> Transport:
    """The mail server of the settings, or the folder that stands in for one."""
    server = settings.MESSAGES
    return Smtp(server) if server.host else Sink(settings.MESSAGE_FOLDER)


class _Round:
    """One sender at work."""

    def __init__(self, sender: int, clock: Clock, transport: Transport) -> None:
        self.sender, self.clock, self.transport = sender, clock, transport
        self.server_is_there = True
        self.until = time.monotonic() + ROUND_SECONDS

    def run(self) -> int:
        done = 0
        try:
            while leased := self._lease():
                for execution_id in leased:
                    if not self._goes_on():
                        return done
                    done += self._send(execution_id)
        finally:
            self.transport.close()
        return done

    def _lease(self) -> list[UUID]:
        if not self._goes_on():
            return []
        return sender_leases.take(sender=self.sender, at=self.clock(), most=BATCH)

    def _goes_on(self) -> bool:
        return self.server_is_there and time.monotonic() < self.until

    def _send(self, execution_id: UUID) -> int:
        message = Message.objects.get(suggestion__execution=execution_id)
        envelope = _envelope(message)
        offered = self.transport.offer(envelope)
        if offered.kind is not Kind.READY:
            # One message stands for those that wait behind it: they lose no try while the server is away.
            self.server_is_there = offered.kind is not Kind.AWAY
            deliveries.declined(
                execution_id=execution_id, sender=self.sender, answer=offered, at=self.clock()
            )
            return 1
        claimed = self._claim(execution_id, message)
        if claimed is None:
            self.transport.withdraw()
            return 1
        answer = self.transport.hand_over(envelope)
        self.server_is_there = answer.kind is not Kind.AWAY
        self._write_down(claimed, answer)
        return 1

    def _claim(self, execution_id: UUID, message: Message) -> Claimed | None:
        try:
            sender_leases.stay(self.sender)
            return claim(execution_id=execution_id, message=message, sender=self.sender, at=self.clock())
        except DatabaseError as error:
            if not trouble.of_the_database(error):
                raise
            # Others hold its row or its recipient for longer than a moment. It stays as it was.
            log.warning(
                "message_not_claimed", execution_id=str(execution_id), error=trouble.first_line(error)
            )
            return None

    def _write_down(self, claimed: Claimed, answer: Answer) -> None:
        for wait in (*WAITS_SECONDS, None):
            try:
                deliveries.write_down(claimed=claimed, answer=answer, at=self.clock())
            except (DatabaseError, InterfaceError) as error:
                if wait is None or not trouble.of_the_database(error):
                    raise
                time.sleep(wait)
                connection.close_if_unusable_or_obsolete()
            else:
                return


@transaction.atomic(durable=True)
def claim(*, execution_id: UUID, message: Message, sender: int, at: datetime) -> Claimed | None:
    """Ask everything again and put the delivery down; None where it may not leave, or not now.

    What may not leave ends as cancelled, or failed where it is not what was decided.
    """
    trouble.wait_briefly()
    execution = _mine(execution_id, sender, at)
    if execution is None:
        return None
    contacting.lock_recipient(message.contact_id, message.channel, message.recipient)
    if said := message_barriers.not_as_decided(execution, message):
        deliveries.called_off(execution, Status.FAILED, said, at)
        return None
    if found := message_barriers.barrier(execution, message, at):
        if found.until is None:
            deliveries.called_off(execution, Status.CANCELLED, found.sentence, at)
        else:
            deliveries.put_off(execution, found.sentence, found.until)
        return None
    if Paused.now().stops_this(execution.suggestion):
        return None
    execution.leased_until = at + sender_leases.LEASE
    return deliveries.claim(execution, message, at)


def _mine(execution_id: UUID, sender: int, at: datetime) -> Execution | None:
    """The row, locked, if it still waits in the hands of this sender."""
    rows = Execution.objects.select_for_update(of=("self",)).select_related(
        "decision__person",
        "decision__policy_version",
        "suggestion__agent",
        "suggestion__proposed_by",
        "suggestion__workflow_version__workflow",
    )
    waiting = rows.filter(status=Status.PENDING, leaves=True, sending=None, due_at__lte=at)
    return waiting.filter(pk=execution_id, sender=sender).first()


def _envelope(message: Message) -> Envelope:
    recipient = as_it_travels(message.recipient)
    return Envelope(settings.MESSAGES.sender, recipient, message.message_id, bytes(message.mime))
