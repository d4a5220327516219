"""A note is kept whole or refused with its length; what was typed stays on the page."""

from __future__ import annotations

import pytest

from approvals.models import Conflict, Decision
from crmgov.people.models import Role
from tests.decisions import scene
from tests.decisions.test_conflicts import rivals
from tests.desk.browsing import at, press, shown, text, url
from tests.world import a_team, a_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("step", ["approve", "reject"])
def test_a_note_longer_than_a_decision_holds_is_refused(step: str) -> None:
    sara = at(scene.reviewer())
    scene.publish()
    suggestion = scene.propose(scene.account(), employees=310)
    typed = {"reason_code": "other", "take": "employees"}

    refused = press(sara, step, suggestion, note="é" * 4_001, **typed)
    assert refused.status_code == 422
    assert "4,001 characters, and 4,000 is the most" in text(refused)
    assert "é" * 4_001 in text(refused)

    assert press(sara, step, suggestion, note="é" * 4_000, **typed).status_code == 302
    assert Decision.objects.get().note == "é" * 4_000


def test_a_note_longer_than_a_conflict_holds_is_refused() -> None:
    conflict = rivals()[2]
    tom = at(a_user("Tom Becker", Role.ACCOUNT_MANAGER, a_team()))
    claim = conflict.claims.order_by("pk").first()
    assert claim is not None
    typed = {"shown": shown(tom, conflict, "conflict"), "claim": str(claim.pk), "note": "x" * 501}

    refused = tom.post(url("conflict_settle", conflict), typed)

    assert refused.status_code == 422
    assert "501 characters, and 500 is the most" in text(refused)
    assert Conflict.objects.get().status == Conflict.Status.OPEN
