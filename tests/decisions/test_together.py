"""Questions asked in one round trip are answered as each would be alone."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from pytest_django import DjangoAssertNumQueries

from approvals.models import Suggestion
from approvals.selectors.together import Sql, counted, instance, together, whole
from crmgov.people.models import User
from crmgov.records.models import Account, FieldChange, Ticket
from tests.decisions import scene
from tests.world import NOW, a_ticket, a_user, an_account

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_row_comes_back_as_its_model_has_it(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    owner = a_user()
    # A float holds neither of these numbers.
    exact = {"annual_value": "9007199254740993.37", "churn_score": "0.1234"}
    account = an_account(
        "Halden 100 %", owner=owner.pk, renewal_date="2027-02-01", relationship_flags=["partner"], **exact
    )
    with django_assert_num_queries(1):
        found = together(
            accounts=whole(Account.objects.filter(pk=account.pk), "owner", "segment"),
            tickets=whole(Ticket.objects.filter(account=account)),
        )
        (read,) = [instance(Account, row) for row in found["accounts"]]
        assert (read.annual_value, read.churn_score) == (Decimal("9007199254740993.37"), Decimal("0.1234"))
        assert (read.renewal_date, read.relationship_flags) == (date(2027, 2, 1), ["partner"])
        assert (read.pk, read.created_at, read.owner, read.segment) == (account.pk, NOW, owner, None)
        assert (read.owner and read.owner.name, read.provenance) == ("Sara Okafor", account.provenance)
    assert found["tickets"] == []


def test_every_column_of_a_suggestion_survives() -> None:
    scene.reviewer()
    scene.publish()
    stored = scene.propose(scene.account(), employees=310)
    (row,) = together(one=whole(Suggestion.objects.filter(pk=stored.pk)))["one"]
    assert vars(instance(Suggestion, row)) | {"_state": 0} == vars(Suggestion.objects.get()) | {"_state": 0}


def test_what_json_would_bend_is_left_out_and_read_when_asked_for() -> None:
    an_account()
    change = FieldChange.objects.select_related("change_set").order_by("-id")[0]
    (row,) = together(one=whole(FieldChange.objects.order_by("-id")[:1], "change_set"))["one"]
    read = instance(FieldChange, row)
    assert "salt" in read.get_deferred_fields()
    assert bytes(read.salt) == bytes(change.salt)
    assert read.change_set.xact == change.change_set.xact


def test_rows_keep_their_order_and_counts_stop(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    account = an_account()
    for number in range(12):
        a_ticket(f"Outage {number:02}", account=str(account.pk), escalated=number > 8)
    tickets = Ticket.objects.filter(account=account)
    with django_assert_num_queries(1):
        found = together(
            last=tickets.order_by("-subject").values("subject"),
            all=counted(tickets.values("escalated"), most=20, raised=Sql("escalated = %s", [True])),
            some=counted(tickets.values("pk"), most=5),
            none=counted(Ticket.objects.none(), most=5, raised=Sql("escalated")),
        )
    assert [row["subject"] for row in found["last"]] == [f"Outage {n:02}" for n in reversed(range(12))]
    assert (found["all"], found["some"]) == ([{"all": 12, "raised": 3}], [{"all": 5}])
    assert found["none"] == [{"all": 0, "raised": 0}]


def test_what_can_find_nothing_is_not_asked(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        assert together(nobody=User.objects.filter(pk__in=[]).values("pk")) == {"nobody": []}
