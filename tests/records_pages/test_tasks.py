"""Tasks: mine by the day they are due, done with one press, given to somebody else; and the page of one."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crmgov.kernel.refusals import Invalid
from crmgov.people.models import Role, User
from crmgov.records.models import Account, ChangeSet, FieldChange, Task
from crmgov.records.selectors import tasks as found_tasks
from crmgov.records.selectors.tasks import Asked
from crmgov.records.services import tasks
from tests.desk.browsing import at, text
from tests.world import NOW, a_team, a_user, an_account

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _one_moment() -> Iterator[None]:
    """Days are counted from one instant: no midnight comes between a task and the page that shows it."""
    with time_machine.travel(NOW, tick=False):
        yield


def priya() -> User:
    return a_user("Priya Nair", Role.ACCOUNT_MANAGER, a_team())


def jonas() -> User:
    return a_user("Jonas Weber", Role.ACCOUNT_MANAGER, a_team())


def halden() -> Account:
    found = Account.objects.filter(name="Halden Marine Systems").first()
    return found or an_account(team=a_team().pk, owner=priya().pk)


def today() -> date:
    return timezone.localdate()


def a_task(
    title: str = "Send the report", *, days: int | None = 3, user: User | None = None, **more: Any
) -> UUID:
    due = None if days is None else today() + timedelta(days=days)
    return tasks.create(
        title=title,
        about=("account", halden().pk),
        user=user or priya(),
        at=timezone.now(),
        due_on=due,
        **more,
    )


def titles(answer: Any) -> list[str]:
    return [line["title"] for line in answer.context["lines"]]


def test_my_open_tasks_by_the_day_they_are_due_those_without_a_day_last() -> None:
    for title, days in (("later", 9), ("no day", None), ("overdue", -2), ("today", 0)):
        a_task(title, days=days)
    a_task("somebody else's", user=jonas())

    answer = at(priya()).get("/tasks/")

    assert titles(answer) == ["overdue", "today", "later", "no day"]
    said = text(answer)
    assert "Overdue 2 days" in said
    assert "Due today" in said
    assert "Tasks 2 waiting" in said
    assert "Halden Marine Systems" in said


def test_one_press_ticks_it_off_and_the_ledger_says_who() -> None:
    task, client = a_task(), at(priya())

    answer = client.post(f"/tasks/{task}/done", {"list": "show=open"})

    assert answer["Location"] == "/tasks/"
    done = Task.objects.get(pk=task)
    assert done.done_at is not None
    assert done.provenance["done_at"]["verified_by"] == "Priya Nair"
    change = FieldChange.objects.filter(record_id=task, field="done_at").latest("id").change_set
    assert (change.actor_label, change.authority, change.reason) == ("Priya Nair", "hand_edit", "Done")
    assert titles(client.get("/tasks/")) == []
    assert titles(client.get("/tasks/", {"show": "done"})) == ["Send the report"]

    before = ChangeSet.objects.count()
    assert client.post(f"/tasks/{task}/done").status_code == 302
    assert ChangeSet.objects.count() == before

    assert client.post(f"/tasks/{task}/reopen")["Location"] == f"/tasks/{task}/"
    assert Task.objects.get(pk=task).done_at is None


def test_the_page_of_a_task_has_fields_story_buttons_and_a_ledger() -> None:
    task = a_task()
    client = at(priya())
    page = client.get(f"/tasks/{task}/?field=title")
    said = text(page)
    assert "History of Title" in said
    assert "Mark as done" in said
    assert "Give it to" in said
    assert f'href="/accounts/{halden().pk}/"' in page.content.decode()
    assert client.get(f"/tasks/{task}/?tab=timeline").status_code == 200
    assert "Created with" in text(client.get(f"/tasks/{task}/?tab=timeline"))
    assert "Send the report" in text(client.get(f"/accounts/{halden().pk}/?tab=tasks"))
    past = text(client.get(f"/tasks/{task}/?as_of={today() - timedelta(days=1)}"))
    assert "Nothing of this record was written by then" in past
    assert "Mark as done" not in past


def test_it_is_given_to_a_colleague_who_can_see_it() -> None:
    task, client = a_task(), at(priya())
    other = jonas()

    said = text(client.post(f"/tasks/{task}/assign", {"assignee": str(other.pk)}, follow=True))

    assert "Jonas Weber has it now." in said
    assert Task.objects.get(pk=task).assignee == other
    assert (
        FieldChange.objects.filter(record_id=task, field="assignee").latest("id").new_label == "Jonas Weber"
    )
    assert "Nobody has it now." in text(client.post(f"/tasks/{task}/assign", {"assignee": ""}, follow=True))
    assert titles(client.get("/tasks/", {"person": "nobody"})) == ["Send the report"]


def test_nobody_gets_a_task_they_would_not_see(monkeypatch: pytest.MonkeyPatch) -> None:
    task = a_task()
    stranger = a_user("Camille Roux", Role.REVIEWER, a_team("South"))
    gone = a_user("Henrik Dahl", Role.REVIEWER, a_team())
    gone.is_active = False
    gone.save()
    auditor = a_user("Ida Holm", Role.AUDITOR, a_team())
    client, said = at(priya()), set()
    for assignee in (str(stranger.pk), str(gone.pk), str(auditor.pk), "nonsense", str(10**30)):
        answer = client.post(f"/tasks/{task}/assign", {"assignee": assignee})
        assert answer.status_code == 422, assignee
        for name in ("Camille Roux", "Henrik Dahl", "Ida Holm"):
            assert name not in answer.content.decode()
        said.add(tasks.NOT_THEIRS in text(answer))
    assert said == {True}, "one sentence for all of them"
    assert Task.objects.get(pk=task).assignee == priya()
    assert "Camille Roux" not in text(client.get(f"/tasks/{task}/"))

    monkeypatch.setattr("crmgov.records.services.tasks.in_team", lambda user, team_id: True)
    tasks.assign(task_id=task, assignee_id=stranger.pk, user=priya(), at=timezone.now())
    assert Task.objects.get(pk=task).assignee == stranger


def test_a_manager_chooses_among_their_team_and_a_reviewer_sees_their_own() -> None:
    a_task("mine")
    a_task("his", user=jonas())
    stranger = a_user("Luis Ortega", Role.ACCOUNT_MANAGER, a_team("West"))
    sara = a_user("Sara Okafor", Role.REVIEWER, a_team())
    manager = at(priya())

    assert titles(manager.get("/tasks/", {"person": str(jonas().pk)})) == ["his"]
    assert sorted(titles(manager.get("/tasks/", {"person": "everybody"}))) == ["his", "mine"]
    assert "Luis Ortega" not in text(manager.get("/tasks/"))
    # Whom one may not choose is oneself.
    assert titles(manager.get("/tasks/", {"person": str(stranger.pk)})) == ["mine"]
    reviewer = at(sara)
    assert titles(reviewer.get("/tasks/", {"person": "everybody"})) == []
    assert "Whose" not in text(reviewer.get("/tasks/"))
    assert titles(at(stranger).get("/tasks/", {"person": "everybody"})) == []
    assert "mine" in titles(at(a_user("Ana Ruiz", Role.ADMIN)).get("/tasks/", {"person": "everybody"}))


def test_another_teams_task_is_not_there_and_an_auditor_only_reads() -> None:
    task = a_task()
    stranger = at(a_user("Camille Roux", Role.ACCOUNT_MANAGER, a_team("South")))
    for what in ("done", "reopen", "assign"):
        assert stranger.post(f"/tasks/{task}/{what}").status_code == 404
        assert stranger.post(f"/tasks/{uuid4()}/{what}").status_code == 404
    assert stranger.get(f"/tasks/{task}/").status_code == 404
    auditor = at(a_user("Ida Holm", Role.AUDITOR))
    assert "Mark as done" not in text(auditor.get(f"/tasks/{task}/"))
    assert auditor.post(f"/tasks/{task}/done").status_code == 403
    assert Task.objects.get(pk=task).done_at is None


def test_the_export_is_the_list_and_no_cell_of_it_is_a_formula() -> None:
    a_task("=HYPERLINK(0)", days=2)
    a_task("second", days=4)
    a_task("not mine", user=jonas())

    answer = at(priya()).get("/tasks/export")

    rows = list(csv.DictReader(io.StringIO(b"".join(answer).decode())))
    assert answer["Content-Type"].startswith("text/csv")
    assert [row["title"] for row in rows] == ["'=HYPERLINK(0)", "second"]
    assert rows[0]["assignee"] == "Priya Nair"


def test_pages_follow_each_other_through_those_without_a_day() -> None:
    for number in range(60):
        a_task(f"Task {number:02}", days=number % 5 if number < 40 else None)
    walked, address = [], "/tasks/"
    client = at(priya())
    while address:
        page = client.get(address)
        walked += titles(page)
        address = (page.context["pager"] or {}).get("older_url", "")
    assert sorted(walked) == [f"Task {number:02}" for number in range(60)]


def test_the_page_costs_the_same_queries_at_1_and_at_25_rows() -> None:
    client, counted = at(priya()), []
    for number in (1, 24):
        for one in range(number):
            a_task(f"Task {number}-{one}")
        with CaptureQueriesContext(connection) as queries:
            answer = client.get("/tasks/")
        counted.append(len(queries))
    assert len(answer.context["lines"]) == 25
    assert counted[0] == counted[1] <= 12, counted


@pytest.mark.parametrize(
    ("asked", "order", "index"),
    [
        # Over a handful of rows either of the two carries it.
        (Asked(), ("due_on", "pk"), "task_open_"),
        (Asked(person="everybody"), ("due_on", "pk"), "task_open_of_everybody"),
        (Asked(show="done"), ("-done_at", "-pk"), "task_done_by_time"),
        (Asked(person="everybody", show="done"), ("-done_at", "-pk"), "task_done_of_everybody"),
    ],
)
def test_each_list_reads_its_index_and_sorts_nothing(
    asked: Asked, order: tuple[str, ...], index: str
) -> None:
    a_task()
    user = a_user("Ana Ruiz", Role.ADMIN)
    with connection.cursor() as cursor:
        for off in ("enable_seqscan", "enable_sort", "enable_bitmapscan"):
            cursor.execute(f"SET LOCAL {off} = off")
    rows = found_tasks.rows_for(user=user, asked=asked).select_related(None)
    plan = rows.order_by(*order)[:26].explain()
    assert index in plan
    assert "Sort" not in plan


def test_a_title_too_long_is_refused_by_the_service() -> None:
    with pytest.raises(Invalid):
        a_task("x" * 201)
