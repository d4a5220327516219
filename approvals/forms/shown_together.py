"""What was on screen when somebody decided several together: signed when the page is drawn, read when it comes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

from django.core import signing
from django.http import QueryDict

from crmgov.people.models import User

from .shown import FIELD, NotShown

SALT = "approvals.shown_together"


@dataclass(frozen=True, slots=True)
class ShownTogether:
    """{suggestion: digest on the page}, the ones picked at random to be read first, and when the page was drawn."""

    seen: Mapping[UUID, str]
    sample: Sequence[UUID]
    at: datetime

    def sign(self, user: User) -> str:
        seen = [[str(key), digest] for key, digest in self.seen.items()]
        said = [user.pk, seen, [str(key) for key in self.sample], self.at.isoformat()]
        return signing.dumps(said, salt=SALT, compress=True)

    @classmethod
    def read(cls, posted: QueryDict, user: User) -> Self:
        """Raises NotShown for what no page signed for this person."""
        try:
            reader, seen, sample, at = signing.loads(posted.get(FIELD, ""), salt=SALT)
        except (signing.BadSignature, ValueError, TypeError) as error:
            raise NotShown from error
        if reader != user.pk:
            raise NotShown
        digests = {UUID(key): str(digest) for key, digest in seen}
        return cls(digests, [UUID(key) for key in sample], datetime.fromisoformat(at))
