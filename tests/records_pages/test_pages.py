"""What a person sees on the page of a record, and what they may do there."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crmgov.people.models import Role
from crmgov.records.models import Activity, ChangeSet, Hold
from tests.records_pages.kit import browser_of, by_agent, days_ago, last_change
from tests.world import a_contact, a_team, a_ticket, a_user, an_account, an_opportunity

pytestmark = pytest.mark.django_db(transaction=True)


def url_of(record: object, what: str = "accounts") -> str:
    return f"/{what}/{record.pk}/"  # type: ignore[attr-defined]


def test_every_value_says_where_it_comes_from() -> None:
    team = a_team()
    priya = a_user("Priya Nair", Role.ACCOUNT_MANAGER, team)
    account = an_account(team=team.pk, owner=priya.pk, employees=420, at=days_ago(300))
    by_agent(account, employees="1150")

    page = browser_of(priya).get(url_of(account)).content.decode()

    assert "1,150" in page
    assert "no track record" in page
    assert "never set" in page
    assert f"/accounts/{account.pk}/?field=employees#field-employees" in page


def test_each_type_of_record_has_its_page_with_history_and_edit() -> None:
    admin = browser_of(a_user("Ana Ruiz", Role.ADMIN))
    records = {
        "contacts": (a_contact(title="CTO"), "title"),
        "opportunities": (an_opportunity(stage="Proposal", amount="10.50"), "stage"),
        "tickets": (a_ticket(priority="urgent"), "priority"),
    }
    for what, (record, field) in records.items():
        page = admin.get(f"{url_of(record, what)}?field={field}")
        assert page.status_code == 200
        assert f'id="history-{field}"'.encode() in page.content
        assert f"{url_of(record, what)}edit".encode() in page.content


def test_another_team_and_a_record_that_is_not_are_both_404() -> None:
    account = an_account(team=a_team("South").pk)
    tom = browser_of(a_user("Tom Becker", Role.REVIEWER, a_team("North")))
    change_set = last_change(account, "name").change_set_id

    for address in (
        url_of(account),
        f"{url_of(account)}?field=name",
        f"{url_of(account)}edit",
        f"/changes/{change_set}/",
        f"/accounts/{uuid4()}/",
    ):
        assert tom.get(address).status_code == 404, address
    assert tom.post(f"/changes/{change_set}/revert", {"reason": "x"}).status_code == 404
    assert tom.post(f"{url_of(account)}verify", {"field": "name", "seen": '"x"'}).status_code == 404


def test_a_stranger_is_sent_to_log_in() -> None:
    from django.test import Client

    answer = Client().get(url_of(an_account()))
    assert answer.status_code == 302
    assert "/session/login/" in answer["Location"]


def test_an_auditor_reads_everything_and_has_no_button_to_change_it() -> None:
    account = an_account(team=a_team().pk, employees=1)
    by_agent(account, employees="2")
    auditor = browser_of(a_user("Ida Holm", Role.AUDITOR))

    page = auditor.get(f"{url_of(account)}?field=employees").content.decode()

    assert "1 to 2" in page
    for word in ("Revert to", "Keep and verify", "Hold AI contact", "/edit"):
        assert word not in page
    assert auditor.get(f"{url_of(account)}edit").status_code == 403
    change_set = last_change(account, "employees").change_set_id
    assert auditor.post(f"/changes/{change_set}/revert", {"reason": "x"}).status_code == 403


def test_the_owner_reverts_the_last_change_from_the_history_of_the_field() -> None:
    team = a_team()
    priya = a_user("Priya Nair", Role.ACCOUNT_MANAGER, team)
    account = an_account(team=team.pk, owner=priya.pk, employees=420, region="Nordics")
    wrong = by_agent(account, employees="1150", region="Baltics")

    answer = browser_of(priya).post(
        f"/changes/{wrong}/revert",
        {"reason": "group figure", "field": "employees", "record_id": str(account.pk)},
    )

    account.refresh_from_db()
    assert answer.status_code == 302
    assert answer["Location"] == f"/accounts/{account.pk}/?field=employees#field-employees"
    assert (account.employees, account.region) == (420, "Baltics")
    assert ChangeSet.objects.get(reverses=wrong).reason == "group figure"


def test_a_later_change_stands_in_the_way_and_the_page_shows_three_values_and_keeps_the_reason() -> None:
    account, ana = an_account(employees=420), a_user("Ana Ruiz", Role.ADMIN)
    wrong = by_agent(account, employees="1150")
    by_agent(account, employees="1200")

    answer = browser_of(ana).post(f"/changes/{wrong}/revert", {"reason": "not our figure"})

    page = answer.content.decode()
    assert answer.status_code == 409
    assert [value in page for value in ("420", "1,150", "1,200")] == [True] * 3
    assert "changed since" in page
    assert "not our figure" in page
    account.refresh_from_db()
    assert account.employees == 1200


def test_a_revert_needs_a_reason() -> None:
    account, ana = an_account(employees=420), a_user("Ana Ruiz", Role.ADMIN)
    wrong = by_agent(account, employees="1150")

    answer = browser_of(ana).post(f"/changes/{wrong}/revert", {"reason": "  "})

    assert answer.status_code == 422
    assert b"Say why" in answer.content
    account.refresh_from_db()
    assert account.employees == 1150


def test_the_revert_of_a_field_of_an_import_touches_no_other_record() -> None:
    from django.db import transaction

    from crmgov.kernel.actors import Actor, ActorType
    from crmgov.kernel.ids import new_id
    from crmgov.records.models import AuthorityKind
    from crmgov.records.services import changes

    ana, one, other = (
        a_user("Ana Ruiz", Role.ADMIN),
        an_account("One", region="A"),
        an_account("Other", region="A"),
    )
    run = changes.NewChangeSet(
        actor=Actor(ActorType.HUMAN, str(ana.pk), str(ana)),
        authority=AuthorityKind.IMPORT,
        authority_id="7",
        authority_label="Import of accounts",
        import_run_id=new_id(),
    )
    patches = [
        changes.Patch(run.id, "account", record.pk, (changes.Edit("region", "A", "B", "export"),))
        for record in (one, other)
    ]
    with transaction.atomic():
        changes.apply(change_sets=[run], patches=patches, at=timezone.now())

    answer = browser_of(ana).post(
        f"/changes/{run.id}/revert", {"reason": "wrong", "field": "region", "record_id": str(one.pk)}
    )

    one.refresh_from_db()
    other.refresh_from_db()
    assert answer.status_code == 302
    assert (one.region, other.region) == ("A", "B")
    assert b"part of an import" in browser_of(ana).get(f"/changes/{run.id}/").content


def test_as_of_shows_the_record_as_the_ledger_had_it_even_without_snapshots() -> None:
    account, ana = an_account(employees=420, at=days_ago(30)), a_user("Ana Ruiz", Role.ADMIN)
    by_agent(account, employees="1150", at=days_ago(2))
    with connections["owner"].cursor() as cursor:
        cursor.execute("TRUNCATE records_historicalaccount")

    day = timezone.localdate() - timedelta(days=10)
    page = browser_of(ana).get(f"{url_of(account)}?as_of={day}").content.decode()

    assert "As the ledger had it" in page
    assert re.search(r'id="field-employees".*?rec-val"><a [^>]*>420</a>', page)
    assert page.count("differs today") == 1
    # A yes or no nobody wrote is a no, and what stands around the fields is marked as today's.
    assert re.search(r'id="field-strategic".*?rec-val">(<a [^>]*>)?No<', page, re.IGNORECASE)
    assert "What stands in this column is as of today." in page
    assert "Today:" in page
    assert "Today:" not in browser_of(ana).get(url_of(account)).content.decode()
    before = timezone.localdate() - timedelta(days=60)
    assert (
        "Nothing of this record was written by then"
        in browser_of(ana).get(f"{url_of(account)}?as_of={before}").content.decode()
    )


def test_a_day_that_is_no_day_is_said_and_the_record_shown_as_it_is() -> None:
    page = browser_of(a_user("Ana Ruiz", Role.ADMIN)).get(f"{url_of(an_account())}?as_of=soon")
    assert page.status_code == 200
    assert "is not a date" in page.content.decode()


def test_the_owner_holds_judges_and_lifts_from_the_page() -> None:
    team = a_team()
    priya = a_user("Priya Nair", Role.ACCOUNT_MANAGER, team)
    account = an_account(team=team.pk, owner=priya.pk)
    owner, reviewer = browser_of(priya), browser_of(a_user("Tom Becker", Role.REVIEWER, team))
    until = str(timezone.localdate() + timedelta(days=5))

    assert reviewer.post(f"{url_of(account)}hold", {"until": until, "reason": "x"}).status_code == 403
    assert owner.post(f"{url_of(account)}hold", {"until": "soon", "reason": "x"}).status_code == 422
    assert owner.post(f"{url_of(account)}hold", {"until": until, "reason": "Outage first"}).status_code == 302
    assert (
        owner.post(f"{url_of(account)}view", {"view": "at_risk", "note": "Compares offers"}).status_code
        == 302
    )

    page = owner.get(url_of(account)).content.decode()
    assert "No AI contact until" in page
    assert "Compares offers" in page
    hold = Hold.objects.get()
    assert owner.post(f"/holds/{hold.pk}/lift").status_code == 302
    assert "No AI contact until" not in owner.get(url_of(account)).content.decode()


def test_the_timeline_pages_through_activities_and_changes_without_losing_a_tie() -> None:
    account, ana = an_account(at=days_ago(40)), a_user("Ana Ruiz", Role.ADMIN)
    tied = days_ago(3)
    for number in range(60):
        Activity.objects.create(
            kind="note", account=account, occurred_at=tied, recorded_at=tied, subject=f"Note {number:02}"
        )
    client, address, seen = browser_of(ana), f"{url_of(account)}?tab=timeline", []
    while address:
        page = client.get(address)
        seen += [entry["sentence"] for entry in page.context["happenings"]]
        address = (page.context["pager"] or {}).get("older_url", "")

    assert sorted(word for word in seen if word.startswith("Note")) == [f"Note {n:02}" for n in range(60)]
    assert len(seen) == 61


@pytest.mark.parametrize(
    "tab", ["record", "timeline", "suggestions", "contacts", "opportunities", "tickets", "ledger"]
)
def test_a_page_costs_the_same_queries_however_much_hangs_on_the_record(tab: str) -> None:
    account, ana = (
        an_account(owner=a_user("Priya Nair", Role.ACCOUNT_MANAGER).pk),
        a_user("Ana Ruiz", Role.ADMIN),
    )
    client, counted = browser_of(ana), []
    for number in (1, 25):
        for one in range(number):
            contact = a_contact(f"Berg {number}-{one}", account=str(account.pk))
            a_ticket(account=str(account.pk), contact=str(contact.pk))
            an_opportunity(account=str(account.pk), stage="Proposal")
            by_agent(account, employees=str(number * 100 + one))
            Activity.objects.create(
                kind="note",
                account=account,
                contact=contact,
                occurred_at=days_ago(1),
                recorded_at=days_ago(1),
            )
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"{url_of(account)}?tab={tab}").status_code == 200
        counted.append(len(queries))
    assert counted[0] == counted[1]
    assert counted[1] <= 16
