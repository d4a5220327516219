"""What agents proposed stands on the record, and whoever decided it may put it back."""

from __future__ import annotations

import pytest

from approvals.services import executions
from crmgov.people.models import Role
from tests.decisions import scene
from tests.records_pages.kit import browser_of, last_change
from tests.world import a_team, a_user

pytestmark = pytest.mark.django_db(transaction=True)


def test_open_suggestions_stand_beside_the_fields_and_decided_ones_on_their_tab() -> None:
    sara, account = scene.reviewer(), scene.account()
    scene.publish()
    waiting = scene.propose(account, employees=310)
    rejected = scene.propose(account, region="EMEA")
    scene.reject(rejected, sara)
    client = browser_of(sara)

    page = client.get(f"/accounts/{account.pk}/").content.decode()
    tab = client.get(f"/accounts/{account.pk}/?tab=suggestions").content.decode()

    assert f"/suggestions/{waiting.pk}/" in page
    assert f"/suggestions/{rejected.pk}/" not in page
    assert f"/suggestions/{waiting.pk}/" in tab
    assert f"/suggestions/{rejected.pk}/" in tab
    assert "Rejected" in tab


def test_the_reviewer_who_approved_a_change_may_revert_it_and_a_colleague_may_not() -> None:
    sara, account = scene.reviewer(), scene.account()
    scene.publish()
    scene.approve(scene.propose(account, employees=310), sara)
    executions.drain(at=scene.LATER)
    change = last_change(account, "employees")
    history = f"/accounts/{account.pk}/?field=employees"
    tom = browser_of(a_user("Tom Becker", Role.REVIEWER, a_team()))

    page = tom.get(history).content.decode()
    assert "approved by Sara Okafor" in page
    assert "Revert to" not in page
    assert "Who decided it" in page
    assert tom.post(f"/changes/{change.change_set_id}/revert", {"reason": "no"}).status_code == 403

    client = browser_of(sara)
    assert "Revert to 240" in client.get(history).content.decode()
    answer = client.post(f"/changes/{change.change_set_id}/revert", {"reason": "it was the group"})
    account.refresh_from_db()
    assert answer.status_code == 302
    assert account.employees == 240
    assert "Put back by Sara Okafor" in client.get(f"/changes/{change.change_set_id}/").content.decode()
