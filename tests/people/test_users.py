"""Who there is: made by an admin, never deleted, refused from the moment they are deactivated."""

from __future__ import annotations

import pytest
from django.test import Client

from crmgov.kernel.refusals import Invalid, NotAllowed
from crmgov.people.models import Role, Team, User
from crmgov.people.services import teams, users

pytestmark = pytest.mark.django_db
PASSWORD = "rather-long-and-odd-41"


@pytest.fixture
def admin() -> User:
    return users.create(
        email="Ana@Example.com", name="Ana Ruiz", role=Role.ADMIN, teams=[], password=PASSWORD, actor=None
    )


@pytest.fixture
def north() -> Team:
    return teams.create_team(name="North", calendar=None, actor=None)


def make_reviewer(admin: User, *, email: str = "sara@example.com", team: Team | None = None) -> User:
    return users.create(
        email=email,
        name="Sara Okafor",
        role=Role.REVIEWER,
        teams=[team] if team else [],
        password=PASSWORD,
        actor=admin,
    )


def test_a_new_person_logs_in_with_their_email_in_any_case(admin: User, north: Team) -> None:
    sara = make_reviewer(admin, team=north)

    answer = Client().post("/session/login/", {"login": "SARA@example.com", "password": PASSWORD})

    assert answer.status_code == 302
    assert list(sara.teams.all()) == [north]


def test_the_same_address_in_another_case_is_taken(admin: User) -> None:
    make_reviewer(admin)

    with pytest.raises(users.EmailTaken):
        make_reviewer(admin, email="SARA@Example.com")


def test_what_is_missing_is_named_field_by_field(admin: User) -> None:
    with pytest.raises(Invalid) as refused:
        users.create(email="sara", name=" ", role=Role.REVIEWER, teams=[], password="short", actor=admin)

    assert set(refused.value.errors) == {"email", "name", "password"}


def test_only_an_admin_makes_people(admin: User) -> None:
    sara = make_reviewer(admin)

    with pytest.raises(NotAllowed):
        make_reviewer(sara, email="other@example.com")


def test_a_deactivated_person_is_refused_on_the_next_request(admin: User) -> None:
    sara = make_reviewer(admin)
    browser = Client()
    assert browser.login(email=sara.email, password=PASSWORD)
    assert browser.get("/session/password/change/").status_code == 200

    users.deactivate(user_id=sara.pk, actor=admin)

    answer = browser.get("/session/password/change/")
    assert answer.status_code == 302
    assert "/session/login/" in answer["Location"]


def test_a_deactivated_person_cannot_log_in_until_reactivated(admin: User) -> None:
    sara = make_reviewer(admin)
    users.deactivate(user_id=sara.pk, actor=admin)
    assert not Client().login(email=sara.email, password=PASSWORD)

    users.reactivate(user_id=sara.pk, actor=admin)

    assert Client().login(email=sara.email, password=PASSWORD)


def test_the_last_admin_stays(admin: User) -> None:
    with pytest.raises(users.LastAdmin):
        users.deactivate(user_id=admin.pk, actor=admin)
    with pytest.raises(users.LastAdmin):
        users.set_role(user_id=admin.pk, role=Role.REVIEWER, actor=admin)

    admin.refresh_from_db()
    assert admin.is_active
    assert admin.role == Role.ADMIN


def test_a_role_taken_away_closes_the_django_admin(admin: User) -> None:
    ben = users.create(
        email="ben@example.com", name="Ben", role=Role.ADMIN, teams=[], password=PASSWORD, actor=admin
    )
    browser = Client()
    browser.force_login(ben)
    assert browser.get("/admin/").status_code == 200

    users.set_role(user_id=ben.pk, role=Role.AUDITOR, actor=admin)

    assert browser.get("/admin/").status_code == 302


def test_joining_and_leaving_a_team(admin: User, north: Team) -> None:
    sara = make_reviewer(admin)

    users.join(user_id=sara.pk, team=north, actor=admin)
    users.join(user_id=sara.pk, team=north, actor=admin)
    assert sara.teams.count() == 1

    users.leave(user_id=sara.pk, team=north, actor=admin)
    assert sara.teams.count() == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("time_zone", "Mars/Olympus"),
        ("country", "XX"),
        ("subdivision", "ZZ"),
        ("weekdays", [7]),
        ("weekdays", []),
    ],
)
def test_a_calendar_nobody_could_compute_with_is_refused(field: str, value: object) -> None:
    given: dict[str, object] = {
        "time_zone": "Europe/Berlin",
        "country": "DE",
        "subdivision": "BE",
        "weekdays": [0, 1],
    }

    with pytest.raises(Invalid) as refused:
        teams.create_calendar(name="Odd", actor=None, **{**given, field: value})  # type: ignore[arg-type]

    assert field in refused.value.errors
