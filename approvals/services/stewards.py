"""Naming who answers for data quality, consent and experiments."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from approvals.models import Steward
from crmgov.kernel.refusals import Invalid, NotAllowed
from crmgov.people import policy
from crmgov.people.models import Role, User


@transaction.atomic(durable=True)
def name(*, duty: str, person: User, why: str, user: User, at: datetime) -> Steward:
    """Put the duty into this person's hands; who had it before stays readable. Raises NotAllowed, Invalid."""
    if not policy.may(user, policy.Act.ADMINISTER):
        raise NotAllowed("Only an admin names stewards.")
    errors = {}
    if duty not in Steward.Duty.values:
        errors["duty"] = "There are three: data quality, consent and experiments."
    if not person.is_active or person.role == Role.AUDITOR:
        errors["person"] = "A steward is somebody who is active here and no auditor: they have to act."
    if not why.strip():
        errors["why"] = "Say why, for whoever asks later."
    if errors:
        raise Invalid(" ".join(errors.values()), errors)
    return Steward.objects.create(duty=duty, person=person, why=why.strip(), named_by=user, named_at=at)
