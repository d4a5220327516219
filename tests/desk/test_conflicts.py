"""Two claims on one field, settled once by one person."""

from __future__ import annotations

import pytest
from django.test import Client

from approvals.models import Conflict
from approvals.selectors import rail
from crmgov.people.models import Role, User
from crmgov.records.models import Account
from tests.decisions import scene
from tests.desk.browsing import at, shown, text, url
from tests.world import a_team, a_user, change

pytestmark = pytest.mark.django_db


@pytest.fixture
def priya() -> User:
    return a_user("Priya Nair", Role.ACCOUNT_MANAGER, a_team())


@pytest.fixture
def conflict() -> Conflict:
    """Two agents want different numbers of employees for Polder Freight."""
    scene.reviewer()
    scene.publish()
    account = scene.account()
    scene.propose(account, employees=310)
    scene.propose(account, agent=scene.an_agent("Scout"), employees=400)
    return Conflict.objects.get()


def settle(client: Client, conflict: Conflict, **typed: object) -> object:
    signed = shown(client, conflict, "conflict")
    return client.post(url("conflict_settle", conflict), {"shown": signed, **typed})


def claim_of(conflict: Conflict, value: int) -> int:
    return conflict.claims.get(value=value).pk


def test_the_claims_stand_side_by_side_with_where_each_comes_from(priya: User, conflict: Conflict) -> None:
    said = text(at(priya).get(url("conflict", conflict)))
    for words in ("which value stands?", "240", "310", "400", "Enricher", "Scout", "Our value", "stays 240"):
        assert words in said
    listed = at(priya).get("/conflicts/")
    assert "Employees: 240 or 310 or 400" in text(listed)


def test_the_suggestion_in_it_points_there_and_cannot_be_approved(conflict: Conflict) -> None:
    suggestion = conflict.claims.get(value=310).suggestion
    page = at(scene.reviewer()).get(url("suggestion", suggestion))
    assert "Another claim stands against this one." in text(page)
    assert url("conflict", conflict) in page.content.decode()
    assert "Approve is off" in text(page)


def test_who_may_not_settle_is_told_who_does_and_is_not_counted(priya: User, conflict: Conflict) -> None:
    suggestion = conflict.claims.get(value=310).suggestion
    page = text(at(scene.reviewer()).get(url("suggestion", suggestion)))
    assert "Waits for an account manager of the team or an admin" in page
    assert "Settle the conflict" not in page
    assert "Settle the conflict" in text(at(priya).get(url("suggestion", suggestion)))
    counted = [rail.of(who, at=scene.LATER).conflicts for who in (scene.reviewer(), priya)]
    assert counted == [0, 1]


def test_the_words_given_for_the_field_stand_behind_its_claim(priya: User, conflict: Conflict) -> None:
    suggestion = conflict.claims.get(value=400).suggestion
    assert suggestion is not None
    suggestion.items.update(evidence=[{"by": "Scout", "text": "Four hundred, says the annual report."}])
    said = text(at(priya).get(url("conflict", conflict)))
    assert "Four hundred, says the annual report." in said
    assert "Nobody gave words" not in said


def test_settling_writes_the_chosen_value(priya: User, conflict: Conflict) -> None:
    client = at(priya)
    answer = settle(client, conflict, claim=claim_of(conflict, 400), note="Their own annual report.")
    assert answer.status_code == 302  # type: ignore[attr-defined]
    assert Account.objects.get().employees == 400
    said = text(client.get(url("conflict", conflict)))
    assert "Settled by Priya Nair" in said
    assert "Their own annual report." in said
    assert "Chosen" in said
    assert "Employees" in text(client.get("/conflicts/", {"view": "settled"}))


def test_without_a_choice_nothing_is_settled_and_the_note_stays(priya: User, conflict: Conflict) -> None:
    answer = settle(at(priya), conflict, note="half a thought")
    assert answer.status_code == 422  # type: ignore[attr-defined]
    assert "Choose one of the claims first." in text(answer)
    assert "half a thought" in text(answer)
    assert Conflict.objects.get().status == "open"


def test_a_value_that_moved_meanwhile_is_not_settled_over(priya: User, conflict: Conflict) -> None:
    client = at(priya)
    signed, chosen = shown(client, conflict, "conflict"), claim_of(conflict, 310)
    conflict.claims.filter(origin="ours").update(value=241)
    change("account", conflict.record_id, employees=277)
    answer = client.post(
        url("conflict_settle", conflict), {"shown": signed, "claim": chosen, "note": "x y z"}
    )
    assert answer.status_code == 409
    assert "x y z" in text(answer)
    assert Account.objects.get().employees == 277


def test_the_second_to_settle_learns_who_did(priya: User, conflict: Conflict) -> None:
    ana = at(scene.admin())
    signed = shown(ana, conflict, "conflict")
    settle(at(priya), conflict, claim=claim_of(conflict, 310))
    answer = ana.post(url("conflict_settle", conflict), {"shown": signed, "claim": claim_of(conflict, 400)})
    assert answer.status_code == 409
    assert "Priya Nair settled this conflict already" in text(answer)


def test_a_reviewer_sees_it_and_does_not_settle(conflict: Conflict) -> None:
    sara = at(scene.reviewer())
    assert 'aria-disabled="true"' in sara.get(url("conflict", conflict)).content.decode()
    signed = shown(at(a_user("Priya Nair", Role.ACCOUNT_MANAGER, a_team())), conflict, "conflict")
    assert signed
    answer = sara.post(url("conflict_settle", conflict), {"shown": signed, "claim": claim_of(conflict, 310)})
    assert answer.status_code == 409  # signed for somebody else
    assert Conflict.objects.get().status == "open"


def test_another_team_sees_no_conflict(conflict: Conflict) -> None:
    stranger = at(a_user("Tom Becker", Role.ACCOUNT_MANAGER, a_team("South")))
    assert "Polder" not in text(stranger.get("/conflicts/"))
    assert stranger.get(url("conflict", conflict)).status_code == 404


def test_one_that_closed_by_itself_quotes_nobody(priya: User, conflict: Conflict) -> None:
    rival = conflict.claims.get(value=400).suggestion
    assert rival is not None
    scene.reject(rival, scene.reviewer())
    said = text(at(priya).get(url("conflict", conflict)))
    assert f"Closed by itself when Sara Okafor rejected suggestion {rival.number}" in said
    assert "Settled by" not in said
    assert "“Closed" not in said
    listed = text(at(priya).get("/conflicts/", {"view": "settled"}))
    assert "Closed by itself" in listed
    assert "Settled by" not in listed
