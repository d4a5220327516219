"""The baseline is counted from the rows of the 28 days before a workflow began."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from approvals.selectors import measures
from crmgov.records.models import Account, Segment
from crmgov.records.services import edits
from tests.decisions import scene
from tests.workflows import kit
from tests.world import NOW, a_user, an_account, change, create

pytestmark = pytest.mark.django_db
LONG_AGO = NOW - timedelta(days=400)
STARTED = date(2026, 11, 1)
BEFORE = datetime(2026, 11, 1, tzinfo=NOW.tzinfo) - timedelta(days=27)


def old_account(name: str, **values: Any) -> Account:
    return Account.objects.get(pk=create("account", at=LONG_AGO, name=name, **values))


def test_the_empty_share_is_as_it_was_then_and_not_as_it_is() -> None:
    one, other, third = (old_account(name) for name in ("One", "Other", "Third"))
    old_account("Full", industry="Retail")
    change("account", one.pk, industry="Retail", at=NOW)
    contract = kit.sign(metric="empty", metric_field="account.industry", started_on=STARTED)
    assert (contract.baseline, contract.baseline_of) == (Decimal("0.75"), 4)
    assert measures.over(measures.of_contract(contract), NOW).value == Decimal("0.6875")
    later = measures.over(measures.of_contract(contract), NOW + timedelta(days=60))
    assert (later.value, later.of) == (Decimal("0.5"), 4)
    assert {other.pk, third.pk}


def test_records_of_other_segments_do_not_count() -> None:
    Segment.objects.get_or_create(name="mid")
    old_account("In", segment="mid")
    old_account("Out", industry="Retail")
    contract = kit.sign(metric="empty", metric_field="account.industry", segments=["mid"])
    assert (contract.baseline, contract.baseline_of) == (Decimal(1), 1)


def test_the_stale_share_counts_what_nobody_touched_for_half_a_year() -> None:
    fresh = old_account("Fresh", industry="Retail")
    old_account("Stale", industry="Retail")
    change("account", fresh.pk, industry="Marine", at=BEFORE - timedelta(days=90))
    contract = kit.sign(metric="stale", metric_field="account.industry")
    assert (contract.baseline, contract.baseline_of) == (Decimal("0.5"), 2)


def test_where_there_was_nothing_the_baseline_is_not_known() -> None:
    an_account()
    assert kit.sign(metric="empty", metric_field="account.industry").baseline is None
    assert kit.sign(metric="kept").baseline is None
    assert kit.sign(metric="hours").baseline is None


def test_changes_by_hand_are_counted_a_week_and_none_is_a_value() -> None:
    owner = a_user("Priya Nair", "account_manager")
    account = old_account("One", owner=owner.pk)
    for place, value in enumerate((10, 20)):
        edits.save(
            record_type="account", record_id=account.pk, seen={"employees": place * 10 or None},
            values={"employees": str(value)}, user=scene.admin(), reason="a test", at=BEFORE,
        )  # fmt: skip
    contract = kit.sign(metric="hand_edits", writes=["account.employees"])
    assert (contract.baseline, contract.baseline_of) == (Decimal("0.5"), 2)
    assert kit.sign(metric="hand_edits", writes=["account.industry"]).baseline == 0


def test_what_people_kept_and_how_long_it_took() -> None:
    sara = scene.reviewer()
    scene.publish()
    kept, refused = (scene.propose(scene.account(name), employees=310) for name in ("One", "Two"))
    scene.approve(kept, sara)
    scene.reject(refused, sara)
    asked = measures.of_contract(kit.sign(metric="kept"))
    assert measures.over(asked, scene.LATER) == measures.Measured(Decimal("0.5"), 2)
    hours = measures.of_contract(kit.sign(metric="hours"))
    assert measures.over(hours, scene.LATER).value == Decimal(300) / 3600
    assert measures.over(asked, scene.LATER + timedelta(days=29)).value is None
