"""Away: planned by oneself or an admin, with somebody who stands in, seen by colleagues, ended early."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from approvals.models import Suggestion
from approvals.services import invariants, regating
from approvals.templatetags import phrases
from crmgov.people.models import Absence, Delegation, Role, User
from crmgov.people.services import absences
from tests.decisions import scene
from tests.desk.browsing import at, press, text
from tests.world import NOW, a_team, a_user

pytestmark = pytest.mark.django_db
AWAY = "/away/"
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def the_clock() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def sara() -> User:
    return scene.reviewer()


@pytest.fixture
def tom() -> User:
    return scene.reviewer("Tom Becker")


def plan(client: Client, **typed: Any) -> Any:
    return client.post(AWAY, {"first_day": "2026-11-20", "last_day": "2026-11-27", "note": "", **typed})


def test_one_s_own_absence_begins_now_and_a_stand_in_decides(sara: User) -> None:
    priya = a_user("Priya Nair", Role.ACCOUNT_MANAGER, a_team())
    scene.publish()
    waiting = scene.propose(scene.account(), employees=310)

    answer = plan(at(sara), delegate=priya.pk, note="Family")
    assert answer.status_code == 302
    absence = Absence.objects.get()
    assert (absence.user, absence.starts_at) == (sara, NOW)
    assert absence.ends_at == datetime(2026, 11, 28, tzinfo=UTC)
    assert Delegation.objects.get().delegate == priya

    # Sara was the only one in the queue; Priya keeps it there, and decides.
    assert regating.follow_people(at=NOW) == 0
    page = text(at(priya).get(AWAY))
    assert "You stand in for Sara Okafor" in page
    assert "Family" in page
    assert press(at(priya), "approve", waiting).status_code in (200, 302)
    assert Suggestion.objects.get(pk=waiting.pk).status == "approved"


def test_without_a_stand_in_it_goes_on_and_comes_back_when_ended(sara: User) -> None:
    scene.admin()
    scene.publish()
    waiting = scene.propose(scene.account(), employees=310)
    plan(at(sara))

    regating.follow_people(at=NOW)
    assert str(Suggestion.objects.get(pk=waiting.pk).queue) == "Unrouted"
    (found,) = invariants.check_all(at=NOW, only=("L2",))
    assert not found.violations, found.examples

    later = NOW + DAY
    with time_machine.travel(later, tick=False):
        answer = at(sara).post(reverse("approvals:away_end", args=[Absence.objects.get().pk]))
    assert answer.status_code == 302
    assert Absence.objects.get().ends_at == later
    regating.follow_people(at=later)
    assert Suggestion.objects.get(pk=waiting.pk).queue == waiting.queue


def test_days_are_those_of_who_is_away(sara: User) -> None:
    User.objects.filter(pk=sara.pk).update(time_zone="Asia/Tokyo")
    ana = at(scene.admin())

    answer = ana.post(AWAY, {"person": sara.pk, "first_day": "2026-11-23", "last_day": "2026-11-24"})

    assert answer.status_code == 302
    absence = Absence.objects.get()
    assert absence.user == sara
    assert absence.starts_at == datetime(2026, 11, 22, 15, tzinfo=UTC)
    assert absence.ends_at == datetime(2026, 11, 24, 15, tzinfo=UTC)


def test_nobody_plans_for_somebody_else_but_an_admin(sara: User, tom: User) -> None:
    page = at(tom).get(AWAY).content.decode()
    assert 'name="person"' not in page

    plan(at(tom), person=sara.pk)

    assert Absence.objects.get().user == tom


def test_a_colleague_sees_it_and_may_not_end_it_and_a_stranger_sees_nothing(sara: User, tom: User) -> None:
    plan(at(sara), note="Family")
    absence = Absence.objects.get()
    end = reverse("approvals:away_end", args=[absence.pk])
    stranger = a_user("Camille Roux", Role.REVIEWER, a_team("South"))

    assert "Sara Okafor" in text(at(tom).get(AWAY))
    assert end not in at(tom).get(AWAY).content.decode()
    assert at(tom).post(end).status_code == 403
    page = text(at(stranger).get(AWAY))
    assert "Sara" not in page
    assert "Family" not in page
    assert at(stranger).post(end).status_code == 404
    assert at(stranger).get(end).status_code == 405
    assert Absence.objects.get().ends_at == absence.ends_at
    assert at(scene.admin()).post(end).status_code == 302
    # It had not begun before this moment, so it is dropped.
    assert not Absence.objects.exists()


def test_strangers_are_no_stand_ins(sara: User, tom: User) -> None:
    stranger = a_user("Camille Roux", Role.REVIEWER, a_team("South"))
    auditor = a_user("Ines Falk", Role.AUDITOR, a_team())

    for nobody in (stranger, auditor, sara):
        answer = plan(at(sara), delegate=nobody.pk)
        assert answer.status_code == 422, nobody
    assert not Absence.objects.exists()
    assert plan(at(sara), delegate=tom.pk).status_code == 302


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"first_day": "2026-11-19"}, "That day has passed. Choose today or later."),
        ({"last_day": "2026-11-19"}, "The last moment away must come after the first."),
        ({"first_day": "soon"}, "Type a day like 2026-03-31."),
        ({"last_day": ""}, "Choose a day."),
        ({"last_day": "9999-12-31"}, "more than five years ahead"),
        ({"note": "x" * 201}, "at most 200 characters"),
    ],
)
def test_what_cannot_be_is_said_under_its_field_and_what_was_typed_is_kept(
    sara: User, typed: dict[str, str], sentence: str
) -> None:
    answer = plan(at(sara), **{"note": "Reachable", **typed})

    assert answer.status_code == 422
    assert sentence in text(answer)
    if "note" not in typed:
        assert 'value="Reachable"' in answer.content.decode()
    assert not Absence.objects.exists()


def test_nobody_is_away_twice(sara: User) -> None:
    plan(at(sara))
    answer = plan(at(sara), first_day="2026-11-26", last_day="2026-11-30")

    assert answer.status_code == 422
    assert "There is an absence in this time already." in text(answer)


def test_the_menu_leads_there(sara: User) -> None:
    assert f'href="{AWAY}"' in at(sara).get("/help").content.decode()


def test_without_a_mail_server_the_page_says_so_and_where_only_to_admins(
    sara: User, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = "/data/mail"

    assert "Mail is written to a folder: /data/mail ." in text(at(scene.admin()).get(AWAY))
    page = text(at(sara).get(AWAY))
    assert "No mail server is set up" in page
    assert "/data/mail" not in page
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    assert "folder" not in text(at(scene.admin()).get(AWAY))


def test_an_absence_of_yesterday_is_not_shown(sara: User) -> None:
    absences.plan(user=sara, starts_at=NOW - 2 * DAY, ends_at=NOW - DAY, actor=sara, at=NOW - 2 * DAY)

    assert "Nobody you work with is away" in text(at(sara).get(AWAY))


def test_the_page_costs_the_same_for_many(sara: User, django_assert_max_num_queries: Any) -> None:
    for number in range(6):
        person = scene.reviewer(f"Person {number}")
        absences.plan(user=person, starts_at=NOW, ends_at=NOW + DAY, delegate=sara, actor=person, at=NOW)
    client = at(sara)
    with django_assert_max_num_queries(16):
        assert text(client.get(AWAY)).count("away now") == 6


@pytest.mark.parametrize(
    ("zone", "now", "said"),
    [
        ("UTC", NOW, "Due 16:10, 3 h earlier for €184,000 at stake."),
        ("Europe/Berlin", NOW, "Due 17:10, 3 h earlier for €184,000 at stake."),
        ("Asia/Tokyo", NOW, "Due 21 Nov, 01:10, 3 h earlier for €184,000 at stake."),
        ("UTC", NOW + DAY, "Was due 20 Nov, 16:10, 3 h earlier for €184,000 at stake."),
    ],
)
def test_due_is_said_in_the_viewer_s_time(zone: str, now: datetime, said: str) -> None:
    due = NOW.replace(hour=16, minute=10)
    with timezone.override(ZoneInfo(zone)):
        assert phrases.due_sentence(due, "3 h earlier for €184,000 at stake.", now) == said


def test_the_item_says_when_why_and_where(sara: User) -> None:
    User.objects.filter(pk=sara.pk).update(time_zone="Europe/Berlin")
    scene.publish()
    made = scene.propose(scene.account(annual_value="184000", currency="EUR"), employees=310)
    page = at(User.objects.get(pk=sara.pk)).get(reverse("approvals:suggestion", args=[made.pk]))

    assert made.effective_due_at == NOW + timedelta(hours=4)
    sentence = "Due 15:00, 4 h earlier for €184,000 at stake."
    assert f"{sentence} Waits in North." in text(page)
    assert f'title="{sentence}"' in page.content.decode()


def test_what_is_overdue_is_red_in_the_list_and_said(sara: User) -> None:
    scene.publish()
    made = scene.propose(scene.account(), employees=310)
    Suggestion.objects.update(effective_due_at=NOW - timedelta(hours=2))

    page = at(sara).get("/inbox/").content.decode()

    assert 'class="sla" data-tone="danger"' in page
    assert "2 h 00 overdue" in page or "2 h overdue" in page
    item = text(at(sara).get(reverse("approvals:suggestion", args=[made.pk])))
    assert "Was due 08:00, by its SLA alone." in item
