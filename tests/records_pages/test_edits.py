"""Editing by hand: what was seen, what is now, what was typed."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from crmgov.people.models import Role
from crmgov.records.models import Account, ChangeSet, FieldChange
from tests.records_pages.kit import browser_of, by_agent
from tests.world import a_contact, a_team, a_ticket, a_user, an_account, an_opportunity

pytestmark = pytest.mark.django_db(transaction=True)


def posted(client: Client, address: str, **typed: Any) -> dict[str, str]:
    """What a browser would send from the form as drawn, with some controls changed."""
    page = client.get(address)
    assert page.status_code == 200
    return controls(page.context["groups"], **typed)


def controls(groups: Any, **typed: Any) -> dict[str, str]:
    data: dict[str, str] = {"reason": ""}
    for line in (line for group in groups for line in group["lines"]):
        data |= {f"was:{line['name']}": line["was"], f"seen:{line['name']}": line["seen"]}
        if line["contested"]:
            data[f"contested:{line['name']}"] = "1"
        value = line["field"].value()
        if value not in (False, None):
            data[line["name"]] = "true" if value is True else str(value)
    return {name: value for name, value in {**data, **typed}.items() if value is not None}


def test_only_what_differs_is_saved_verified_and_locked() -> None:
    account, ana = (
        an_account(employees=420, region="Nordics", strategic="true"),
        a_user("Ana Ruiz", Role.ADMIN),
    )
    client, address = browser_of(ana), f"/accounts/{account.pk}/edit"
    before = FieldChange.objects.count()

    answer = client.post(
        address, posted(client, address, employees="500", strategic=None, reason="annual report")
    )

    account.refresh_from_db()
    assert answer.status_code == 302
    assert (account.employees, account.strategic, account.region) == (500, False, "Nordics")
    assert account.provenance["employees"]["locked"]
    assert FieldChange.objects.count() == before + 2
    assert ChangeSet.objects.order_by("-at").first().reason == "annual report"  # type: ignore[union-attr]


def test_saving_what_the_form_showed_writes_nothing_for_any_type() -> None:
    client = browser_of(a_user("Ana Ruiz", Role.ADMIN))
    account = an_account(annual_value="10.5", currency="EUR", renewal_date="2027-03-01", tags=["b", "a"])
    contact = a_contact(account=str(account.pk))
    deal = an_opportunity(account=str(account.pk), stage="Proposal", amount="7", product="Fleet")
    ticket = a_ticket(account=str(account.pk), contact=str(contact.pk), body="one\ntwo")
    before = ChangeSet.objects.count()
    for what, record in (
        ("accounts", account),
        ("contacts", contact),
        ("opportunities", deal),
        ("tickets", ticket),
    ):
        address = f"/{what}/{record.pk}/edit"
        assert client.post(address, posted(client, address)).status_code == 302
    assert ChangeSet.objects.count() == before


def test_a_field_changed_meanwhile_shows_both_values_keeps_what_was_typed_and_asks_which_stands() -> None:
    account, ana = an_account(employees=420), a_user("Ana Ruiz", Role.ADMIN)
    client, address = browser_of(ana), f"/accounts/{account.pk}/edit"
    form = posted(client, address, employees="500", region="Nordics")
    by_agent(account, employees="450")

    answer = client.post(address, form)

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "You saw 420. It is 450 now." in page
    assert 'value="500"' in page
    assert 'value="Nordics"' in page
    account.refresh_from_db()
    assert (account.employees, account.region) == (450, "")

    again = controls(answer.context["groups"])
    unsettled = client.post(address, again)
    assert unsettled.status_code == 422
    assert b"Choose which value stands" in unsettled.content

    theirs = client.post(address, {**again, "stands:employees": "theirs"})
    account.refresh_from_db()
    assert theirs.status_code == 302
    assert (account.employees, account.region) == (450, "Nordics")


def test_insisting_on_ones_own_value_writes_it_over_the_one_that_was_shown() -> None:
    account, ana = an_account(employees=420), a_user("Ana Ruiz", Role.ADMIN)
    client, address = browser_of(ana), f"/accounts/{account.pk}/edit"
    form = posted(client, address, employees="500")
    by_agent(account, employees="450")
    again = controls(client.post(address, form).context["groups"])

    assert client.post(address, {**again, "stands:employees": "mine"}).status_code == 302
    account.refresh_from_db()
    assert account.employees == 500


def test_bad_values_stand_under_their_controls() -> None:
    account, ana = an_account(), a_user("Ana Ruiz", Role.ADMIN)
    client, address = browser_of(ana), f"/accounts/{account.pk}/edit"

    answer = client.post(
        address, posted(client, address, employees="many", currency="QQQ", name="", parent="Nobody Inc")
    )

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "There is no account called “Nobody Inc”" in page
    answer = client.post(address, posted(client, address, employees="many", currency="QQQ", name=""))
    page = answer.content.decode()
    for sentence in ("“many” is not a number.", "is not an ISO currency", "It may not be empty."):
        assert sentence in page
    assert 'value="many"' in page


def test_a_reference_is_typed_by_name_or_by_address() -> None:
    account, ana = an_account(), a_user("Ana Ruiz", Role.ADMIN)
    parent, twin = an_account("Halden Group"), an_account("Halden group")
    client, address = browser_of(ana), f"/accounts/{account.pk}/edit"

    ambiguous = client.post(address, posted(client, address, parent="halden group"))
    assert ambiguous.status_code == 422
    assert "paste the address" in ambiguous.content.decode()

    form = posted(client, address, parent=f"http://testserver/accounts/{twin.pk}/")
    assert client.post(address, form).status_code == 302
    assert Account.objects.get(pk=account.pk).parent_id == twin.pk
    assert parent.pk != twin.pk


def test_a_protected_field_is_refused_to_a_reviewer_and_what_was_typed_stays() -> None:
    team = a_team()
    account = an_account(team=team.pk, lifecycle="customer")
    client, address = browser_of(a_user("Tom Becker", Role.REVIEWER, team)), f"/accounts/{account.pk}/edit"

    answer = client.post(address, posted(client, address, lifecycle="churned", region="Nordics"))

    page = answer.content.decode()
    assert answer.status_code == 403
    assert "is protected" in page
    assert re.search(r'name="region" value="Nordics"', page)


def test_the_owner_view_and_scores_are_not_set_by_the_form() -> None:
    team = a_team()
    account = an_account(team=team.pk)
    client, address = browser_of(a_user("Tom Becker", Role.REVIEWER, team)), f"/accounts/{account.pk}/edit"
    form = posted(client, address)
    sly = {"owner_view": "healthy", "was:owner_view": "", "seen:owner_view": '""'}
    sly |= {"churn_score": "0.1", "was:churn_score": "", "seen:churn_score": "null"}
    sly |= {"team": "", "was:team": "1", "seen:team": "1"}

    client.post(address, {**form, **sly})

    account.refresh_from_db()
    assert (account.owner_view, account.churn_score, account.team_id) == ("", None, team.pk)


def test_keep_and_verify_locks_the_value_and_unlock_takes_it_off() -> None:
    account, ana = an_account(employees=420), a_user("Ana Ruiz", Role.ADMIN)
    by_agent(account, employees="1150")
    client = browser_of(ana)
    page = client.get(f"/accounts/{account.pk}/?field=employees").content.decode()
    assert "Keep and verify" in page

    stale = client.post(f"/accounts/{account.pk}/verify", {"field": "employees", "seen": "420"})
    assert stale.status_code == 409
    assert (
        client.post(
            f"/accounts/{account.pk}/verify", {"field": "employees", "seen": "1150", "reason": "called them"}
        ).status_code
        == 302
    )
    account.refresh_from_db()
    assert account.provenance["employees"]["verified_by"] == "Ana Ruiz"
    page = client.get(f"/accounts/{account.pk}/?field=employees").content.decode()
    assert "Verified by Ana Ruiz" in page
    assert "Keep and verify" not in page

    assert client.post(f"/accounts/{account.pk}/unlock", {"field": "employees"}).status_code == 302
    account.refresh_from_db()
    assert "locked" not in account.provenance["employees"]
    assert client.post(f"/accounts/{account.pk}/unlock", {"field": "employees"}).status_code == 422


def test_a_verified_value_is_out_of_reach_of_an_agent() -> None:
    from crmgov.records.models import FieldChange as Row

    account, ana = an_account(employees=420), a_user("Ana Ruiz", Role.ADMIN)
    browser_of(ana).post(f"/accounts/{account.pk}/verify", {"field": "employees", "seen": "420"})
    with pytest.raises(AssertionError, match="locked"):
        by_agent(account, employees="1150")
    assert Row.objects.filter(record_id=account.pk, field="employees").count() == 2


@pytest.mark.parametrize("address", ["verify", "unlock"])
def test_whoever_may_not_edit_may_not_vouch_either(address: str) -> None:
    account = an_account(employees=420)
    auditor = browser_of(a_user("Ida Holm", Role.AUDITOR))
    answer = auditor.post(f"/accounts/{account.pk}/{address}", {"field": "employees", "seen": "420"})
    assert answer.status_code == 403
