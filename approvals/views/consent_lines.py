"""What a contact said about being contacted, as lines of their page."""

from __future__ import annotations

from typing import Any

from crmgov.records.models import Consent
from crmgov.records.rules.contactability import ANY


def lines_of(words: list[Consent]) -> list[dict[str, Any]]:
    """Each word as the contact's page shows it."""
    tones = {Consent.State.OPTED_IN: "ok", Consent.State.OPTED_OUT: "danger"}
    icons = {Consent.State.OPTED_IN: "check", Consent.State.OPTED_OUT: "stop"}
    return [
        {
            "channel": word.get_channel_display(),
            "purpose": "every purpose" if word.purpose == ANY else word.purpose,
            "state": word.get_state_display(),
            "tone": tones.get(Consent.State(word.state), "unknown"),
            "icon": icons.get(Consent.State(word.state), "help"),
            "by": word.recorded_by,
            "at": word.recorded_at,
            "evidence": word.source,
        }
        for word in words
    ]
