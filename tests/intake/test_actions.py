"""The kinds of action: what each takes, how it reads, what it hands to the door."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from approvals import actions
from approvals.models import Agent, Suggestion
from approvals.services import intake
from approvals.services.drafts import Impossible, NotBuilt, UnknownRecord
from approvals.services.proposals import read
from crmgov.people.models import Team
from crmgov.records.models import Account, Contact, ExternalId, Source, Task
from crmgov.records.services import changes
from tests.intake.kit import body, item, proposal
from tests.world import NOW, a_contact, a_team, a_user, an_account, an_opportunity, hand_edit

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(team: Team) -> Account:
    return an_account(team=team.pk, industry="Shipping", employees=240)


def submit(agent: Agent, about: Any, /, *items: dict[str, Any], **more: Any) -> Suggestion:
    return intake.submit(proposal=proposal(about, *items, **more), agent=agent, at=NOW)


def write(suggestion: Suggestion) -> None:
    """Hand the patches to the door as a person would."""
    change_set = hand_edit()
    patches = actions.of(suggestion).patches(suggestion, change_set.id)
    with transaction.atomic():
        assert not changes.apply(change_sets=[change_set], patches=patches, at=NOW).refused


def new(field: str, proposed: Any) -> dict[str, Any]:
    return {"field": field, "proposed": proposed}


def problems(agent: Agent, sent: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(Impossible) as refused:
        intake.submit(proposal=read(sent), agent=agent, at=NOW)
    return {problem.pointer: problem.say for problem in refused.value.problems}


def test_set_fields_writes_what_was_proposed(agent: Agent, account: Account) -> None:
    made = submit(agent, account, item("employees", 240, "310"), item("region", "", " Kiel "))
    write(made)

    account.refresh_from_db()
    assert (account.employees, account.region) == (310, "Kiel")
    assert made.title == "Employees: 240 to 310, Region: Kiel"
    assert "Changes 2 fields of Halden Marine Systems" in _consequence(made)


def test_fields_not_taken_stay_and_edits_replace(agent: Agent, account: Account) -> None:
    made = submit(agent, account, item("employees", 240, 310), item("region", None, "Kiel"))
    made.items.filter(field="region").update(taken=False)
    made.items.filter(field="employees").update(taken=True, was_edited=True, edited=320)
    write(made)

    account.refresh_from_db()
    assert (account.employees, account.region) == (320, "")


def test_a_value_that_moved_is_refused_by_the_door(agent: Agent, account: Account) -> None:
    made = submit(agent, account, item("employees", 240, 310))
    change_set = hand_edit()
    patches = actions.of(made).patches(made, change_set.id, expected={"employees": 200})
    with transaction.atomic():
        outcome = changes.apply(change_sets=[change_set], patches=patches, at=NOW)

    assert [refusal.kind for refusal in outcome.refused] == ["stale"]


def test_create_record_makes_a_contact_in_the_team_of_its_account(
    agent: Agent, account: Account, team: Team
) -> None:
    sent = body(
        account, new("first_name", "Maya"), new("last_name", "Lind"), new("account", str(account.pk)),
        record={"type": "contact"}, action="create_record",
    )  # fmt: skip
    made = intake.submit(proposal=read(sent), agent=agent, at=NOW)
    write(made)

    contact = Contact.objects.get()
    assert (str(contact), contact.account, contact.team) == ("Maya Lind", account, team)
    assert (made.title, made.record_id, made.account_id) == ("New contact: Maya Lind", None, account.pk)
    assert made.team == team
    assert "new contact at Halden Marine Systems" in _consequence(made)


def test_creating_an_opportunity_is_protected_and_says_what_it_is_worth(
    agent: Agent, account: Account
) -> None:
    sent = body(
        account, new("name", "Roll-out"), new("account", str(account.pk)), new("amount", "96000"),
        new("currency", "EUR"), record={"type": "opportunity"}, action="create_record",
    )  # fmt: skip
    made = intake.submit(proposal=read(sent), agent=agent, at=NOW)

    assert {"protected_field", "high_value"} <= set(made.rules)
    assert made.value_at_stake == 96_000


def test_assign_owner_takes_an_e_mail(agent: Agent, account: Account, team: Team) -> None:
    priya = a_user("Priya Nair", "account_manager", team)
    made = submit(agent, account, item("owner", None, "Priya.Nair@crmgov.example"), action="assign_owner")
    write(made)

    account.refresh_from_db()
    assert account.owner == priya
    assert made.title == "Owner: Priya Nair"
    assert "Priya Nair becomes the owner" in _consequence(made)


def test_changing_an_owner_is_protected(agent: Agent, team: Team) -> None:
    jonas, priya = (a_user(name, "account_manager", team) for name in ("Jonas Weber", "Priya Nair"))
    account = an_account(team=team.pk, owner=jonas.pk)

    made = submit(agent, account, item("owner", jonas.pk, priya.pk), action="assign_owner")

    assert made.title == "Owner: Jonas Weber to Priya Nair"
    assert "protected_field" in made.rules


def test_move_stage_names_the_stages(agent: Agent, account: Account, team: Team) -> None:
    an_opportunity("Other", stage="Negotiation")
    deal = an_opportunity(team=team.pk, account=str(account.pk), stage="Proposal")
    made = submit(agent, deal, item("stage", "Proposal", "Negotiation"), action="move_stage")
    write(made)

    deal.refresh_from_db()
    assert deal.stage is not None
    assert (deal.stage.name, made.title) == ("Negotiation", "Stage: Proposal to Negotiation")
    assert "Moves Fleet roll-out to Negotiation" in _consequence(made)


def test_create_task_hangs_on_its_record(agent: Agent, account: Account, team: Team) -> None:
    items = [new("title", "Call before the renewal"), new("due_on", "2026-12-01")]
    made = submit(agent, account, *items, action="create_task")
    write(made)

    task = Task.objects.get()
    assert (task.account, task.team, str(task.due_on)) == (account, team, "2026-12-01")
    assert made.title == "Task: Call before the renewal"
    assert "due 1 Dec 2026" in _consequence(made)


@pytest.mark.parametrize(
    ("action", "changed", "pointer", "say"),
    [
        ("merge", {}, "/action", "merge is not built yet. Built are set_fields"),
        ("delete", {}, "/action", "There is no action “delete”"),
        ("set_fields", {"items": []}, "/items", "at least one item"),
        ("set_fields", {"record": {"type": "account"}}, "/record", "an id or an external_id"),
        ("set_fields", {"items": [item("industri", None, "x")]}, "/items/0/field", "Did you mean industry?"),
        ("set_fields", {"items": [{"field": "region", "proposed": "x"}]}, "/items/0/seen", "Say in seen"),
        ("move_stage", {"items": [item("stage", None, "x")]}, "/record/type", "about an opportunity"),
        ("assign_owner", {"items": [item("region", None, "x")]}, "/items", "an item for the field owner"),
        ("create_record", {"items": [new("region", "x")]}, "/items", "A new account needs name"),
        ("create_record", {"items": [new("name", "x")]}, "/record", "names only the type"),
        ("create_task", {"items": [new("note", "x")]}, "/items", "the field title"),
        ("create_task", {"items": [item("title", "x", "y")]}, "/items/0/seen", "leave seen out"),
        (
            "set_fields",
            {"items": [item("region", None, "x")], "facts": [{"name": "the weather", "value": 1}]},
            "/facts/0/name",
            "no fact “the weather”",
        ),
    ],
)
def test_what_is_no_possible_proposal_is_refused_with_a_pointer(
    agent: Agent, account: Account, action: str, changed: dict[str, Any], pointer: str, say: str
) -> None:
    found = problems(agent, {**body(account, item("employees", 240, 310)), "action": action, **changed})

    assert say in found[pointer]
    assert not Suggestion.objects.exists()


def test_planned_actions_are_told_from_unknown_ones(agent: Agent, account: Account) -> None:
    with pytest.raises(NotBuilt):
        submit(agent, account, item("employees", 240, 310), action="link")


def test_a_record_is_found_by_what_its_source_calls_it(agent: Agent, account: Account) -> None:
    source = Source.objects.create(name="csv", kind="import", trust_rank=10)
    ExternalId.objects.create(
        source=source, kind="account", value="A-17", record_type="account", record_id=account.pk
    )
    named = {"type": "account", "external_id": {"source": "csv", "kind": "account", "value": "A-17"}}

    made = submit(agent, account, item("employees", 240, 310), record=named)

    assert made.record_id == account.pk


def test_another_team_s_record_does_not_exist(agent: Agent) -> None:
    theirs = an_account("Secret", team=a_team("South").pk, employees=240)
    source = Source.objects.create(name="csv", kind="import", trust_rank=10)
    ExternalId.objects.create(
        source=source, kind="account", value="A-17", record_type="account", record_id=theirs.pk
    )
    named = {"type": "account", "external_id": {"source": "csv", "kind": "account", "value": "A-17"}}

    for record in ({"type": "account", "id": str(theirs.pk)}, named):
        with pytest.raises(UnknownRecord):
            submit(agent, theirs, item("employees", 240, 310), record=record)


def test_what_another_team_has_cannot_be_referred_to(agent: Agent, account: Account, team: Team) -> None:
    theirs = an_account("Secret", team=a_team("South").pk)
    contact = a_contact(team=team.pk, account=str(account.pk))

    made = submit(agent, contact, item("account", str(account.pk), str(theirs.pk)))

    assert made.status == "blocked"
    assert made.items.get().proposed_label == str(theirs.pk)
    assert "Secret" not in str([reading.findings for reading in made.readings.all()])


def _consequence(suggestion: Suggestion) -> str:
    return actions.of(suggestion).consequence(suggestion, list(suggestion.items.all()))
