"""Beside the fields: hold and owner's view of an account, consents of a contact, who does a task, the score."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from approvals.models import Steward
from approvals.selectors import stewards
from approvals.selectors.surroundings import hold_on
from crmgov.records.models import Account, Consent, Contact, OwnerView, Task
from crmgov.records.models.governed import Governed
from crmgov.records.selectors import consents

from . import consent_lines, hold_days, plates, score_cards, tasks
from .rights import Rights


def hold_of(record: Governed, rights: Rights, at: datetime) -> dict[str, Any]:
    """Return the hold that runs on an account, and where to place or lift one; nothing for other types."""
    if not isinstance(record, Account):
        return {}
    hold = hold_on(record.pk, at)
    return {
        "hold": hold,
        "may_hold": rights.hold and record.archived_at is None,
        "hold_url": plates.address("hold", record.pk),
        "hold_button": {"label": "Hold AI contact", "kind": "primary"},
        "hold_days": hold_days.offered(timezone.localdate(at)),
        "hold_reasons": hold_days.REASONS,
        "lift_url": plates.address("lift_hold", hold.pk) if hold and rights.hold else "",
    }


def sides_of(record: Governed, rights: Rights) -> dict[str, Any]:
    """Return what stands beside the fields of this type; a few queries at most."""
    if isinstance(record, Task):
        return tasks.side_of(record, edits=rights.edit)
    if isinstance(record, Contact):
        return {"score": score_cards.card_of(record), **_consents(record, rights)}
    if not isinstance(record, Account):
        return {"score": score_cards.card_of(record)}
    view = _owner_view(record, rights)
    return {
        "score": score_cards.card_of(record, view),
        "owner_view": view,
        "view_button": {"label": "Save your view", "kind": "primary"},
    }


def _consents(record: Contact, rights: Rights) -> dict[str, Any]:
    """What they said, and the form to record more; a yes only for those who may edit what is protected."""
    words = consents.said_by(record.pk)
    states = [*([Consent.State.OPTED_IN] if rights.edit_protected else []), Consent.State.OPTED_OUT]
    open_to_edits = rights.edit and record.archived_at is None
    return {
        "consents": consent_lines.lines_of(words),
        "consent_steward": stewards.of(Steward.Duty.CONSENT),
        "consent_url": plates.address("consent", record.pk) if open_to_edits else "",
        "consent_button": {"label": "Save", "kind": "primary"},
        "channels": Consent.Channel.choices,
        "consent_states": [(state.value, state.label) for state in states],
        "purposes": list(dict.fromkeys([*(word.purpose for word in words), *consents.USUAL_PURPOSES])),
    }


def _owner_view(record: Account, rights: Rights) -> dict[str, Any]:
    return {
        "words": record.get_owner_view_display(),
        "tone": {OwnerView.HEALTHY: "ok", OwnerView.AT_RISK: "danger"}.get(
            OwnerView(record.owner_view), "unknown"
        )
        if record.owner_view
        else "",
        "note": record.owner_view_note,
        "on": record.owner_view_on,
        "url": plates.address("owner_view", record.pk) if rights.hold else "",
        "choices": OwnerView.choices,
        "value": record.owner_view,
    }
