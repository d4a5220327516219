"""Refreshing the baseline: rows with reasons, one that counts, nothing written when nothing changed."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crmgov.records.models import Account, Activity, Contact
from scoring.models import Score
from scoring.selectors import facts, scores
from scoring.services import baseline
from scoring.tasks import refresh_baseline
from tests.world import NOW, a_contact, a_ticket, an_account, change

pytestmark = pytest.mark.django_db
CHURN, FIT = Score.Kind.CHURN_RISK, Score.Kind.LEAD_FIT


def a_customer(name: str = "Halden Marine Systems", **values: object) -> Account:
    return an_account(name, **{"lifecycle": "customer", "segment": "mid", **values})


def happened(kind: str, days_ago: float, *, account: UUID | None = None, contact: UUID | None = None) -> None:
    moment: datetime = NOW - timedelta(days=days_ago)
    Activity.objects.create(
        kind=kind, account_id=account, contact_id=contact, occurred_at=moment, recorded_at=moment
    )


def reasons_of(record_id: UUID, kind: str) -> dict[str, str]:
    score = scores.current(record_ids=[record_id], kind=kind)[record_id]
    return {reason["criterion"]: reason["say"] for reason in score.reasons}


def test_customers_get_a_churn_score_and_leads_a_fit() -> None:
    account = a_customer()
    an_account("Only a lead", lifecycle="lead")
    lead = a_contact(lifecycle="mql")
    customer = a_contact("Blanc", lifecycle="customer")

    done = baseline.refresh(at=NOW)

    assert (done["churn_risk"].changed, done["lead_fit"].changed) == (1, 1)
    assert set(scores.current(record_ids=[account.pk], kind=CHURN)) == {account.pk}
    assert set(scores.current(record_ids=[lead.pk, customer.pk], kind=FIT)) == {lead.pk}


def test_what_happened_stands_in_the_reasons() -> None:
    account = a_customer(renewal_date=(NOW + timedelta(days=10)).date(), owner_view="at_risk")
    a_ticket(account=account.pk, priority="urgent")
    for day in range(31, 51):
        happened("login", day, account=account.pk)
    happened("login", 3, account=account.pk)
    happened("call", 5, account=account.pk)
    a_contact(account=account.pk)

    baseline.refresh(at=NOW)

    said = reasons_of(account.pk, CHURN)
    assert said["renewal_near"] == "It renews in 10 days."
    assert said["escalation"] == "1 urgent or escalated ticket open."
    assert said["usage_falls"] == "Logins fell to 1 in 30 days, from 20 in the 30 before."
    assert said["few_people"] == "We know 1 person there."
    assert "quiet" not in said


def test_what_has_not_happened_yet_as_of_then_does_not_count() -> None:
    account = a_customer()
    happened("call", -2, account=account.pk)

    baseline.refresh(at=NOW)

    assert reasons_of(account.pk, CHURN)["quiet"] == "No reply, call or meeting is on record."


def test_a_resolved_ticket_is_no_escalation() -> None:
    account = a_customer()
    a_ticket(account=account.pk, priority="urgent", status="resolved")

    baseline.refresh(at=NOW)

    assert "escalation" not in reasons_of(account.pk, CHURN)


def test_a_lead_who_asked_fits_better_than_one_who_did_not() -> None:
    account = an_account(segment="mid", employees=400, domain="halden.example")
    asked = a_contact("Lind", account=account.pk, title="Head of Fleet", email="maya@halden.example")
    silent = a_contact("Blanc", account=account.pk, title="Intern")
    happened("form", 2, contact=asked.pk)

    baseline.refresh(at=NOW)

    found = scores.current(record_ids=[asked.pk, silent.pk], kind=FIT)
    assert found[asked.pk].value - found[silent.pk].value == Decimal("0.50")


def test_nothing_is_written_when_nothing_changed() -> None:
    a_customer()
    baseline.refresh(at=NOW)

    again = baseline.refresh(at=NOW)

    assert again["churn_risk"] == baseline.Refreshed(looked_at=1, changed=0, retired=0)
    assert Score.objects.count() == 1


def test_a_changed_score_keeps_the_old_row_and_only_the_new_one_counts() -> None:
    account = a_customer()
    baseline.refresh(at=NOW)
    change("account", account.pk, escalated=True)

    baseline.refresh(at=NOW + timedelta(hours=1))

    story = scores.story(record_id=account.pk, kind=CHURN)
    assert [row.current for row in story] == [True, False]
    assert story[0].value > story[1].value


def test_a_customer_who_left_has_no_score_that_counts() -> None:
    account = a_customer()
    baseline.refresh(at=NOW)
    change("account", account.pk, lifecycle="churned")

    done = baseline.refresh(at=NOW + timedelta(hours=1))

    assert done["churn_risk"].retired == 1
    assert scores.current(record_ids=[account.pk], kind=CHURN) == {}


def test_the_cost_does_not_grow_with_the_number_of_customers() -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            baseline.refresh(at=NOW)
        return len(seen)

    a_customer("Corvane Logistics")
    few = queries()
    for number in range(24):
        a_customer(f"Customer {number}")

    assert queries() == few


def test_batches_reach_everybody_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facts, "BATCH", 3)
    made = {a_customer(f"Customer {number}").pk for number in range(7)}

    seen = [record_id for batch in facts.batches(facts.customers()) for record_id in batch]

    assert len(seen) == 7
    assert set(seen) == made


def test_the_task_refreshes_as_of_now() -> None:
    a_customer()

    refresh_baseline()

    assert Score.objects.filter(kind=CHURN, current=True).count() == 1


def test_the_criteria_of_a_segment_are_there_to_show_strongest_first() -> None:
    shown = scores.criteria(kind=CHURN, segment="enterprise")

    assert abs(shown[0].points) >= abs(shown[-1].points)
    assert "No reply, call or meeting for 30 days" in {one.rule for one in shown}
    assert any("VP" in one.rule for one in scores.criteria(kind=FIT, segment="enterprise"))


def test_contacts_without_a_company_are_scored_too() -> None:
    lead: Contact = a_contact(email="maya@gmail.com")

    baseline.refresh(at=NOW)

    assert {"no_company", "free_mail"} <= set(reasons_of(lead.pk, FIT))
