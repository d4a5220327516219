"""The record somebody means by what they typed: its name, or the address of its page."""

from __future__ import annotations

import re
from typing import Any, cast
from uuid import UUID

from django.db.models import Q, Value
from django.db.models.functions import Concat

from crmgov.people.models import User
from crmgov.records import registry
from crmgov.records.models import Contact
from crmgov.records.models.governed import Governed

IDENTIFIER = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
MOST = 4
# Fewer letters are part of nearly every name.
FEWEST_LETTERS = 2


def meant_by(*, record_type: str, typed: str, user: User) -> list[Governed]:
    """Return up to MOST records this person sees that `typed` may mean: by id in an address, else by exact name."""
    rows = cast("Any", registry.model_of(record_type)).objects.for_user(user).present()
    if found := IDENTIFIER.search(typed):
        return list(rows.filter(pk=UUID(found.group())))
    if record_type == "contact":
        rows = rows.annotate(full=Concat("first_name", Value(" "), "last_name"))
        return list(rows.filter(Q(full__iexact=typed) | Q(email__iexact=typed)).order_by("pk")[:MOST])
    # Equal up to case: ILIKE without wildcards, so that the trigram index of the name serves.
    literal = typed.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return list(rows.filter(name__ilike=literal).order_by("pk")[:MOST])


def contacts_like(typed: str, *, user: User) -> list[Contact]:
    """Return up to MOST contacts this person sees whom `typed` may mean: as `meant_by`, else by parts.

    Each word is then part of a name or of the e-mail address.
    """
    known = [
        one for one in meant_by(record_type="contact", typed=typed, user=user) if isinstance(one, Contact)
    ]
    words = typed.split()
    if known or max(map(len, words), default=0) < FEWEST_LETTERS:
        return known
    rows = Contact.objects.for_user(user).present()
    for word in words:
        rows = rows.filter(
            Q(first_name__icontains=word) | Q(last_name__icontains=word) | Q(email__icontains=word)
        )
    return list(rows.order_by("last_name", "first_name", "pk")[:MOST])
