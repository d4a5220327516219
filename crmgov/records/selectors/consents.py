"""What a contact said about being contacted, as it stands now."""

from __future__ import annotations

from uuid import UUID

from crmgov.records.models import Consent

# Offered beside those that are known of somebody.
USUAL_PURPOSES = ("newsletter", "product news", "events", "prospecting")
# Of one contact; a handful is usual.
MOST = 50


def said_by(contact_id: UUID) -> list[Consent]:
    """Return the words of one contact by channel and purpose; one query. The caller checked that it is visible."""
    return list(Consent.objects.filter(contact=contact_id).order_by("channel", "purpose")[:MOST])
