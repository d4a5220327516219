"""A person records what a contact said about being contacted: how they know stands beside it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from crmgov.kernel.refusals import Invalid, NotAllowed
from crmgov.people.models import User
from crmgov.people.policy import Act, may
from crmgov.records.models import Consent, Contact
from crmgov.records.rules.contactability import ANY
from crmgov.records.selectors.standing import standing_to

from . import consent
from .edits import person, visible

# What the columns hold.
LONGEST_EVIDENCE, LONGEST_PURPOSE = 120, 40
STATES = (Consent.State.OPTED_IN, Consent.State.OPTED_OUT)
UNFIT = "This cannot be saved yet."


@transaction.atomic(durable=True)
def take_down(
    *, contact_id: UUID, channel: str, purpose: str, state: str, evidence: str, user: User, at: datetime
) -> list[Consent]:
    """Record a yes or a no; a no without a purpose is one for every purpose. Returns the rows written.

    A no only tightens, so whoever edits the contact records it; a yes is protected (DESIGN §6).
    Raises NotFound, NotAllowed, Invalid naming each field.
    """
    contact = visible("contact", contact_id, user)
    assert isinstance(contact, Contact)  # noqa: S101 (the type was asked for)
    _require_right(user, contact, state)
    purpose, evidence = purpose.strip().lower(), evidence.strip()
    _check(contact, purpose, state, evidence)
    if state == Consent.State.OPTED_OUT and purpose in ("", ANY):
        return consent.withdraw(contact=contact, channel=channel, actor=person(user), at=at, source=evidence)
    written = consent.record(
        contact=contact,
        channel=channel,
        purpose=purpose,
        state=state,
        actor=person(user),
        at=at,
        lawful_basis="consent" if state == Consent.State.OPTED_IN else "",
        source=evidence,
    )
    return [written]


def _require_right(user: User, contact: Contact, state: str) -> None:
    standing = standing_to(user, contact)
    if not may(user, Act.EDIT, standing):
        raise NotAllowed
    if state != Consent.State.OPTED_OUT and not may(user, Act.EDIT_PROTECTED, standing):
        raise NotAllowed("An opt-in is protected: an account manager or an admin records it.")


def _check(contact: Contact, purpose: str, state: str, evidence: str) -> None:
    errors: dict[str, str] = {}
    if state not in STATES:
        errors["state"] = "Choose whether they opted in or out."
    if state == Consent.State.OPTED_IN and not purpose:
        errors["purpose"] = f"Name the purpose they said yes to; “{ANY}” is every purpose."
    if len(purpose) > LONGEST_PURPOSE:
        errors["purpose"] = f"It has {len(purpose)} characters, and {LONGEST_PURPOSE} is the most."
    if state == Consent.State.OPTED_IN and not evidence:
        errors["evidence"] = "Say how you know: when and where they said so."
    if len(evidence) > LONGEST_EVIDENCE:
        errors["evidence"] = f"It has {len(evidence)} characters, and {LONGEST_EVIDENCE} is the most."
    if contact.archived_at is not None:
        errors["channel"] = "The contact is archived. Restore it first."
    if errors:
        raise Invalid(UNFIT, errors)
