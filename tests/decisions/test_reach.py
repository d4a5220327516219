"""How far a decision reaches: into what the decider may see, and not out of their team."""

from __future__ import annotations

from typing import Any

import pytest

from approvals.models import Decision, Suggestion
from crmgov.kernel.refusals import Invalid
from crmgov.records.models import Account, Contact, FieldChange
from tests.decisions import scene
from tests.decisions.test_levels import save_form
from tests.world import a_contact, a_team, an_account

pytestmark = pytest.mark.django_db


def a_link(level: str = "draft") -> tuple[Suggestion, Contact]:
    """A contact of North, proposed to hang on an account of North."""
    here, contact = scene.account(), a_contact(team=a_team().pk)
    body: dict[str, Any] = {
        "record": {"type": "contact", "id": str(contact.pk)},
        "action": "set_fields",
        "level": level,
        "confidence": 0.97,
        "items": [{"field": "account", "seen": None, "proposed": str(here.pk)}],
    }
    return scene.propose_raw(body), contact


def an_account_of_south() -> Account:
    return an_account("Secret South", team=a_team("South").pk)


def test_an_approval_is_not_edited_to_point_at_another_teams_account() -> None:
    sara, far = scene.reviewer(), an_account_of_south()
    scene.publish()
    suggestion, contact = a_link()
    with pytest.raises(Invalid) as refusal:
        scene.approve(suggestion, sara, seen_digest=scene.digest(suggestion), edits={"account": str(far.pk)})
    assert refusal.value.errors == {"account": "There is no such account here."}
    assert not Decision.objects.exists()
    assert not FieldChange.objects.filter(record_id=contact.pk, field="account").exists()


def test_a_prefilled_form_is_not_saved_with_another_teams_account() -> None:
    sara, far = scene.reviewer(), an_account_of_south()
    suggestion, _ = a_link(level="suggest")
    with pytest.raises(Invalid, match="There is no such account here"):
        save_form(suggestion, sara, {"account": str(far.pk)})


def test_a_decider_who_sees_both_teams_may_point_there() -> None:
    scene.reviewer()
    far = an_account_of_south()
    scene.publish()
    suggestion, contact = a_link()
    seen = scene.digest(suggestion)
    scene.approve(suggestion, scene.admin(), seen_digest=seen, edits={"account": str(far.pk)})
    assert scene.run(suggestion).status == "succeeded"
    contact.refresh_from_db()
    assert contact.account_id == far.pk
