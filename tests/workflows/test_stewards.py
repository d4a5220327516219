"""Three people answer for data quality, consent and experiments; who did before stays readable."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, transaction

from approvals.models import Steward
from approvals.selectors import stewards as plates
from approvals.services import stewards
from crmgov.kernel.refusals import Invalid, NotAllowed
from tests.decisions import scene
from tests.records_pages.kit import browser_of
from tests.world import NOW, a_team, a_user

pytestmark = pytest.mark.django_db
PAGE = "/stewards/"


def name(duty: str = "consent", person: str = "Priya Nair", why: str = "She knows the law.") -> Steward:
    who = a_user(person, "account_manager", a_team())
    return stewards.name(duty=duty, person=who, why=why, user=scene.admin(), at=NOW)


def test_the_newest_has_the_duty_and_the_older_ones_stay() -> None:
    name()
    name(person="Jonas Weber", why="Priya is away.")
    seat = next(one for one in plates.seats() if one.duty == "consent")
    assert seat.steward is not None
    assert str(seat.steward.person) == "Jonas Weber"
    assert [str(one.person) for one in plates.history()] == ["Jonas Weber", "Priya Nair"]
    assert [one.is_vacant for one in plates.seats()] == [True, False, True]
    with pytest.raises(DatabaseError), transaction.atomic():
        Steward.objects.update(why="rewritten")


def test_who_left_has_no_duty_any_more() -> None:
    person = name().person
    person.is_active = False
    person.save()
    assert plates.of(Steward.Duty.CONSENT) is None
    assert all(seat.is_vacant for seat in plates.seats())


@pytest.mark.parametrize(("changes", "field"), [({"duty": "cake"}, "duty"), ({"why": " "}, "why")])
def test_what_cannot_stand_is_refused_at_its_field(changes: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        name(**changes)
    assert field in refused.value.errors


def test_an_auditor_has_none_and_only_an_admin_names_them() -> None:
    ines = a_user("Ines Falk", "auditor")
    with pytest.raises(Invalid, match="no auditor"):
        stewards.name(duty="consent", person=ines, why="x", user=scene.admin(), at=NOW)
    with pytest.raises(NotAllowed):
        stewards.name(duty="consent", person=scene.admin(), why="x", user=ines, at=NOW)


def test_an_admin_names_one_on_the_page_and_everybody_finds_them_under_help() -> None:
    ana = browser_of(scene.admin())
    priya = a_user("Priya Nair", "account_manager", a_team())
    wrong = ana.post(PAGE, {"duty": "consent", "person": "987654", "why": ""})
    assert wrong.status_code == 422
    assert "Say why, for whoever asks later." in wrong.content.decode()
    assert ana.post(PAGE, {"duty": "consent", "person": priya.pk, "why": "She knows."}).status_code == 302
    assert "She knows." in ana.get(PAGE).content.decode()
    assert "Priya Nair" in ana.get("/workflows/").content.decode()
    sara = browser_of(scene.reviewer())
    assert sara.get(PAGE).status_code == 403
    helped = sara.get("/help/") if sara.get("/help/").status_code == 200 else sara.get("/help")
    assert "Priya Nair" in helped.content.decode()
