"""Drawing what ran by itself and nobody looked at, so that people read it afterwards (models/outcome.py)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from approvals.models import AuditSample
from approvals.rules.studio import Thresholds
from approvals.selectors import studio
from approvals.selectors.studio import Slice
from crmgov.kernel.refusals import Invalid, NotAllowed
from crmgov.people import policy
from crmgov.people.models import User

# More than this nobody reads in one go.
MOST = 500


@transaction.atomic(durable=True)
def draw(
    *, slice_: Slice, thresholds: Thresholds, number: int, user: User, at: datetime
) -> list[AuditSample]:
    """Draw so many by chance of those the thresholds would run; fewer where there are no more.

    What somebody else draws meanwhile is not drawn twice. Raises NotAllowed, Invalid.
    """
    if not policy.may(user, policy.Act.ADMINISTER):
        raise NotAllowed("Only an admin draws automatic actions to be read.")
    if not 1 <= number <= MOST:
        said = f"Draw between 1 and {MOST} at a time."
        raise Invalid(said, {"number": said})
    found = studio.unread(user, slice_, thresholds, at=at).order_by("?")[:number]
    keys = list(found.values_list("suggestion__execution", flat=True))
    if not keys:
        raise Invalid("Nothing is left to draw: whatever ran by itself here was read, or is drawn already.")
    AuditSample.objects.bulk_create(
        [AuditSample(execution_id=key, drawn=AuditSample.Drawn.ASKED, drawn_at=at) for key in keys],
        ignore_conflicts=True,
    )
    return list(AuditSample.objects.filter(execution__in=keys, drawn_at=at))
