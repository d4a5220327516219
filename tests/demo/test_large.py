"""A large company for benchmarks: in proportion, valid, through the door, and never among real records by accident."""

from __future__ import annotations

from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from approvals.services import invariants
from crmgov.demo import large
from crmgov.people.models import User
from crmgov.records import registry
from crmgov.records.contracts import fields_of
from crmgov.records.models import Account, Activity, ChangeSet, Contact, Opportunity, Ticket
from tests.world import an_account

AT = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def seed(*arguments: str) -> str:
    said = StringIO()
    call_command("seed_demo", *arguments, at=AT.isoformat(), stdout=said)
    return said.getvalue()


def test_sixty_accounts_with_all_that_hangs_on_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large, "BLOCK", 40)

    said = seed("--accounts", "60")

    assert "40 of 60 accounts" in said
    assert "60 of 60 accounts, 840 records" in said
    assert Account.objects.count() == Account.objects.values("domain").distinct().count() == 60
    assert Contact.objects.count() == Contact.objects.values("email").distinct().count() == 360
    assert (Opportunity.objects.count(), Ticket.objects.count(), Activity.objects.count()) == (120, 180, 120)
    assert not Account.objects.filter(owner=None).exists()
    assert not Contact.objects.filter(team=None).exists()
    assert not Activity.objects.filter(occurred_at__gt=AT).exists()
    assert all(domain.endswith(".example") for domain in Account.objects.values_list("domain", flat=True))
    assert set(ChangeSet.objects.values_list("actor_type", flat=True)) == {"human"}
    _every_value_is_one_we_would_take()
    assert [found for found in invariants.check_all(at=AT) if found.violations] == []

    with pytest.raises(CommandError, match="with 60 accounts"):
        seed("--accounts", "5")

    seed("--accounts", "5", "--beside")
    assert Account.objects.values("name").distinct().count() == 65
    assert User.objects.count() == 13


def _every_value_is_one_we_would_take() -> None:
    for record_type in ("account", "contact", "opportunity", "ticket"):
        for record in registry.model_of(record_type).objects.order_by("pk")[:50]:
            for field in fields_of(record_type):
                stored = registry.get(record, field)
                assert registry.parse(record_type, field, stored) == stored, (record_type, field)


def test_real_records_are_in_no_danger(monkeypatch: pytest.MonkeyPatch) -> None:
    an_account("Real customer")
    with pytest.raises(CommandError, match="There is a company here already, with 1 accounts"):
        seed("--accounts", "5")
    with pytest.raises(CommandError, match="takes a number from 1 on"):
        seed("--accounts", "0", "--beside")
    monkeypatch.setenv("DATABASE_URL", "postgres://somewhere/else")
    with pytest.raises(CommandError, match="only goes into the embedded database"):
        seed("--accounts", "5", "--beside")
    assert Account.objects.count() == 1
