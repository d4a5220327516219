"""The record somebody means by what they typed: its name, or the address of its page."""

from __future__ import annotations

import re
from typing import Any, cast
from uuid import UUID

from django.db.models import Q, Value
from django.db.models.functions import Concat

from crmgov.people.models import User
from crmgov.records import registry
from crmgov.records.models.governed import Governed

IDENTIFIER = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
MOST = 4


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
