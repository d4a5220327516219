"""A message that went out, as it stands on the timeline of whoever got it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from crmgov.records.models import Contact, Source
from crmgov.records.models.activities import ActivityKind
from crmgov.records.services.activities import NewActivity

# Our own source, so that an entry is told from what a mailbox or an import brought.
SOURCE = "crmgov outbox"


def entry(
    contact: Contact,
    *,
    kind: ActivityKind = ActivityKind.MAIL_OUT,
    subject: str,
    text: str,
    by: str,
    at: datetime,
    key: str,
    execution_id: UUID,
    suggestion_id: UUID,
) -> NewActivity:
    """The entry; `key` is the name by which it is appended once."""
    ours = Source.Kind.VERIFIED_SYSTEM
    source, _ = Source.objects.get_or_create(
        name=SOURCE, defaults={"kind": ours, "trust_rank": Source.DEFAULT_RANKS[ours]}
    )
    return NewActivity(
        about=contact,
        kind=kind,
        occurred_at=at,
        source=source,
        external_id=key,
        subject=subject,
        body=text,
        by=by[:160],
        data={"execution": str(execution_id), "suggestion": str(suggestion_id)},
    )
