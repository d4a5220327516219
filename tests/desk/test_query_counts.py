"""What opening an item and deciding it cost in queries, and that neither grows with what surrounds it (issue 4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from approvals.models import Decision, KeyboardPreference, Note, SavedView, Suggestion
from crmgov.people.models import Role, User
from crmgov.records.models import Account, Activity, ActivityKind, Hold
from tests.decisions import scene
from tests.desk.browsing import at, shown, url
from tests.world import NOW, a_contact, a_team, a_ticket, a_user, create

pytestmark = pytest.mark.django_db(transaction=True)

# Session and user are among them; the list of the inbox is half of the page.
PAGE = 12
# The same two, the four writes and the search for the next one, twice where this was the last in the list; a reviewer's
# queues are asked for by name first. BEGIN and COMMIT are not counted.
DECISION = 12
CONTROL = ("BEGIN", "COMMIT")


def asked(press: Callable[[], object]) -> list[str]:
    """The queries it took."""
    with CaptureQueriesContext(connection) as counted:
        press()
    said = [query["sql"].strip() for query in counted.captured_queries]
    return [sql for sql in said if sql not in CONTROL]


def listed(queries: list[str]) -> str:
    return "\n".join(f"{number:2} {sql[:300]}" for number, sql in enumerate(queries, 1))


def owner() -> User:
    return a_user("Priya Nair", Role.ACCOUNT_MANAGER, a_team())


def an_item(*, crowd: int = 0) -> tuple[Account, Suggestion]:
    """Two fields of an account with an owner, an open ticket, a hold and three other suggestions, and a crowd."""
    account = scene.account("Halden", owner=owner().pk, annual_value="84000", currency="EUR", segment="mid")
    a_ticket(account=str(account.pk), escalated=True)
    Hold.objects.create(
        account=account, until=date(2100, 1, 1), reason="renewal talks", placed_by=owner(), placed_at=NOW
    )
    scene.propose(account, region="Nordics")
    scene.propose(account, territory="North")
    scene.propose(account, buying_timeline="Spring")
    for number in range(crowd):
        crowded(account, number)
    return account, scene.propose(account, employees=310, industry="Shipping")


def crowded(account: Account, number: int) -> None:
    """One more ticket and activity of the account, and one more contact about which something is proposed."""
    about: dict[str, Any] = {"account": str(account.pk), "team": a_team().pk}
    a_ticket(f"Outage {number}", **about)
    contact = a_contact(f"Lind {number}", **about)
    Activity.objects.create(
        kind=ActivityKind.NOTE,
        account=account,
        team=a_team(),
        subject=f"Note {number}",
        occurred_at=NOW,
        recorded_at=NOW,
    )
    item = {"field": "title", "seen": "", "proposed": f"Buyer {number}", "source": "Firmdata"}
    scene.propose_raw(
        {
            "record": {"type": "contact", "id": str(contact.pk)},
            "action": "set_fields",
            "items": [item],
            "confidence": 0.97,
            "level": "draft",
        }
    )


def settled_in(user: User, suggestion: Suggestion) -> None:
    """What people do at the desk: views and keys of their own, a task that is due, and notes on the item."""
    for number in range(3):
        SavedView.objects.create(
            owner=user,
            name=f"View {number}",
            view="mine",
            order="due",
            filters={"risk": "high"},
            position=number,
        )
    KeyboardPreference.objects.create(user=user, keys={"approve": "y"})
    create("task", title="Call Halden", assignee=user.pk, due_on="2020-01-01")
    for number in range(3):
        Note.objects.create(
            suggestion=suggestion,
            kind=Note.Kind.TAKE_OVER,
            person=user,
            label=str(user),
            text=f"Word {number}",
            at=NOW,
        )


def opened(client: Client, suggestion: Suggestion) -> Callable[[], object]:
    def press() -> None:
        answer = client.get(url("suggestion", suggestion))
        assert answer.status_code == 200
        assert "renewal talks" in answer.content.decode()

    return press


def approved(client: Client, suggestion: Suggestion) -> Callable[[], object]:
    note = shown(client, suggestion)

    def press() -> None:
        answer = client.post(url("suggestion_approve", suggestion), {"shown": note})
        assert answer.status_code == 302, answer.content.decode()[:2000]

    return press


@pytest.mark.parametrize("who", [scene.reviewer, owner, scene.admin])
def test_an_item_is_opened_and_decided_in_a_few_queries(who: Callable[[], User]) -> None:
    scene.reviewer()
    scene.publish()
    _, suggestion = an_item()
    client = at(who())

    page = asked(opened(client, suggestion))
    assert len(page) <= PAGE, listed(page)
    decision = asked(approved(client, suggestion))
    assert len(decision) <= DECISION, listed(decision)
    assert Decision.objects.get(suggestion=suggestion).taken == ["employees", "industry"]


@pytest.mark.parametrize("who", [scene.reviewer, owner, scene.admin])
def test_neither_grows_with_what_surrounds_the_item(who: Callable[[], User]) -> None:
    scene.reviewer()
    scene.publish()
    account, suggestion = an_item(crowd=50)
    assert Suggestion.objects.queued().filter(account_id=account.pk).count() == 54
    client = at(user := who())
    settled_in(user, suggestion)

    page = asked(opened(client, suggestion))
    assert len(page) <= PAGE, listed(page)
    decision = asked(approved(client, suggestion))
    assert len(decision) <= DECISION, listed(decision)
