"""Slots of the caps: reserved before anything is sent, used when it was. They join the caller's transaction.

May we, and then do we, is asked and answered under the lock of the recipient, so that of many who would be the last
within a cap exactly one is.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from crmgov.kernel.refusals import Refused
from crmgov.records.models import Contact, Touch
from crmgov.records.rules.contactability import Blocked
from crmgov.records.selectors.contact_rules import in_force
from crmgov.records.selectors.contactability import reasons_for

from . import recipients

# A delay may lead to a moment that is held up again; nobody's night is longer than that.
MOST_DELAYS = 3


class NotContactable(Refused):
    """Nobody may write to this contact now."""

    def __init__(self, reasons: tuple[Blocked, ...]) -> None:
        super().__init__(" ".join(blocked.sentence for blocked in reasons))
        self.reasons = reasons


class SlotUsed(Refused):
    """This was sent already. What is sent again needs a new suggestion."""


class NoSlot(Refused):
    """No slot is reserved for this, or it was given back: ask again whether they may be written to."""


def lock_recipient(contact_id: UUID, channel: str, address: str) -> None:
    """Take the one lock that everybody takes who writes to this contact, at this address or the one they have now."""
    recipients.lock_contacts({(contact_id, channel)}, also=[address])


def lock_all(contacts: Collection[UUID], channel: str) -> None:
    """Take the locks of these recipients, then those of the accounts in whose caps they count."""
    recipients.lock_contacts({(contact_id, channel) for contact_id in contacts})
    accounts = Contact.objects.filter(pk__in=contacts, account__isnull=False)
    recipients.lock_accounts(set(accounts.values_list("account", flat=True)))


def reasons(
    contact_id: UUID, channel: str, purpose: str, at: datetime, *, besides: Collection[UUID] = ()
) -> tuple[Blocked, ...]:
    """Return everything that stands against contacting this one; `besides` as in `reasons_for`."""
    found = reasons_for(
        [contact_id], channel=channel, purpose=purpose, at=at, rules=in_force(), besides=besides
    )
    return found[contact_id]


def reserve(
    *,
    contact: Contact,
    channel: str,
    purpose: str,
    suggestion_id: UUID,
    by: str,
    at: datetime,
    counts_at: datetime,
) -> Touch:
    """Keep a slot for a suggestion, for `counts_at` or the first moment after it that is not quiet.

    Asking again returns the slot that is kept. Whoever reserves several in one transaction takes `lock_all` of them
    first. Raises NotContactable naming every reason, SlotUsed.
    """
    lock_all([contact.pk], channel)
    held = _slot(suggestion_id)
    if held is not None and held.state == Touch.State.USED:
        raise SlotUsed
    if held is not None and held.state == Touch.State.RESERVED:
        return held
    moment = _moment(contact.pk, channel, purpose, max(counts_at, at))
    touch = held or Touch(suggestion_id=suggestion_id)
    touch.state, touch.ended_at = Touch.State.RESERVED, None
    return _kept(touch, contact, channel=channel, purpose=purpose, by=by, at=at, counts_at=moment)


def use(*, suggestion_id: UUID, at: datetime) -> Touch:
    """It was sent at this moment. Saying so twice changes nothing. Raises NoSlot."""
    touch = _slot(suggestion_id)
    if touch is None or touch.state == Touch.State.RELEASED:
        raise NoSlot
    if touch.state == Touch.State.RESERVED:
        touch.state, touch.counts_at, touch.ended_at = Touch.State.USED, at, at
        touch.save(update_fields=["state", "counts_at", "ended_at"])
    return touch


def release(*, suggestion_id: UUID, at: datetime) -> Touch | None:
    """It will not be sent: the slot is somebody else's. Without a slot there is nothing to do. Raises SlotUsed."""
    touch = _slot(suggestion_id)
    if touch is not None and touch.state == Touch.State.USED:
        raise SlotUsed
    if touch is not None and touch.state == Touch.State.RESERVED:
        touch.state, touch.ended_at = Touch.State.RELEASED, at
        touch.save(update_fields=["state", "ended_at"])
    return touch


def log_touch(
    *,
    contact: Contact,
    channel: str,
    purpose: str,
    by: str,
    at: datetime,
    suggestion_id: UUID | None = None,
) -> Touch:
    """Count what a person sent or said themselves; it happened, so nothing is asked.

    Of a suggestion they followed it uses the slot; that it was logged twice changes nothing.
    """
    lock_all([contact.pk], channel)
    touch = _slot(suggestion_id) if suggestion_id is not None else None
    if touch is not None and touch.state == Touch.State.USED:
        return touch
    touch = touch or Touch(suggestion_id=suggestion_id)
    touch.state, touch.ended_at = Touch.State.USED, at
    return _kept(touch, contact, channel=channel, purpose=purpose, by=by, at=at, counts_at=at)


def unlog_touch(*, suggestion_id: UUID, at: datetime) -> None:
    """Whoever said that they sent it did not: it counts no more. What nobody logged needs no correction."""
    touch = _slot(suggestion_id)
    if touch is not None and touch.state == Touch.State.USED:
        touch.state, touch.ended_at = Touch.State.RELEASED, at
        touch.save(update_fields=["state", "ended_at"])


def _slot(suggestion_id: UUID) -> Touch | None:
    return Touch.objects.select_for_update(of=("self",)).filter(suggestion_id=suggestion_id).first()


def _moment(contact_id: UUID, channel: str, purpose: str, wanted: datetime) -> datetime:
    """The first moment from the wanted one on at which nothing but a delay stood in the way."""
    moment, found = wanted, reasons(contact_id, channel, purpose, wanted)
    for _ in range(MOST_DELAYS):
        if not found:
            return moment
        ends = [blocked.until for blocked in found if blocked.is_delay and blocked.until is not None]
        if len(ends) < len(found):
            break
        moment = max(ends)
        found = reasons(contact_id, channel, purpose, moment)
    raise NotContactable(found)


def _kept(
    touch: Touch, contact: Contact, *, channel: str, purpose: str, by: str, at: datetime, counts_at: datetime
) -> Touch:
    touch.contact, touch.channel, touch.purpose = contact, channel, purpose
    # As it is now, under the lock, whatever the caller read before.
    touch.account_id = Contact.objects.values_list("account", flat=True).get(pk=contact.pk)
    touch.by, touch.made_at, touch.counts_at = by[:160], at, counts_at
    touch.save()
    return touch
