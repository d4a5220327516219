"""What was on screen when somebody decided: signed when the page is drawn, read when it comes back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

from django.core import signing
from django.http import QueryDict

from crmgov.kernel.refusals import Refused
from crmgov.people.models import User

SALT = "approvals.shown"
FIELD = "shown"


class NotShown(Refused):
    """It cannot be told what this page had shown you, so nothing was decided. Look at it as it is now, then decide."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The digest on the page and when the page was drawn, for one thing and one person."""

    digest: str
    at: datetime

    def sign(self, *, thing: UUID, user: User) -> str:
        return signing.dumps([str(thing), user.pk, self.digest, self.at.isoformat()], salt=SALT)

    @classmethod
    def read(cls, posted: QueryDict, *, thing: UUID, user: User) -> Self:
        """Raises NotShown for what this page did not sign for this person and thing."""
        try:
            about, reader, digest, at = signing.loads(posted.get(FIELD, ""), salt=SALT)
        except (signing.BadSignature, ValueError, TypeError) as error:
            raise NotShown from error
        if about != str(thing) or reader != user.pk:
            raise NotShown
        return cls(str(digest), datetime.fromisoformat(at))
