"""The ledger answers who wrote what: by record, field, author and time, to each as far as their role goes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from approvals.selectors import audit as selector
from crmgov.people.models import Membership, Role
from crmgov.records.models import FieldChange
from tests.audit.kit import Ledger, a_ledger, audit, exported, lines, many, rows
from tests.decisions import scene
from tests.records_pages.kit import browser_of
from tests.world import NOW, a_team, a_user, an_account, create

pytestmark = pytest.mark.django_db(transaction=True)
EMPLOYEES = ("Polder Freight", "Employees", "310")
REGION = ("Halden Marine Systems", "Region", "Nordics")
INDUSTRY = ("Halden Marine Systems", "Industry", "Marine telematics")


@pytest.fixture
def ledger() -> Ledger:
    return a_ledger()


@pytest.fixture
def ana(ledger: Ledger) -> Any:
    return browser_of(a_user("Ana Ruiz", Role.ADMIN))


def test_each_filter_finds_what_was_written_so(ledger: Ledger, ana: Any) -> None:
    agent = ledger.decided.agent
    assert agent is not None
    for asked, found in (
        ({"person": str(ledger.sara.pk)}, [EMPLOYEES]),
        ({"person": str(ledger.priya.pk)}, [REGION]),
        ({"agent": agent.name}, [EMPLOYEES]),
        ({"workflow": f"{scene.WORKFLOW} {scene.VERSION}", "actor_type": "ai"}, [INDUSTRY]),
        ({"workflow": f"{scene.WORKFLOW} {scene.VERSION}"}, [EMPLOYEES, INDUSTRY]),
        ({"source": "firmdata"}, [INDUSTRY]),
        ({"source": "Firmdata"}, [EMPLOYEES]),
        ({"actor_type": "human_approved_ai"}, [EMPLOYEES]),
        ({"field": "account.industry"}, [INDUSTRY]),
        ({"field": "account.region", "person": str(ledger.priya.pk)}, [REGION]),
        ({"record": "polder", "actor_type": "human_approved_ai"}, [EMPLOYEES]),
        ({"record": str(ledger.halden.pk), "field": "account.industry"}, [INDUSTRY]),
        ({"until": (NOW - timedelta(days=1)).date().isoformat()}, [INDUSTRY]),
        ({"record": "no such record"}, []),
    ):  # fmt: skip
        assert lines(audit(ana, **asked)) == found, asked


def test_a_row_says_when_what_by_whom_and_leads_to_all_behind_it(ledger: Ledger, ana: Any) -> None:
    (row,) = audit(ana, person=str(ledger.sara.pk)).context["rows"]
    assert (row["old"], row["new"]) == ("240", "310")
    assert row["by"] == "approved by Sara Okafor"
    assert row["source"] == "Firmdata"
    page = audit(ana, person=str(ledger.sara.pk)).content.decode()
    change_set = FieldChange.objects.get(field="employees", new=310).change_set_id
    for address in (
        f"/changes/{change_set}/",
        f"/suggestions/{ledger.decided.pk}/",
        f"/accounts/{ledger.polder.pk}/",
    ):
        assert f'href="{address}"' in page


def test_filters_are_tags_and_each_can_be_taken_off(ledger: Ledger, ana: Any) -> None:
    page = audit(ana, field="account.region", actor_type="human", since="2026-11-01")
    assert [tag["text"] for tag in page.context["tags"]] == [
        "Field: account region",
        "Written by: A person",
        "From: 1 Nov 2026",
    ]
    without = ana.get(page.context["tags"][0]["remove_url"])
    assert [tag["text"] for tag in without.context["tags"]] == ["Written by: A person", "From: 1 Nov 2026"]


def test_each_role_reads_its_line_of_the_role_table(ledger: Ledger) -> None:
    everything = rows()
    tom = a_user("Tom Becker", Role.REVIEWER, a_team())
    jonas = a_user("Jonas Weber", Role.ACCOUNT_MANAGER, a_team())
    auditor = a_user("Ines Falk", Role.AUDITOR)

    assert lines(audit(browser_of(ledger.sara))) == [EMPLOYEES]
    assert lines(audit(browser_of(tom))) == []
    assert lines(audit(browser_of(jonas))) == []
    own = lines(audit(browser_of(ledger.priya)))
    assert {record for record, _, _ in own} == {"Halden Marine Systems", "Maya Lind"}
    assert {REGION, INDUSTRY} <= set(own)
    assert len(exported(browser_of(auditor))) == everything
    for user, number in ((ledger.sara, 1), (tom, 0), (jonas, 0), (ledger.priya, len(own))):
        assert len(exported(browser_of(user))) == number


def test_a_record_of_another_team_is_not_there_even_for_who_decided_or_owns_it(ledger: Ledger) -> None:
    Membership.objects.filter(user__in=[ledger.sara, ledger.priya]).delete()
    for user in (ledger.sara, ledger.priya):
        for asked in ({}, {"record": "polder"}, {"record": str(ledger.halden.pk)}, {"record": "halden"}):
            assert lines(audit(browser_of(user), **asked)) == []
            assert exported(browser_of(user), **asked) == []


@pytest.mark.parametrize(
    ("asked", "field", "say"),
    [
        ({"since": "yesterday"}, "since", "“yesterday” is not a date like 2026-03-31."),
        ({"until": "2026-13-01"}, "until", "“2026-13-01” is not a date"),
        ({"since": "0001-01-01"}, "since", "is no day of this ledger"),
        ({"until": "9999-12-31"}, "until", "is no day of this ledger"),
        ({"since": "2026-03-02", "until": "2026-03-01"}, "until", "lies before the first day"),
        ({"field": "account.shoe_size"}, "field", "“account.shoe_size” is not in the list."),
        ({"field": "' OR 1=1"}, "field", "is not in the list"),
        ({"person": "999999999999999999999"}, "person", "is not in the list"),
        ({"actor_type": "martian"}, "actor_type", "is not in the list"),
        ({"workflow": "x"}, "workflow", "is not in the list"),
        ({"record": "x" * 10_000}, "record", "200 characters at most"),
        ({"record": "%%%"}, "record", "Type a letter or a digit"),
        ({"source": "x" * 200}, "source", "120 characters at most"),
    ],
)
def test_what_cannot_be_read_is_said_beside_it_and_nothing_is_searched(
    ana: Any, asked: dict[str, str], field: str, say: str
) -> None:
    kept = {"record": "Halden", **asked}
    for address in ("/audit/", "/audit/export"):
        answer = ana.get(address, kept)
        assert answer.status_code == 422
        assert say in " ".join(answer.context["form"].errors[field])
        assert "rows" not in answer.context
    if field in ("since", "until"):
        assert 'value="Halden"' in answer.content.decode()
        assert f'value="{asked[field]}"' in answer.content.decode()


def test_odd_pages_begin_at_the_start(ledger: Ledger, ana: Any) -> None:
    first = lines(audit(ana))
    from crmgov.records.selectors.cursors import Cursor

    for raw in ("nonsense", str(Cursor(("a", "b", "c"))), str(Cursor(("2026-01-01", "x", "1")))):
        assert lines(ana.get("/audit/", {"from": raw})) == first


@pytest.mark.parametrize("asked", [{}, {"field": "account.region"}, {"actor_type": "human"}])
def test_every_row_is_met_once_newest_first(
    ledger: Ledger, ana: Any, asked: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    many(ledger.polder, 6)
    whole = [row["id"] for row in exported(ana, **asked)]
    assert len(whole) > 6
    admin = a_user("Ana Ruiz", Role.ADMIN)
    narrow = _asked(asked)
    met, cursor = [], None
    while True:
        stretch = selector.page_for(admin, narrow, cursor, size=4)
        met += stretch.rows
        if (cursor := stretch.older) is None:
            break
    assert [str(row.pk) for row in met] == whole
    assert [row.at for row in met] == sorted((row.at for row in met), reverse=True)


def test_the_page_leads_on_to_older_rows_and_back_to_the_newest(ledger: Ledger, ana: Any) -> None:
    many(ledger.polder, selector.SIZE + 1)
    first = audit(ana, field="account.region", record="polder")
    assert lines(first)[0] == ("Polder Freight", "Region", f"Region {selector.SIZE + 1}")
    assert len(lines(first)) == selector.SIZE
    second = ana.get(first.context["pager"]["older_url"])
    assert [new for _, _, new in lines(second)] == ["Region 1", "Benelux"]
    assert lines(ana.get(second.context["pager"]["newer_url"])) == lines(first)


def test_the_file_has_the_rows_of_the_page_and_no_formula(ledger: Ledger, ana: Any) -> None:
    an_account('=HYPERLINK("http://x")', region="+1", industry="@cmd", tags=["+2"])
    found = {row["field"]: row for row in exported(ana, record="HYPERLINK")}
    assert found["name"]["new"] == '\'=HYPERLINK("http://x")'
    assert found["name"]["record"] == '\'=HYPERLINK("http://x")'
    assert (found["region"]["new"], found["industry"]["new"]) == ("'+1", "'@cmd")
    assert found["tags"]["new"] == "'+2"

    (decided,) = exported(ana, person=str(ledger.sara.pk))
    assert (decided["old"], decided["new"], decided["confidence"]) == ("240", "310", "")
    assert decided["decision_id"] == str(ledger.decision.pk)
    assert decided["suggestion"] == str(ledger.decided.number)
    assert decided["at"] == FieldChange.objects.get(field="employees", new=310).at.isoformat()


def test_tasks_and_roles_are_found_by_name_too(ledger: Ledger, ana: Any) -> None:
    create("task", title="Call the harbour master", account=str(ledger.halden.pk))
    found = lines(audit(ana, record="harbour"))
    assert ("Call the harbour master", "Title", "Call the harbour master") in found
    assert {record for record, _, _ in found} == {"Call the harbour master"}


def test_a_name_that_too_many_carry_is_said(
    ledger: Ledger, ana: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selector, "MOST_NAMED", 1)
    an_account("Halden Two")
    assert "records carry this name" in audit(ana, record="halden").content.decode()
    assert "records carry this name" not in audit(ana, record="polder").content.decode()


def test_a_day_is_whole_in_the_zone_of_who_asks(ledger: Ledger) -> None:
    """10:00 UTC on the 20th is the 21st on Kiritimati."""
    admin = a_user("Ana Ruiz", Role.ADMIN)
    type(admin).objects.filter(pk=admin.pk).update(time_zone="Pacific/Kiritimati")
    admin.refresh_from_db()
    client = browser_of(admin)
    with time_machine.travel(NOW, tick=False):
        assert lines(audit(client, person=str(ledger.priya.pk), since="2026-11-21", until="2026-11-21")) == [
            REGION
        ]
        assert lines(audit(client, person=str(ledger.priya.pk), until="2026-11-20")) == []


def test_the_page_costs_the_same_at_few_and_at_many_rows(ledger: Ledger, ana: Any) -> None:
    counted = []
    for number in (1, 40):
        many(ledger.polder, number, start=NOW + timedelta(hours=number))
        with CaptureQueriesContext(connection) as queries:
            audit(ana)
        counted.append(queries.captured_queries)
    assert len(counted[0]) == len(counted[1]) <= 16
    assert not any("OFFSET" in query["sql"] for query in counted[1])


def _asked(said: dict[str, str]) -> selector.Asked:
    record_type, _, field = said.get("field", "").partition(".")
    return selector.Asked(
        field=(record_type, field) if field else None, actor_type=said.get("actor_type", "")
    )
