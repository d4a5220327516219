"""Done by AI: what ran by itself on my accounts, customer-visible first; looked at, counted, paged."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from approvals.models import Execution, SeenExecution
from approvals.rules.noticing import customer_notices
from approvals.selectors import done, rail
from crmgov.people.models import Role
from tests.decisions import scene
from tests.desk.browsing import at, text
from tests.done import kit
from tests.world import a_contact, a_team, a_user, change

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("action", "written", "noticed"),
    [
        ("set_fields", [("account", "employees")], False),
        ("set_fields", [("account", "employees"), ("account", "owner")], True),
        ("set_fields", [("contact", "language")], True),
        ("set_fields", [("account", "language")], False),
        ("set_fields", [("ticket", "status")], True),
        ("send_message", [], True),
        ("assign_owner", [("account", "territory")], True),
        ("create_task", [("task", "title")], False),
    ],
)
def test_what_a_customer_notices(action: str, written: list[tuple[str, str]], noticed: bool) -> None:
    assert customer_notices(action, written) is noticed


def test_a_line_says_what_changed_from_where_by_whom_and_under_which_policy() -> None:
    kit.let_it_run()
    account = scene.account("Halden Marine Systems", owner=kit.priya().pk)
    kit.ran(account, employees=310)

    said = text(at(kit.priya()).get("/done/"))

    assert "Halden Marine Systems Employees before 240 a test 310 Firmdata" in said
    assert "Enricher, enrich-firmographics 3" in said
    assert "policy 2" in said.lower()
    assert "3 h ago" in said


def test_what_a_customer_notices_comes_first_then_the_newest() -> None:
    kit.let_it_run()
    account = scene.account("Halden Marine Systems", owner=kit.priya().pk)
    maya = a_contact(account=account.pk, language="sv")
    noticed = kit.ran_on("contact", maya, "language", "en", ago=5 * HOUR)
    older = kit.ran(account, employees=310, ago=2 * HOUR)
    newest = kit.ran(account, region="EMEA", ago=HOUR)

    lines = at(kit.priya()).get("/done/").context["lines"]

    assert [line["id"] for line in lines] == [noticed.pk, newest.pk, older.pk]
    assert [line["customer_visible"] for line in lines] == [True, False, False]


def test_what_a_person_approved_or_ran_at_draft_is_not_in_the_list() -> None:
    kit.let_it_run()
    account = scene.account("Halden Marine Systems", owner=kit.priya().pk)
    asked = scene.propose(account, employees=310, level="draft")
    scene.approve(asked, scene.reviewer())
    assert scene.run(asked).status == "succeeded"

    assert not Execution.objects.get().by_itself
    assert "Nothing ran by itself" in text(at(kit.priya()).get("/done/", {"view": "own"}))


def test_an_account_of_another_team_is_not_named_beside_its_contact() -> None:
    kit.let_it_run()
    account = scene.account("Halden Marine Systems", owner=kit.priya().pk)
    kit.ran_on("contact", a_contact(account=account.pk, team=a_team().pk), "language", "en", ago=HOUR)
    sara = at(scene.reviewer())
    assert "Halden" in text(sara.get("/done/", {"view": "team"}))
    assert not change("account", account.pk, at=timezone.now(), team=a_team("South").pk).refused

    (line,) = sara.get("/done/", {"view": "team"}).context["lines"]

    assert (line["account"], line["account_url"]) == ("", "")
    assert "Halden" not in text(sara.get("/done/", {"view": "team"}))
    # The same line for who sees it.
    assert "Halden" in text(at(scene.admin()).get("/done/", {"view": "team"}))


def test_after_seven_days_it_leaves_the_list() -> None:
    kit.let_it_run()
    account = scene.account("Halden Marine Systems", owner=kit.priya().pk)
    kit.ran(account, employees=310, ago=timedelta(days=7, minutes=1))
    assert at(kit.priya()).get("/done/", {"view": "own"}).context["lines"] == []
    kit.ran(account, employees=320, ago=timedelta(days=6, hours=23))
    assert len(at(kit.priya()).get("/done/", {"view": "own"}).context["lines"]) == 1


def test_one_look_marks_the_page_and_the_rail_counts_what_is_left() -> None:
    kit.let_it_run()
    account = scene.account("Halden Marine Systems", owner=kit.priya().pk)
    one, other = kit.ran(account, employees=310), kit.ran(account, region="EMEA")
    client = at(kit.priya())
    assert rail.of(kit.priya(), at=timezone.now()).done == 2
    assert "Done by AI 2 waiting" in text(client.get("/done/"))

    answer = client.post("/done/seen", {"execution": [str(one.pk)], "view": "new"})
    assert answer.status_code == 302
    assert answer["Location"] == "/done/?view=new"
    assert [line["id"] for line in client.get("/done/").context["lines"]] == [other.pk]
    assert "Done by AI 1 waiting" in text(client.get("/done/"))

    client.post("/done/seen", {"execution": [str(one.pk), str(other.pk), "nonsense"]})
    assert SeenExecution.objects.count() == 2
    empty = text(client.get("/done/"))
    assert "You have looked at all of it" in empty
    assert "2 ran by themselves on your accounts" in empty
    assert "Mark these as seen" not in empty
    assert text(client.get("/done/", {"view": "own"})).count(" Seen ") == 2


def test_seen_is_each_persons_own_and_a_get_marks_nothing() -> None:
    kit.let_it_run()
    account = scene.account("Halden Marine Systems", owner=kit.priya().pk)
    execution = kit.ran(account, employees=310)
    sara = at(scene.reviewer())
    sara.get("/done/")
    assert not SeenExecution.objects.exists()
    assert sara.get("/done/seen").status_code == 405

    sara.post("/done/seen", {"execution": [str(execution.pk)]})

    assert rail.of(kit.priya(), at=timezone.now()).done == 1


def test_nobody_marks_or_sees_what_another_team_has() -> None:
    kit.let_it_run()
    account = scene.account("Halden Marine Systems", owner=kit.priya().pk)
    execution = kit.ran(account, employees=310)
    stranger = at(a_user("Camille Roux", Role.REVIEWER, a_team("South")))

    assert "Halden" not in text(stranger.get("/done/", {"view": "team"}))
    assert "There was nothing to mark." in text(
        stranger.post("/done/seen", {"execution": [str(execution.pk)]}, follow=True)
    )
    assert not SeenExecution.objects.exists()


def test_pages_follow_each_other_over_the_border_of_what_a_customer_notices() -> None:
    kit.let_it_run()
    account = scene.account("Halden Marine Systems", owner=kit.priya().pk)
    for number in range(3):
        maya = a_contact(f"Lind {number}", account=account.pk, language="sv")
        kit.ran_on("contact", maya, "language", "en", ago=(number + 1) * HOUR)
    for number in range(4):
        kit.ran(account, employees=300 + number, ago=(9 - number) * HOUR)
    walked, cursor = [], ""
    while True:
        page = done.page_for(kit.priya(), at=timezone.now(), view=done.OWN, cursor=cursor, size=2)
        walked += [row.execution.pk for row in page.rows]
        if not page.older:
            break
        cursor = page.older
    whole = done.page_for(kit.priya(), at=timezone.now(), view=done.OWN, size=25)

    assert walked == [row.execution.pk for row in whole.rows]
    assert len(set(walked)) == 7


def test_the_page_costs_the_same_queries_for_one_line_and_for_25() -> None:
    kit.let_it_run()
    owner, counted = kit.priya(), []
    client = at(owner)
    for number in (1, 24):
        for one in range(number):
            account = scene.account(f"Account {number}-{one}", owner=owner.pk)
            kit.ran(account, employees=310, region="EMEA")
        with CaptureQueriesContext(connection) as queries:
            answer = client.get("/done/")
        assert answer.status_code == 200
        counted.append(len(queries))
    assert len(answer.context["lines"]) == 25
    assert counted[0] == counted[1], counted


def test_the_list_reads_its_index_and_sorts_nothing() -> None:
    kit.let_it_run()
    account = scene.account("Halden Marine Systems", owner=kit.priya().pk)
    kit.ran(account, employees=310)
    rows = done._rows(scene.admin(), timezone.now(), done.TEAM).order_by(
        "-customer_visible", "-finished_at", "-pk"
    )
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
    plan = rows[:26].explain()

    assert "execution_done_by_ai" in plan
    assert "Sort" not in plan
