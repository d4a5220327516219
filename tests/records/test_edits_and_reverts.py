"""Hand edits, and putting a change back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast
from uuid import UUID

import pytest
from django.db import connections, transaction

from crmgov.kernel.actors import Actor, ActorType
from crmgov.kernel.refusals import Invalid, NotAllowed, NotFound
from crmgov.people.models import Role, User
from crmgov.records.models import Account, AuthorityKind, ChangeSet, FieldChange
from crmgov.records.selectors import ledger
from crmgov.records.services import changes, edits, reverts
from tests.world import NOW, a_contact, a_team, a_user, an_account, an_opportunity, change, hand_edit

pytestmark = pytest.mark.django_db(transaction=True)

LATER = NOW + timedelta(hours=2)
AGENT = Actor(ActorType.AI, "1", "enrich")


def save(record: Account, user: User, seen: dict[str, Any], values: dict[str, Any]) -> ChangeSet | None:
    return edits.save(
        record_type="account", record_id=record.pk, seen=seen, values=values, user=user, reason="", at=LATER
    )


def last_change(record_id: UUID, field: str) -> FieldChange:
    return FieldChange.objects.filter(record_id=record_id, field=field).latest("id")


def test_typing_a_value_verifies_and_locks_it() -> None:
    account, admin = an_account(employees=420), a_user("Ana Ruiz", Role.ADMIN)
    save(account, admin, {"employees": "420"}, {"employees": "500"})
    account.refresh_from_db()
    assert account.employees == 500
    assert account.provenance["employees"]["verified_by"] == "Ana Ruiz"
    assert account.provenance["employees"]["locked"] is True


def test_a_field_changed_meanwhile_answers_with_both_values_and_what_was_typed() -> None:
    account, admin = an_account(employees=420), a_user("Ana Ruiz", Role.ADMIN)
    change("account", account.pk, employees=450)
    with pytest.raises(edits.Overtaken) as refused:
        save(account, admin, {"employees": "420", "region": ""}, {"employees": "500", "region": "Nordics"})
    assert refused.value.status == 409
    assert refused.value.facts["fields"] == {"employees": {"seen": 420, "now": 450, "typed": 500}}
    account.refresh_from_db()
    assert account.region == ""


def test_bad_input_names_each_field() -> None:
    account, admin = an_account(), a_user("Ana Ruiz", Role.ADMIN)
    with pytest.raises(Invalid) as refused:
        save(account, admin, {}, {"employees": "many", "currency": "dollars", "nonsense": "x", "name": ""})
    assert set(refused.value.errors) == {"employees", "currency", "nonsense", "name"}
    assert refused.value.errors["employees"] == "“many” is not a number."


def test_who_may_edit_what() -> None:
    north, south = a_team("North"), a_team("South")
    account = an_account(team=north.pk)
    reviewer, other = a_user("Sara Okafor", Role.REVIEWER, north), a_user("Tom Becker", Role.REVIEWER, south)
    auditor, manager = a_user("Ida Holm", Role.AUDITOR), a_user("Priya Nair", Role.ACCOUNT_MANAGER, north)
    save(account, reviewer, {"region": ""}, {"region": "Nordics"})
    with pytest.raises(NotFound):
        save(account, other, {"region": "Nordics"}, {"region": "x"})
    with pytest.raises(NotAllowed):
        save(account, auditor, {"region": "Nordics"}, {"region": "x"})
    with pytest.raises(NotAllowed, match="protected"):
        save(account, reviewer, {}, {"lifecycle": "customer"})
    save(account, manager, {}, {"lifecycle": "customer"})
    for user in (reviewer, manager):
        with pytest.raises(NotAllowed, match="owner's own judgment"):
            save(account, user, {}, {"owner_view": "healthy"})
    change("account", account.pk, owner=manager.pk)
    save(account, manager, {}, {"owner_view": "healthy"})


def test_a_revert_restores_exactly_the_fields_of_that_change() -> None:
    account, admin = an_account(employees=420, region="South"), a_user("Ana Ruiz", Role.ADMIN)
    change("account", account.pk, employees=1150, region="Nordics", actor=None)
    wrong = last_change(account.pk, "employees").change_set_id
    change("account", account.pk, territory="Nordics Mid")

    put_back = reverts.revert(change_set_id=wrong, user=admin, reason="group figure", at=LATER)

    account.refresh_from_db()
    assert (account.employees, account.region, account.territory) == (420, "South", "Nordics Mid")
    assert put_back.reverses == wrong

    reverts.revert(change_set_id=put_back.pk, user=admin, reason="after all", at=LATER)
    account.refresh_from_db()
    assert (account.employees, account.region) == (1150, "Nordics")


def test_a_later_change_stands_in_the_way_and_three_values_are_shown() -> None:
    account, admin = an_account(employees=420), a_user("Ana Ruiz", Role.ADMIN)
    change("account", account.pk, employees=1150)
    wrong = last_change(account.pk, "employees").change_set_id
    change("account", account.pk, employees=1200)
    with pytest.raises(reverts.Overtaken) as refused:
        reverts.revert(change_set_id=wrong, user=admin, reason="", at=LATER)
    facts = cast("dict[str, Any]", refused.value.facts["fields"])["employees"]
    assert (facts["before"], facts["wrote"], facts["now"]) == (420, 1150, 1200)
    account.refresh_from_db()
    assert account.employees == 1200


def test_reverting_a_creation_archives_the_record_and_reverting_that_restores_it() -> None:
    account, admin = an_account("Twice", employees=4), a_user("Ana Ruiz", Role.ADMIN)
    made = last_change(account.pk, "name").change_set_id
    archived = reverts.revert(change_set_id=made, user=admin, reason="", at=LATER)
    account.refresh_from_db()
    assert account.archived_at == LATER
    reverts.revert(change_set_id=archived.pk, user=admin, reason="", at=LATER)
    account.refresh_from_db()
    assert account.archived_at is None


def test_who_may_revert() -> None:
    team = a_team()
    priya, other = (
        a_user("Priya Nair", Role.ACCOUNT_MANAGER, team),
        a_user("Jonas Weber", Role.ACCOUNT_MANAGER, team),
    )
    sara = a_user("Sara Okafor", Role.REVIEWER, team)
    account = an_account(team=team.pk, owner=priya.pk, employees=1)
    contact = a_contact(account=str(account.pk), title="CTO")
    change("contact", contact.pk, title="CEO")
    wrong = last_change(contact.pk, "title").change_set_id
    for user in (other, sara):
        with pytest.raises(NotAllowed):
            reverts.revert(change_set_id=wrong, user=user, reason="", at=LATER)
    reverts.revert(change_set_id=wrong, user=priya, reason="", at=LATER)
    change("contact", contact.pk, title="COO")
    reverts.revert(
        change_set_id=last_change(contact.pk, "title").change_set_id,
        user=sara,
        reason="",
        at=LATER,
        decided_it=True,
    )


def test_history_revert_and_as_of_stand_on_the_ledger_alone() -> None:
    account, admin = an_account(employees=420), a_user("Ana Ruiz", Role.ADMIN)
    change("account", account.pk, employees=1150, at=LATER)
    with connections["owner"].cursor() as cursor:
        cursor.execute("TRUNCATE records_historicalaccount")

    stories = ledger.history_of(record_id=account.pk, field="employees")
    assert [(story.old, story.new) for story in stories] == [(420, 1150), (None, 420)]
    assert ledger.as_of(record_id=account.pk, at=NOW + timedelta(minutes=1))["employees"].new == 420
    reverts.revert(change_set_id=stories[0].change_set.pk, user=admin, reason="", at=LATER)
    assert Account.objects.get(pk=account.pk).employees == 420


def test_references_are_put_back_too() -> None:
    priya, jonas = a_user("Priya Nair", Role.ACCOUNT_MANAGER), a_user("Jonas Weber", Role.ACCOUNT_MANAGER)
    admin = a_user("Ana Ruiz", Role.ADMIN)
    account, parent = an_account(owner=priya.pk), an_account("Parent")
    deal = an_opportunity(
        account=str(account.pk), stage="Prospecting", close_date="2027-01-31", amount="10.50"
    )
    change("account", account.pk, owner=jonas.pk, parent=str(parent.pk), tags=["x"])
    wrong = last_change(account.pk, "owner")
    assert (wrong.old_label, wrong.new_label) == ("Priya Nair", "Jonas Weber")
    reverts.revert(change_set_id=wrong.change_set_id, user=admin, reason="", at=LATER)
    account.refresh_from_db()
    assert (account.owner, account.parent, account.tags) == (priya, None, [])
    change("opportunity", deal.pk, amount="11", close_date="2027-02-28", account=None)
    reverts.revert(
        change_set_id=last_change(deal.pk, "amount").change_set_id, user=admin, reason="", at=LATER
    )
    deal.refresh_from_db()
    assert (str(deal.amount), deal.account_id) == ("10.50", account.pk)
    assert ChangeSet.objects.filter(reverses__isnull=False).count() == 2


def test_what_a_person_verified_comes_back_verified_and_under_its_source() -> None:
    account, admin = an_account(), a_user("Ana Ruiz", Role.ADMIN)
    save(account, admin, {"employees": ""}, {"employees": "420"})
    approved = Actor(ActorType.HUMAN_APPROVED_AI, "1", "Sara Okafor")
    change("account", account.pk, employees=9, actor=approved)
    account.refresh_from_db()
    assert "locked" not in account.provenance["employees"]

    wrong = last_change(account.pk, "employees").change_set_id
    reverts.revert(change_set_id=wrong, user=admin, reason="", at=LATER)

    account.refresh_from_db()
    assert account.employees == 420
    assert account.provenance["employees"]["locked"] is True
    assert account.provenance["employees"]["source"] == "person"
    assert change("account", account.pk, employees=7, actor=AGENT).refused[0].kind == "locked"


def test_a_whole_import_and_more_than_a_hundred_records_are_not_one_change() -> None:
    admin = a_user("Ana Ruiz", Role.ADMIN)
    ids = [an_account(f"Account {n}").pk for n in range(reverts.MOST_RECORDS + 1)]
    for authority, refusal in (
        (AuthorityKind.IMPORT, reverts.WholeImport),
        (AuthorityKind.HAND_EDIT, reverts.TooMany),
    ):
        change_set = hand_edit(authority=authority)
        region = authority.value
        patches = []
        for record_id in ids:
            old = Account.objects.get(pk=record_id).region
            patches.append(
                changes.Patch(
                    change_set.id, "account", record_id, (changes.Edit("region", old, region, "x"),)
                )
            )
        with transaction.atomic():
            changes.apply(change_sets=[change_set], patches=patches, at=NOW)
        with pytest.raises(refusal):
            reverts.revert(change_set_id=change_set.id, user=admin, reason="", at=LATER)
    reverts.revert(change_set_id=change_set.id, user=admin, reason="", at=LATER, record_id=ids[0])
    assert Account.objects.get(pk=ids[0]).region == AuthorityKind.IMPORT.value


def test_a_hand_edit_does_not_point_at_another_teams_record() -> None:
    north, south = a_team(), a_team("South")
    here, far = an_account(team=north.pk), an_account("Secret South", team=south.pk)
    sara = a_user("Sara Okafor", Role.REVIEWER, north)
    with pytest.raises(Invalid) as refusal:
        save(here, sara, {"parent": None}, {"parent": str(far.pk)})
    assert refusal.value.errors == {"parent": "There is no such account here."}
    assert not FieldChange.objects.filter(record_id=here.pk, new_label="Secret South").exists()


def test_a_reference_of_another_team_that_stays_does_not_hinder_an_edit() -> None:
    north = a_team()
    far = an_account("Secret South", team=a_team("South").pk)
    here = an_account(team=north.pk, parent=str(far.pk))
    sara = a_user("Sara Okafor", Role.REVIEWER, north)
    same = str(far.pk)
    assert save(here, sara, {"parent": same, "region": ""}, {"parent": same, "region": "Benelux"}) is not None


def test_the_ledger_of_a_record_reads_by_time_across_its_pages() -> None:
    account = an_account()
    for days, employees in ((2, 420), (3, 430), (1, 410)):
        change("account", account.pk, at=NOW + timedelta(days=days), employees=employees)
    first = ledger.page_of_changes(record_id=account.pk, size=2)
    assert [row.new for row in first.rows] == [430, 420]
    second = ledger.page_of_changes(record_id=account.pk, cursor=first.older, size=2)
    assert second.rows[0].new == 410
    assert all(row.at == NOW for row in second.rows[1:])
