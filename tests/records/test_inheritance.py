"""What hangs on a record follows it into its team, and the ledger says so."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from crmgov.people.models import Role
from crmgov.records.models import Account, ChangeSet, Contact, FieldChange, Opportunity, Task, Ticket
from crmgov.records.models.governed import Governed
from crmgov.records.services import reverts
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
)

pytestmark = pytest.mark.django_db(transaction=True)


def team_of(model: type[Governed], key: UUID) -> Any:
    return model._default_manager.get(pk=key).team


def a_family() -> tuple[Account, Contact, Opportunity, Ticket, UUID]:
    """An account of North with all that can hang on it; the ticket hangs on the contact, the task on the ticket."""
    account = an_account(team=a_team().pk)
    contact = a_contact(account=str(account.pk))
    opportunity = an_opportunity(account=str(account.pk))
    ticket = a_ticket(contact=str(contact.pk))
    task = create("task", title="Call back", ticket=str(ticket.pk))
    return account, contact, opportunity, ticket, task


def test_what_hangs_on_an_account_moves_with_it_in_the_same_change() -> None:
    account, contact, opportunity, ticket, task = a_family()
    south = a_team("South")
    outcome = change("account", account.pk, team=south.pk)
    assert [patch.record_id for patch in outcome.applied] == [account.pk]
    assert {
        team_of(Contact, contact.pk),
        team_of(Opportunity, opportunity.pk),
        team_of(Ticket, ticket.pk),
        team_of(Task, task),
    } == {south}
    moved = FieldChange.objects.get(record_id=account.pk, field="team", new=south.pk).change_set_id
    rows = FieldChange.objects.filter(change_set_id=moved).exclude(record_id=account.pk)
    assert {(row.record_type, row.field, row.source, row.new_label) for row in rows} == {
        (kind, "team", "inherited", "South") for kind in ("contact", "opportunity", "ticket", "task")
    }


def test_what_had_a_team_of_its_own_keeps_it() -> None:
    account, west = an_account(team=a_team().pk), a_team("West")
    contact = a_contact(account=str(account.pk), team=west.pk)
    change("account", account.pk, team=a_team("South").pk)
    assert team_of(Contact, contact.pk) == west


def test_an_archived_contact_is_not_left_with_the_old_team() -> None:
    account, south = an_account(team=a_team().pk), a_team("South")
    contact = a_contact(account=str(account.pk))
    change("contact", contact.pk, archived_at=NOW.isoformat())
    change("account", account.pk, team=south.pk)
    assert team_of(Contact, contact.pk) == south


def test_a_contact_hung_on_another_account_takes_that_ones_team() -> None:
    _, contact, _, ticket, task = a_family()
    south = a_team("South")
    there = an_account("Far", team=south.pk)
    change("contact", contact.pk, account=str(there.pk))
    assert {team_of(Contact, contact.pk), team_of(Ticket, ticket.pk), team_of(Task, task)} == {south}


def test_a_move_that_is_put_back_brings_everything_back() -> None:
    account, contact, _, _, task = a_family()
    change("account", account.pk, team=a_team("South").pk)
    moved = ChangeSet.objects.order_by("at", "id").last()
    assert moved is not None
    ana = a_user("Ana Ruiz", Role.ADMIN)
    reverts.revert(change_set_id=moved.pk, user=ana, reason="Wrong team", at=NOW)
    assert {team_of(Account, account.pk), team_of(Contact, contact.pk), team_of(Task, task)} == {a_team()}
