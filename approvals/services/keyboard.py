"""A person's keys: on or off, and which key does what."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from approvals.models import KeyboardPreference
from approvals.rules import keys
from crmgov.kernel.refusals import Invalid
from crmgov.people.models import User


@transaction.atomic(durable=True)
def arrange(*, user: User, enabled: bool, typed: Mapping[str, str]) -> KeyboardPreference:
    """Listen to these keys from now on, or to none. Raises Invalid, which names each verb."""
    read = keys.read(typed)
    if read.errors:
        raise Invalid("Some keys cannot be taken as they stand.", read.errors)
    row, _ = KeyboardPreference.objects.update_or_create(
        user=user, defaults={"enabled": enabled, "keys": read.keys}
    )
    return row


@transaction.atomic(durable=True)
def reset(*, user: User) -> None:
    """The usual keys, switched on."""
    KeyboardPreference.objects.filter(user=user).delete()
