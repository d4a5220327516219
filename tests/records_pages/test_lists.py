"""Lists: whose rows, how they are found, and what a spreadsheet gets."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from approvals.views.lists import neutral
from crmgov.people.models import Role
from crmgov.records.selectors import lists
from tests.records_pages.kit import browser_of
from tests.world import a_contact, a_team, a_ticket, a_user, an_account, an_opportunity

pytestmark = pytest.mark.django_db(transaction=True)


def names(answer: Any) -> list[str]:
    table = answer.context["table"]
    return [row[0]["cell"].text for row in table["rows"]] if table else []


def exported(answer: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))


def test_a_list_shows_ones_own_teams_and_shared_records_and_so_does_its_export() -> None:
    north = a_team("North")
    an_account("Ours", team=north.pk)
    an_account("Shared")
    an_account("Theirs", team=a_team("South").pk)
    tom = browser_of(a_user("Tom Becker", Role.REVIEWER, north))

    assert names(tom.get("/accounts/")) == ["Ours", "Shared"]
    assert [row["name"] for row in exported(tom.get("/accounts/export"))] == ["Ours", "Shared"]
    auditor = browser_of(a_user("Ida Holm", Role.AUDITOR))
    assert names(auditor.get("/accounts/")) == ["Ours", "Shared", "Theirs"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("q=marine", ["Halden Marine"]),
        ("q=MARINE hald", ["Halden Marine"]),
        ("q=h", ["Halden Marine"]),
        ("q=belmont.example", ["Belmont"]),
        ("q=100%25", ["100% Cotton"]),
        ("q=r_s", ["Under_score"]),
        ("q=%5C", []),
        ("segment=Mid", ["Belmont"]),
        ("mine=1", ["Halden Marine"]),
        ("escalated=1", ["Belmont"]),
        ("segment=Mid&mine=1", []),
        ("sort=annual_value", ["Belmont", "Halden Marine", "100% Cotton", "Under_score"]),
        ("sort=nonsense", ["100% Cotton", "Belmont", "Halden Marine", "Under_score"]),
        ("from=nonsense", ["100% Cotton", "Belmont", "Halden Marine", "Under_score"]),
    ],
)
def test_search_filters_and_sorting_stand_in_the_address(asked: str, found: list[str]) -> None:
    priya = a_user("Priya Nair", Role.ACCOUNT_MANAGER)
    an_account("100% Cotton")
    an_account("Under_score")
    an_account("Halden Marine", owner=priya.pk, annual_value="10", currency="EUR")
    an_account(
        "Belmont",
        segment="Mid",
        escalated="true",
        domain="belmont.example",
        annual_value="90",
        currency="EUR",
    )

    assert names(browser_of(priya).get(f"/accounts/?{asked}")) == found


@pytest.mark.parametrize(
    ("record_type", "asked"),
    [("account", "marine"), ("contact", "maya lind"), ("opportunity", "fleet"), ("ticket", "outage")],
)
def test_the_search_is_carried_by_trigram_indexes(record_type: str, asked: str) -> None:
    ana = a_user("Ana Ruiz", Role.ADMIN)
    rows = lists.rows_for(user=ana, record_type=record_type, asked=lists.Asked(q=asked))
    with transaction.atomic(), connection.cursor() as cursor:
        # The tables of a test are too small for an index to pay: ask what could carry the search.
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
        plan = rows.order_by().explain()
    assert "trgm" in plan
    assert "Seq Scan on records_" + record_type not in plan


def test_contacts_are_found_by_both_names_and_mail_and_tickets_by_what_is_open() -> None:
    client = browser_of(a_user("Ana Ruiz", Role.ADMIN))
    a_contact("Lind", email="maya.lind@halden.example")
    a_contact("Weber", first_name="Jonas", lifecycle="customer")
    a_ticket("Still open", priority="urgent")
    a_ticket("Long done", status="closed")
    an_opportunity("Won", stage="Closed won")

    assert names(client.get("/contacts/?q=maya+lind")) == ["Maya Lind"]
    assert names(client.get("/contacts/?q=halden.example")) == ["Maya Lind"]
    assert names(client.get("/contacts/?leads=1")) == ["Maya Lind"]
    assert names(client.get("/tickets/?open=1")) == ["Still open"]
    assert names(client.get("/tickets/?priority=urgent")) == ["Still open"]
    assert names(client.get("/opportunities/?open=1")) == ["Won"]


def test_an_empty_list_says_what_to_do_next() -> None:
    client = browser_of(a_user("Ana Ruiz", Role.ADMIN))
    assert b"hands the files in under Imports" in client.get("/accounts/").content
    an_account()
    page = client.get("/accounts/?q=zzz").content.decode()
    assert "Nothing matches" in page
    assert "Show all accounts" in page


def test_no_cell_of_an_export_is_a_formula() -> None:
    an_account(
        '=HYPERLINK("http://x")',
        industry="+1",
        region="@cmd",
        employees=5,
        annual_value="10.50",
        currency="EUR",
    )
    row = exported(browser_of(a_user("Ana Ruiz", Role.ADMIN)).get("/accounts/export"))[0]
    assert (row["name"], row["industry"], row["region"]) == ('\'=HYPERLINK("http://x")', "'+1", "'@cmd")
    assert (row["employees"], row["annual_value"]) == ("5", "10.50")


def test_the_names_of_people_and_teams_are_no_formulas_either() -> None:
    owner, team = a_user("=1+1", Role.ACCOUNT_MANAGER), a_team("@North")
    an_account("Co", owner=owner.pk, team=team.pk, renewal_date="2027-01-31", strategic=True)
    row = exported(browser_of(a_user("Ana Ruiz", Role.ADMIN)).get("/accounts/export"))[0]
    assert (row["owner"], row["team"]) == ("'=1+1", "'@North")
    assert (row["renewal_date"], row["strategic"]) == ("2027-01-31", "true")


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "\tx", "\rx"])
def test_what_looks_like_a_formula_gets_an_apostrophe(text: str) -> None:
    assert neutral(text) == f"'{text}"


def test_an_export_follows_the_filter_and_the_order_of_the_list() -> None:
    an_account("Co 0")
    an_account("Co 1", annual_value="5", currency="EUR", segment="Mid")
    an_account("Co 2", annual_value="90", currency="EUR", segment="Mid")
    client = browser_of(a_user("Ana Ruiz", Role.ADMIN))
    rows = exported(client.get("/accounts/export?sort=annual_value"))
    assert [row["name"] for row in rows] == ["Co 2", "Co 1", "Co 0"]
    assert len(exported(client.get("/accounts/export?segment=Mid"))) == 2


@pytest.mark.parametrize("what", ["accounts", "contacts", "opportunities", "tickets"])
def test_a_list_costs_the_same_queries_at_1_and_at_25_rows(what: str) -> None:
    client, counted = browser_of(a_user("Ana Ruiz", Role.ADMIN)), []
    owner = a_user("Priya Nair", Role.ACCOUNT_MANAGER)
    for number in (1, 24):
        for one in range(number):
            account = an_account(f"Co {number} {one}", owner=owner.pk)
            a_contact(account=str(account.pk), owner=owner.pk)
            an_opportunity(account=str(account.pk), stage="Proposal", owner=owner.pk)
            a_ticket(account=str(account.pk))
        with CaptureQueriesContext(connection) as queries:
            assert len(names(client.get(f"/{what}/"))) == (1 if number == 1 else 25)
        counted.append(queries.captured_queries)
    assert len(counted[0]) == len(counted[1]) <= 10
    # What the rail counts stops at a thousand; the list itself is never counted.
    unbound = [query["sql"] for query in counted[1] if "LIMIT 1001" not in query["sql"]]
    assert not any("COUNT(" in sql and f"records_{what[:-1]}" in sql for sql in unbound)
    assert not any("OFFSET" in query["sql"] for query in counted[1])
