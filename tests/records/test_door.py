"""The door: what goes through, what does not, and what stands in the ledger afterwards."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from crmgov.kernel.actors import Actor, ActorType
from crmgov.kernel.canonical import commitment
from crmgov.kernel.ids import new_id
from crmgov.records.models import Account, ChangeSet, FieldChange, RecordEvent
from crmgov.records.services import changes
from crmgov.records.services.patches import Edit
from tests.world import (
    NOW,
    a_contact,
    a_team,
    a_ticket,
    a_user,
    an_account,
    an_opportunity,
    change,
    create,
    hand_edit,
)

pytestmark = pytest.mark.django_db

AGENT = Actor(ActorType.AI, "1", "enrich")
APPROVED = Actor(ActorType.HUMAN_APPROVED_AI, "1", "Sara Okafor")


def _apply(account: Account, *edits: changes.Edit, actor: Actor | None = None) -> changes.Outcome:
    change_set = hand_edit(actor=actor)
    with transaction.atomic():
        return changes.apply(
            change_sets=[change_set],
            patches=[changes.Patch(change_set.id, "account", account.pk, edits)],
            at=NOW + timedelta(hours=1),
        )


def test_a_new_record_stands_in_the_ledger_from_its_first_value() -> None:
    team = a_team()
    account = an_account(
        team=team.pk, employees=420, annual_value="184000", currency="EUR", renewal_date="2027-04-15",
        strategic=True, tags=["fleet", "a \"quoted\" tag"], segment="mid",
    )  # fmt: skip

    assert (account.employees, account.annual_value, account.renewal_date) == (
        420,
        Decimal("184000.00"),
        date(2027, 4, 15),
    )
    assert account.tags == ['a "quoted" tag', "fleet"]
    rows = {row.field: row for row in FieldChange.objects.filter(record_id=account.pk)}
    assert rows["annual_value"].new == "184000.00"
    assert rows["annual_value"].old is None
    assert rows["strategic"].new is True
    assert rows["team"].new == team.pk
    assert rows["team"].new_label == "North"
    assert {row.record_label for row in rows.values()} == {"Halden Marine Systems"}
    assert account.provenance["employees"]["actor"] == "human"
    assert account.history.count() == 1
    event = RecordEvent.objects.get(record_id=account.pk)
    assert event.kind == "created"
    assert set(event.fields) == set(rows)


def test_a_change_writes_value_ledger_snapshot_event_and_provenance() -> None:
    account = an_account(employees=420)

    outcome = _apply(
        account, changes.Edit("employees", 420, 1150, "firmdata", Decimal("0.9312")), actor=AGENT
    )

    account.refresh_from_db()
    assert len(outcome.applied) == 1
    assert account.employees == 1150
    assert account.provenance["employees"] == {
        "source": "firmdata", "actor": "ai", "label": "enrich", "at": "2026-11-20T11:00:00.000000+00:00",
    }  # fmt: skip
    row = FieldChange.objects.get(record_id=account.pk, field="employees", old=420)
    assert (row.new, row.source, row.confidence) == (1150, "firmdata", Decimal("0.9312"))
    assert row.change_set.actor_type == "ai"
    snapshot = account.history.order_by("-history_id").first()
    assert (snapshot.employees, snapshot.change_set_id, snapshot.history_type) == (
        1150,
        row.change_set_id,
        "~",
    )


def test_a_value_that_moved_on_is_refused_with_what_stands_there_now() -> None:
    account = an_account(employees=420)
    change("account", account.pk, employees=500)

    outcome = _apply(
        account, changes.Edit("employees", 420, 1150, "x"), changes.Edit("region", "", "Nordics", "x")
    )

    refusal = outcome.refused[0]
    assert refusal.kind == "stale"
    assert [(v.field, v.expected, v.now) for v in refusal.values] == [("employees", 420, 500)]
    account.refresh_from_db()
    assert (account.employees, account.region) == (500, "")


def test_a_change_set_of_which_nothing_fits_is_not_written() -> None:
    account = an_account(employees=420)
    before = ChangeSet.objects.count()
    _apply(account, changes.Edit("employees", 1, 2, "x"))
    assert ChangeSet.objects.count() == before


def test_a_record_that_is_gone_or_archived_is_said_so() -> None:
    account = an_account()
    change("account", account.pk, archived_at=NOW)
    assert _apply(account, changes.Edit("region", "", "Nordics", "x")).refused[0].kind == "gone"
    missing = Account(pk=new_id())
    assert _apply(missing, changes.Edit("region", "", "Nordics", "x")).refused[0].kind == "gone"


@pytest.mark.parametrize(
    ("edit", "actor", "ok"),
    [
        (changes.Edit("employees", 420, 5, "x"), AGENT, True),
        (changes.Edit("domain", "", "halden.example", "x"), AGENT, True),
        (changes.Edit("name", "Halden Marine Systems", "Other", "x"), AGENT, False),
        (changes.Edit("strategic", False, True, "x"), AGENT, False),
        (changes.Edit("owner_view", "", "healthy", "x"), APPROVED, False),
        (changes.Edit("strategic", False, True, "x"), APPROVED, True),
        (changes.Edit("extra.size", None, "9", "x"), AGENT, False),
        (changes.Edit("provenance", {}, {}, "x"), None, False),
    ],
)
def test_the_contract_is_the_floor_whoever_calls(edit: changes.Edit, actor: Actor | None, ok: bool) -> None:
    outcome = _apply(an_account(employees=420), edit, actor=actor)
    assert bool(outcome.applied) is ok
    assert ok or outcome.refused[0].kind == "floor"


def test_ai_never_replaces_what_a_person_verified_but_an_approval_does() -> None:
    account = an_account()
    _apply(account, changes.Edit("employees", None, 420, "Sara", verified=True))
    edit = changes.Edit("employees", 420, 9, "x")

    assert _apply(account, edit, actor=AGENT).refused[0].kind == "locked"
    assert _apply(account, edit, actor=APPROVED).applied
    account.refresh_from_db()
    assert "locked" not in account.provenance["employees"]


def test_a_verified_value_opens_again_after_its_recheck_age() -> None:
    account = Account.objects.get(
        pk=create("account", name="Old", at=NOW - timedelta(days=800), employees=4, verified=True)
    )
    assert _apply(account, changes.Edit("employees", 4, 9, "x"), actor=AGENT).applied


def test_many_patches_of_different_fields_and_records_go_in_one_call() -> None:
    one, two = an_account("One", employees=1), an_account("Two", region="South")
    change_set = hand_edit()
    patches = [
        changes.Patch(
            change_set.id,
            "account",
            one.pk,
            (Edit("employees", 1, 2, "x"), Edit("extra.Größe %s", None, 'x"y', "x")),
        ),
        changes.Patch(change_set.id, "account", two.pk, (changes.Edit("region", "South", "North", "x"),)),
        changes.Patch(change_set.id, "account", one.pk, (changes.Edit("employees", 2, 3, "x"),)),
        changes.Patch(change_set.id, "account", two.pk, (changes.Edit("employees", 77, 3, "x"),)),
    ]
    with transaction.atomic():
        outcome = changes.apply(change_sets=[change_set], patches=patches, at=NOW)

    assert outcome.applied == patches[:3]
    assert [refusal.patch for refusal in outcome.refused] == [patches[3]]
    one.refresh_from_db()
    two.refresh_from_db()
    assert (one.employees, one.extra, two.region) == (3, {"Größe %s": 'x"y'}, "North")
    assert FieldChange.objects.get(field="extra.Größe %s").new == 'x"y'


def test_what_hangs_on_an_account_takes_its_team_and_the_ledger_says_so() -> None:
    team = a_team("South")
    account = an_account(team=team.pk)
    contact = a_contact(account=str(account.pk), email="Maya.Lind@Halden.example")
    ticket = a_ticket(account=str(account.pk))
    opportunity = an_opportunity(account=str(account.pk), stage="Prospecting")
    assert {contact.team, ticket.team, opportunity.team} == {team}
    assert contact.email == "maya.lind@halden.example"
    assert FieldChange.objects.get(record_id=contact.pk, field="team").new == team.pk
    assert FieldChange.objects.get(record_id=contact.pk, field="account").new_label == "Halden Marine Systems"


def test_a_reference_to_nobody_is_refused() -> None:
    account = an_account()
    outcome = _apply(account, changes.Edit("owner", None, 99, "x"), actor=APPROVED)
    assert outcome.refused[0].say == "There is no user “99” for owner."
    assert _apply(account, changes.Edit("parent", None, "not an id", "x")).refused[0].kind == "floor"


def test_owner_is_kept_by_name_too() -> None:
    account, priya = an_account(), a_user("Priya Nair", "account_manager")
    change("account", account.pk, owner=priya.pk)
    row = FieldChange.objects.get(record_id=account.pk, field="owner")
    assert (row.old, row.new, row.new_label) == (None, priya.pk, "Priya Nair")


VALUES: list[Any] = [
    "", "plain", 'quote " back \\ slash', "line\nand\ttab", "\u2028 é 😀 \x7f", "%s {a,b} NULL", "null", "{}",
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES)
def test_the_commitment_in_the_database_equals_ours(value: str) -> None:
    account = an_account()
    _apply(account, changes.Edit("buying_timeline", "", value, "x"))
    row = FieldChange.objects.get(record_id=account.pk, field="buying_timeline")
    assert row.new == value
    assert bytes(row.commitment) == commitment(bytes(row.salt), row.old, row.new)
    account.refresh_from_db()
    assert account.buying_timeline == value


def test_commitments_of_all_kinds_of_values_equal_ours() -> None:
    an_account(
        employees=0,
        annual_value="1.10",
        strategic=True,
        renewal_date="2027-01-01",
        tags=["b", "a, ü"],
        relationship_flags=[],
    )
    a_ticket()
    for row in FieldChange.objects.all():
        assert bytes(row.commitment) == commitment(bytes(row.salt), row.old, row.new), row.field


def test_raw_sql_without_a_change_set_is_refused() -> None:
    an_account()
    for setting in ("", str(new_id())):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('crmgov.change_set', %s, false)", [setting])
            with (
                pytest.raises(DatabaseError, match="no change set of this transaction"),
                transaction.atomic(),
            ):
                cursor.execute("UPDATE records_account SET employees = 7")


def test_the_door_is_shut_again_after_a_write() -> None:
    account = an_account(employees=1)
    with transaction.atomic():
        change("account", account.pk, employees=2)
        with (
            pytest.raises(DatabaseError, match="refused"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute("UPDATE records_account SET employees = 7")


@pytest.mark.parametrize("table", ["records_fieldchange", "records_changeset"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET at = now()", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_the_ledger_only_grows(table: str, verb: str) -> None:
    an_account()
    with (
        connection.cursor() as cursor,
        pytest.raises(DatabaseError, match=r"permission denied|append-only"),
        transaction.atomic(),
    ):
        cursor.execute(verb.format(table))


def test_a_decision_on_one_field_costs_few_statements(django_assert_max_num_queries: Any) -> None:
    account = an_account(employees=1)
    change_set = hand_edit()
    patch = changes.Patch(change_set.id, "account", account.pk, (changes.Edit("employees", 1, 2, "x"),))
    with transaction.atomic(), django_assert_max_num_queries(4):
        changes.apply(change_sets=[change_set], patches=[patch], at=NOW)
