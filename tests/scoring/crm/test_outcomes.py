"""What became of records: dated by who knew it first, and nothing that was put back."""

from __future__ import annotations

from datetime import datetime, timedelta
from io import StringIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.management import call_command
from django.db import transaction

from crmgov.people.models import Role
from crmgov.records.models import ChangeSet, EarlierChange, Stage
from crmgov.records.services import changes, reverts
from scoring.models import Outcome
from scoring.services import outcomes
from tests.world import NOW, a_user, change, create, hand_edit

pytestmark = pytest.mark.django_db


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def a_customer(days_ago: float = 500, **values: Any) -> UUID:
    return create("account", at=ago(days_ago), **{"name": "Halden", "lifecycle": "customer", **values})


def told(
    record_id: UUID, field: str, old: Any, new: Any, days_ago: float, record_type: str = "account"
) -> None:
    EarlierChange.objects.create(
        import_run_id=uuid4(), record_type=record_type, record_id=record_id, record_label="x", field=field,
        old=old, new=new, source="HubSpot", at=ago(days_ago), taken_at=NOW, salt=b"s", commitment=b"c",
    )  # fmt: skip


def found() -> list[tuple[str, datetime, str]]:
    outcomes.rebuild()
    return list(Outcome.objects.order_by("at", "kind").values_list("kind", "at", "known_by"))


def test_a_customer_who_churned_is_an_outcome_and_one_who_came_churned_is_none() -> None:
    account = a_customer()
    create("account", at=ago(100), name="Came so", lifecycle="churned")
    lead = create("account", at=ago(100), name="Never bought", lifecycle="lead")
    change("account", lead, at=ago(10), lifecycle="churned")
    change("account", account, at=ago(20), lifecycle="churned")

    assert found() == [("churned", ago(20), "ledger")]


def test_the_source_knows_earlier_and_what_both_tell_is_one_outcome() -> None:
    account = a_customer()
    change("account", account, at=ago(20), lifecycle="churned")
    told(account, "lifecycle", "customer", "churned", 45)

    assert found() == [("churned", ago(45), "source")]


def test_an_import_of_one_who_left_long_ago_is_dated_by_its_history() -> None:
    account = create("account", at=ago(10), name="Gone", lifecycle="churned")
    told(account, "lifecycle", "customer", "churned", 200)

    assert found() == [("churned", ago(200), "source")]


def put_back(change_set: UUID, record_id: UUID, field: str, old: Any, new: Any, days_ago: float) -> UUID:
    new_set = hand_edit(reverses=change_set)
    with transaction.atomic():
        done = changes.apply(
            change_sets=[new_set],
            patches=[
                changes.Patch(new_set.id, "account", record_id, (changes.Edit(field, old, new, "a test"),))
            ],
            at=ago(days_ago),
        )
    assert not done.refused
    return new_set.id


def last_set() -> UUID:
    return ChangeSet.objects.latest("at", "id").pk


def test_a_change_that_was_put_back_is_no_outcome_until_that_is_put_back_too() -> None:
    account = a_customer()
    change("account", account, at=ago(20), lifecycle="churned")
    reverting = put_back(last_set(), account, "lifecycle", "churned", "customer", 15)

    assert found() == []

    put_back(reverting, account, "lifecycle", "customer", "churned", 10)

    assert found() == [("churned", ago(20), "ledger")]


def test_a_revert_on_screen_takes_the_outcome_away() -> None:
    admin = a_user("Ana Ruiz", Role.ADMIN)
    account = a_customer()
    change("account", account, at=ago(20), lifecycle="churned")
    assert len(found()) == 1

    reverts.revert(change_set_id=last_set(), user=admin, reason="Wrong account.", at=NOW)

    assert found() == []


def test_a_renewal_moves_the_date_ahead_and_a_correction_does_not() -> None:
    account = a_customer(renewal_date="2026-06-30")
    change("account", account, at=ago(100), renewal_date="2026-07-10")
    change("account", account, at=ago(90), renewal_date="2027-07-10")
    prospect = create("account", at=ago(300), name="Prospect", lifecycle="lead", renewal_date="2026-06-30")
    change("account", prospect, at=ago(90), renewal_date="2027-06-30")

    assert found() == [("renewed", ago(90), "ledger")]


def test_deals_are_won_and_lost_when_their_stage_says_so() -> None:
    for name, kind in (("Offer", "open"), ("Closed won", "won"), ("Signed", "won"), ("Closed lost", "lost")):
        Stage.objects.get_or_create(name=name, defaults={"kind": kind})
    won = create("opportunity", at=ago(90), name="A", stage="Offer")
    change("opportunity", won, at=ago(30), stage="Closed won")
    change("opportunity", won, at=ago(20), stage="Signed")
    lost = create("opportunity", at=ago(90), name="B", stage="Offer")
    change("opportunity", lost, at=ago(25), stage="Closed lost")
    create("opportunity", at=ago(5), name="C", stage="Closed won", close_date=ago(300).date())
    create("opportunity", at=ago(5), name="D", stage="Closed won")

    midnight = ago(300).replace(hour=0)
    assert found() == [("won", midnight, "source"), ("won", ago(30), "ledger"), ("lost", ago(25), "ledger")]


def test_a_lead_is_won_when_it_becomes_a_customer() -> None:
    lead = create("contact", at=ago(90), first_name="Maya", last_name="Lind", lifecycle="mql")
    change("contact", lead, at=ago(30), lifecycle="opportunity")
    change("contact", lead, at=ago(20), lifecycle="customer")

    assert found() == [("won", ago(30), "ledger")]


def test_a_second_rebuild_writes_nothing_and_the_command_says_so() -> None:
    account = a_customer(renewal_date="2026-06-30")
    change("account", account, at=ago(90), renewal_date="2027-06-30")
    change("account", account, at=ago(20), lifecycle="churned")
    found()
    before = list(Outcome.objects.order_by("pk").values_list())

    out = StringIO()
    call_command("outcomes", stdout=out)

    assert out.getvalue().strip() == "0 outcomes are new, 0 are no more, 2 are there."
    assert list(Outcome.objects.order_by("pk").values_list()) == before


def test_a_record_made_by_mistake_has_no_outcomes() -> None:
    admin = a_user("Ana Ruiz", Role.ADMIN)
    account = a_customer()
    making = last_set()
    change("account", account, at=ago(20), lifecycle="churned")
    put_back(last_set(), account, "lifecycle", "churned", "customer", 15)
    told(account, "lifecycle", "customer", "churned", 200)

    reverts.revert(change_set_id=making, user=admin, reason="Made twice.", at=NOW)

    assert found() == []
