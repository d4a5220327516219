"""Features as of a moment: what lies behind the cut-off is not seen, whatever it is read from."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from crmgov.records.models import Account, Activity, Consent, EarlierChange
from scoring.features.subjects import SUBJECTS
from scoring.selectors import features
from tests.world import NOW, a_contact, a_ticket, an_account, an_opportunity, change, create

pytestmark = pytest.mark.django_db
LONG_AGO = NOW - timedelta(days=700)


def days(count: float) -> timedelta:
    return timedelta(days=count)


def a_customer(at: datetime = LONG_AGO, **values: Any) -> Account:
    more: dict[str, Any] = {"name": "Halden Marine Systems", "lifecycle": "customer", **values}
    return Account.objects.get(pk=create("account", at=at, **more))


def seen(record_id: UUID, at: datetime = NOW, question: str = "churn") -> dict[str, Any]:
    read = features.read(SUBJECTS[question], [record_id], [at])
    return {name: values[0] for name, values in read.columns.items()}


def happened(
    kind: str, at: datetime, account: Account, *, recorded_at: datetime | None = None, **more: Any
) -> Activity:
    return Activity.objects.create(
        kind=kind, account=account, occurred_at=at, recorded_at=recorded_at or at, **more
    )


def told(record_id: UUID, field: str, old: Any, new: Any, at: datetime, taken_at: datetime = NOW) -> None:
    EarlierChange.objects.create(
        import_run_id=uuid4(), record_type="account", record_id=record_id, record_label="x", field=field,
        old=old, new=new, source="HubSpot", at=at, taken_at=taken_at, salt=b"s", commitment=b"c",
    )  # fmt: skip


def test_counts_compare_this_month_with_the_one_before() -> None:
    account = a_customer()
    for day in (1, 2, 3, 40, 50):
        happened("login", NOW - days(day), account)
    happened("call", NOW - days(12), account)

    known = seen(account.pk)

    assert (known["logins_30"], known["logins_before_30"]) == (3, 2)
    assert known["days_since_touch"] == 12
    assert (known["touches_30"], known["meeting_share"]) == (1, 1)


@pytest.mark.parametrize("question", sorted(SUBJECTS))
def test_a_record_of_which_nothing_is_known_has_a_row_all_the_same(question: str) -> None:
    made = {
        "churn": lambda: a_customer().pk,
        "lead": lambda: a_contact().pk,
        "win": lambda: an_opportunity().pk,
    }[question]()

    read = features.read(SUBJECTS[question], [made, uuid4()], [NOW, NOW])

    assert list(read.ids) == [made]
    assert set(read.columns) == set(SUBJECTS[question].names)


def test_an_activity_behind_the_cut_off_is_not_seen() -> None:
    account = a_customer()
    happened("call", NOW - days(1), account)

    assert seen(account.pk)["touches_30"] == 1
    assert (
        seen(
            account.pk,
            NOW
            - days(
                1,
            ),
        )["touches_30"]
        == 1
    )
    assert seen(account.pk, NOW - days(1.001))["touches_30"] == 0


def test_what_reached_us_late_is_not_known_before() -> None:
    account = a_customer()
    happened("call", NOW - days(20), account, recorded_at=NOW - days(2))

    assert seen(account.pk, NOW - days(3))["touches_30"] == 0
    assert seen(account.pk, NOW - days(1))["touches_30"] == 1


def test_imported_history_counts_by_the_time_of_its_source() -> None:
    account = a_customer(at=NOW - days(5))
    happened("call", NOW - days(20), account, recorded_at=NOW - days(5))

    assert seen(account.pk, NOW - days(10))["touches_30"] == 1


def test_a_ticket_behind_the_cut_off_is_not_seen() -> None:
    account = a_customer()
    a_ticket(account=account.pk, priority="urgent", opened_at=NOW - days(3))

    assert seen(account.pk, NOW)["severe_tickets_90"] == 1
    assert seen(account.pk, NOW - days(4))["tickets_90"] == 0


def test_a_ticket_is_as_it_was_then() -> None:
    account = a_customer()
    ticket = create(
        "ticket",
        at=NOW - days(30),
        subject="Gaps",
        opened_at=NOW - days(30),
        account=account.pk,
        priority="low",
    )
    change("ticket", ticket, at=NOW - days(20), status="resolved", priority="urgent")
    change("ticket", ticket, at=NOW - days(10), status="open")

    before, between, after = (seen(account.pk, NOW - days(ago)) for ago in (25, 15, 5))

    assert [one["open_tickets"] for one in (before, between, after)] == [1, 0, 1]
    assert [one["severe_tickets_90"] for one in (before, between, after)] == [0, 1, 1]
    assert [one["reopens_90"] for one in (before, between, after)] == [0, 0, 1]


def test_a_field_is_what_the_ledger_said_at_the_cut_off() -> None:
    account = a_customer(renewal_date=(NOW + days(100)).date())
    change("account", account.pk, at=NOW - days(10), escalated=True, renewal_date=(NOW + days(30)).date())

    assert seen(account.pk, NOW - days(11))["escalated"] is False
    assert seen(account.pk, NOW - days(11))["days_to_renewal"] == 111
    assert seen(account.pk, NOW - days(9))["escalated"] is True
    assert seen(account.pk)["days_to_renewal"] == 30


def test_a_field_before_the_import_is_what_the_source_says_it_was() -> None:
    account = a_customer(at=NOW - days(5), renewal_date=(NOW + days(300)).date())
    told(account.pk, "renewal_date", "2026-10-01", "2027-10-01", NOW - days(60))

    assert seen(account.pk, NOW - days(61))["days_to_renewal"] == 11
    assert seen(account.pk, NOW - days(59))["days_to_renewal"] > 360


def test_a_field_whose_past_nobody_wrote_down_is_missing_and_what_holds_for_years_is_taken_back() -> None:
    an_account("Gives the segment", segment="mid")
    account = a_customer(at=NOW - days(5), renewal_date=(NOW + days(30)).date(), segment="mid", employees=400)

    known = seen(account.pk, NOW - days(50))

    assert known["days_to_renewal"] is None
    assert (known["segment"], known["employees"]) == ("mid", 400)


def test_a_segment_that_a_source_called_at_length_is_cut_to_what_a_standing_holds() -> None:
    account = a_customer(at=NOW - days(5))
    told(account.pk, "segment", "x" * 300, "mid", NOW - days(60))

    read = features.read(SUBJECTS["churn"], [account.pk], [NOW - days(61)])

    assert (list(read.segments), read.columns["segment"]) == (["x" * 40], ("x" * 40,))


def test_a_history_in_words_nobody_understands_is_no_value() -> None:
    account = a_customer(at=NOW - days(5))
    told(account.pk, "renewal_date", "2026-99-99", "0000-13-01", NOW - days(60))

    assert seen(account.pk, NOW - days(61))["days_to_renewal"] is None
    assert seen(account.pk, NOW - days(50))["days_to_renewal"] is None


def test_people_are_counted_once_and_not_before_something_happened_with_them() -> None:
    account = a_customer()
    first, second = (
        create("contact", at=LONG_AGO, last_name=name, account=account.pk) for name in ("Lind", "Roy")
    )
    for ago in (10, 20):
        happened("call", NOW - days(ago), account, contact_id=first)
    happened("call", NOW - days(5), account, contact_id=second)

    assert [seen(account.pk, NOW - days(ago))["people_90"] for ago in (30, 15, 6, 1)] == [0, 1, 1, 2]


def test_consent_given_behind_the_cut_off_is_not_seen() -> None:
    account = a_customer()
    contact = create("contact", at=LONG_AGO, first_name="Maya", last_name="Lind", account=account.pk)
    Consent.objects.create(
        contact_id=contact, channel="email", purpose="marketing", state="opted_out", recorded_by="x",
        recorded_at=NOW - days(10),
    )  # fmt: skip

    assert seen(account.pk, NOW - days(9))["people_opted_out"] == 1
    assert seen(account.pk, NOW - days(11))["people_opted_out"] == 0
    assert seen(contact, NOW - days(9), "lead")["opted_out"] is True
    assert seen(contact, NOW - days(11), "lead")["opted_out"] is False


def test_a_role_given_behind_the_cut_off_is_not_seen() -> None:
    account = a_customer()
    contact = create("contact", at=LONG_AGO, first_name="Maya", last_name="Lind", account=account.pk)
    deal = create("opportunity", at=LONG_AGO, name="Fleet", account=account.pk)
    role = create("buying_role", at=NOW - days(10), opportunity=deal, contact=contact, role="user")
    change("buying_role", role, at=NOW - days(5), role="champion")

    for question, record in (("churn", account.pk), ("win", deal)):
        sizes = [
            (known["committee"], known["deciders"])
            for known in (seen(record, NOW - days(ago), question) for ago in (11, 9, 4))
        ]
        assert sizes == [(0, 0), (1, 0), (1, 1)]


def test_every_value_has_a_sentence() -> None:
    for subject in SUBJECTS.values():
        for feature in subject.features:
            for value in (
                (None, 1.0, 12.0, 0.25, "mid") if feature.kind == "number" else (None, True, False, "mid")
            ):
                said = feature.sentence(value)
                assert said.endswith("."), (feature.name, value, said)
                assert "{" not in said, (feature.name, value, said)


def test_records_come_back_in_the_order_asked_each_as_of_its_own_moment() -> None:
    first, second = a_customer(), a_customer(name="Corvane")
    happened("login", NOW - days(10), first)
    happened("login", NOW - days(10), second)

    read = features.read(SUBJECTS["churn"], [second.pk, first.pk], [NOW - days(20), NOW])

    assert list(read.ids) == [second.pk, first.pk]
    assert list(read.columns["logins_30"]) == [0, 1]


def test_a_lead_that_was_put_under_an_account_on_buying_had_none_before() -> None:
    """Looked at from now, only those who bought have a company: the model would learn the end from itself."""
    an_account("Gives the segment", segment="mid")
    lead = create("contact", at=LONG_AGO, first_name="Maya", last_name="Lind")
    bought = create("account", at=NOW - days(10), name="Halden Marine Systems", segment="mid", employees=400)
    change("contact", lead, at=NOW - days(10), account=bought, lifecycle="customer")

    before, after = (seen(lead, NOW - days(ago), "lead") for ago in (11, 9))

    assert (before["has_account"], before["segment"], before["employees"]) == (False, None, None)
    assert (after["has_account"], after["segment"], after["employees"]) == (True, "mid", 400)
    assert seen(lead, NOW, "lead")["has_account"] is True


def test_how_old_a_deal_is_nobody_knows_before_it_came_to_us() -> None:
    """Deals that came to us closed would all be of age 0, and the open ones that are scored never are."""
    deal = create("opportunity", at=NOW - days(5), name="Fleet")

    assert [seen(deal, NOW - days(ago), "win")["deal_age"] for ago in (50, 2)] == [None, 3]
