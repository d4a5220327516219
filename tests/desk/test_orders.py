"""The orders of the inbox: what stands first in each, paging and deciding in it, and that an index serves it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from approvals.models import Queue, Suggestion
from approvals.selectors import inbox, orders
from approvals.selectors.filters import EVERYTHING
from approvals.services import queues
from crmgov.people.models import Role, Team, User
from crmgov.records.selectors.keyset import page_of
from tests.decisions import scene
from tests.desk.browsing import at, press
from tests.world import NOW, a_team, a_user

pytestmark = pytest.mark.django_db
INBOX = "/inbox/"
# Many more than a planner would rather read and sort, most of them not waiting any more.
WAITING, OVER = 20_000, 20_000
COPIES = """
    INSERT INTO approvals_suggestion ({columns})
    SELECT {values} FROM approvals_suggestion one, generate_series(1, %s) n WHERE one.id = %s
"""
WAITS: dict[str, str] = {
    "id": "gen_random_uuid()",
    "number": "nextval('approvals_suggestion_number')",
    "made_at": "one.made_at - n * 7 * interval '1 second'",
    "effective_due_at": "one.made_at + ((n * 37) %% 20011) * interval '1 second'",
    "value_at_stake": "CASE WHEN n %% 3 = 0 THEN NULL ELSE (n * 31) %% 9973 END",
    "queue_id": "(%s::bigint[])[1 + n %% 4]",
    "team_id": "(%s::bigint[])[1 + n %% 4]",
}
IS_OVER = {**WAITS, "status": "'rejected'", "closed_at": "one.made_at"}


def whats(answer: Any) -> list[str]:
    return re.findall(r'row-what cut">[^<]* to ([^<]*)<', answer.content.decode())


@pytest.fixture
def sara() -> User:
    scene.publish()
    return scene.reviewer()


@pytest.fixture
def four(sara: User) -> list[Suggestion]:
    """Made one after the other, each worth less than the one before; two are worth we do not know what."""
    found = [
        scene.propose(
            scene.account(f"Account {number}"), employees=301 + number, at=NOW + timedelta(hours=number)
        )
        for number in range(4)
    ]
    for number, worth in enumerate(["90000", None, "4000.50", None]):
        Suggestion.objects.filter(pk=found[number].pk).update(value_at_stake=worth)
    return found


def test_each_order_puts_first_what_it_says(four: list[Suggestion], sara: User) -> None:
    Suggestion.objects.filter(pk=four[3].pk).update(effective_due_at=NOW)
    keys = [pair.pk.int for pair in (four[1], four[3])]
    without_value = ["302", "304"] if keys[0] < keys[1] else ["304", "302"]
    listed = {order: whats(at(sara).get(INBOX, {"order": order})) for order in orders.ORDERS}
    assert listed == {
        "due": ["304", "301", "302", "303"],
        "newest": ["304", "303", "302", "301"],
        "oldest": ["301", "302", "303", "304"],
        "value": ["301", "303", *without_value],
    }
    assert whats(at(sara).get(INBOX, {"order": "loudest"})) == listed["due"]


@pytest.mark.parametrize("order", list(orders.ORDERS))
def test_pages_of_each_order_follow_one_another_without_a_gap(
    four: list[Suggestion], sara: User, order: str
) -> None:
    def page(cursor: str) -> Any:
        return inbox.page_for(sara, at=scene.LATER, order=order, cursor=cursor, size=1)

    whole = [row.id for row in inbox.page_for(sara, at=scene.LATER, order=order).rows]
    met, cursor = [], ""
    for _ in whole:
        found = page(cursor)
        met += [row.id for row in found.rows]
        cursor = found.older
    assert met == whole
    assert not cursor
    assert [row.id for row in page(page(page("").older).newer).rows] == whole[:1]


@pytest.mark.parametrize("order", list(orders.ORDERS))
def test_after_a_decision_the_next_of_this_order_is_there(
    four: list[Suggestion], sara: User, order: str
) -> None:
    queue = [row.id for row in inbox.page_for(sara, at=timezone.now(), order=order).rows]
    first = Suggestion.objects.get(pk=queue[1])
    query = "" if order == "due" else f"?order={order}"
    answer = press(at(sara), "reject", first, reason_code="wrong_value", list=query[1:])
    assert answer["Location"] == f"/suggestions/{queue[2]}/{query}"
    last = Suggestion.objects.get(pk=queue[3])
    answer = press(at(sara), "reject", last, reason_code="wrong_value", list=query[1:])
    assert answer["Location"] == f"/suggestions/{queue[0]}/{query}"


def test_the_order_is_kept_by_filters_tabs_and_forms(four: list[Suggestion], sara: User) -> None:
    page = at(sara).get(INBOX, {"order": "newest", "view": "team", "action": "set_fields"}).content.decode()
    assert 'href="/inbox/?order=newest&amp;action=set_fields"' in page
    assert 'name="list" value="view=team&amp;order=newest&amp;action=set_fields"' in page
    assert '<input type="hidden" name="order" value="newest">' in page
    assert 'href="/inbox/?view=team&amp;order=newest"' in page


def fill(like: Suggestion, how: dict[str, str], count: int, teams: list[Team]) -> None:
    """Copies of a suggestion by the thousand, spread over queues and teams."""
    names = [str(field.column) for field in Suggestion._meta.concrete_fields]
    values = [how.get(name, f"one.{connection.ops.quote_name(name)}") for name in names]
    sql = COPIES.format(columns=", ".join(map(connection.ops.quote_name, names)), values=", ".join(values))
    found = {
        "queue_id": [Queue.objects.get(team=team).pk for team in teams],
        "team_id": [team.pk for team in teams],
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, [*(found[name] for name in names if name in found), count, like.pk])


def plans(draw: Callable[[], object]) -> Iterator[str]:
    """How Postgres answers each query over suggestions that `draw` makes."""
    with CaptureQueriesContext(connection) as asked:
        draw()
    for query in asked.captured_queries:
        if 'FROM "approvals_suggestion"' in query["sql"]:
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN {query['sql']}")
                yield "\n".join(line for (line,) in cursor.fetchall())


# What is asleep, asked back or raised is a handful; those lists may sort.
LONG = (inbox.MINE, inbox.TEAM, inbox.DUE_SOON)


@pytest.mark.django_db(transaction=True)
def test_no_page_of_any_order_reads_the_table_or_sorts() -> None:
    """At 20,000 waiting among 40,000, for an admin and for a reviewer of one of four queues."""
    scene.publish()
    teams = [a_team(name) for name in ("North", "South", "East", "West")]
    for team in teams:
        queues.ensure_for_team(team)
    sara, ana = scene.reviewer(), a_user("Ana Ruiz", Role.ADMIN)
    one = scene.propose(scene.account(), employees=310)
    fill(one, WAITS, WAITING, teams)
    fill(one, IS_OVER, OVER, teams)
    # Only who owns a table may count it for the planner.
    with connections["owner"].cursor() as cursor:
        for table in (
            "approvals_suggestion",
            "approvals_queuemembership",
            "people_membership",
            "people_user",
        ):
            cursor.execute(f"ANALYZE {table}")

    looked = 0
    for user in (ana, sara):
        for view in LONG:
            for order in orders.ORDERS:
                # Among those with a value, and, sorted by it, among those without.
                for far in (2_500, 14_500 if user == ana else 4_000):
                    looked += no_page_sorts(user, view, order, far)
    assert looked >= 2 * len(LONG) * len(orders.ORDERS) * 2 * 3


def cursor_behind(far: int, asked: dict[str, Any]) -> str:
    """Where a page of so many rows would end, without drawing its lines."""
    listed = inbox.listed(asked["user"], at=asked["at"], view=asked["view"], filters=EVERYTHING)
    order = orders.ORDERS[asked["order"]]
    return str(page_of(listed.only(*order.columns), order=order, cursor=None, size=far).older)


def no_page_sorts(user: User, view: str, order: str, far: int) -> int:
    """The first page, and from far inside the list the page behind and the page before; how many plans were read."""
    asked: dict[str, Any] = {"user": user, "at": NOW + timedelta(days=1), "view": view, "order": order}
    inside = cursor_behind(far, asked)
    behind = inbox.page_for(**asked, cursor=inside)
    assert len(behind.rows) == inbox.SIZE
    looked = 0
    for cursor in ("", inside, behind.newer):
        for plan in plans(lambda start=cursor: inbox.page_for(**asked, cursor=start)):  # type: ignore[misc]
            looked += 1
            assert "Seq Scan on approvals_suggestion" not in plan, f"{user}, {view}, {order}: {plan}"
            assert "Sort" not in plan, f"{user}, {view}, {order}: {plan}"
            assert " using queued_by_" in plan, f"It walks past what is over. {user}, {view}, {order}: {plan}"
    return looked
