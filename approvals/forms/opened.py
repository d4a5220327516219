"""What a page showed, signed for the person it was shown to: only a page of ours can say what was opened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self
from uuid import UUID

from django.core import signing

from crmgov.people.models import User

SALT = "crmgov.opened"


@dataclass(frozen=True, slots=True)
class Opened:
    """`kind` is a record type or "suggestion"."""

    kind: str
    thing_id: UUID

    def sign(self, user: User) -> str:
        return signing.dumps([self.kind, str(self.thing_id), user.pk], salt=SALT)

    @classmethod
    def read(cls, raw: str, user: User) -> Self | None:
        """Return what was opened; None for what no page of ours said to this person."""
        try:
            kind, thing_id, person = signing.loads(raw, salt=SALT)
        except signing.BadSignature:
            return None
        return cls(kind, UUID(thing_id)) if person == user.pk else None
