"""What opening and deciding cost in queries: neither grows with what surrounds an item, nor the page of several
with their number (issue 4).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from approvals.models import Decision, KeyboardPreference, Note, SavedView, Suggestion
from approvals.rules import second_looks
from crmgov.people.models import Role, User
from crmgov.records.models import Account, Activity, ActivityKind, ExchangeRate, Hold
from tests.decisions import scene
from tests.desk import together
from tests.desk.browsing import at, shown, url
from tests.world import NOW, a_contact, a_team, a_ticket, a_user, create

pytestmark = pytest.mark.django_db(transaction=True)

# Session and user are among them; the list of the inbox is half of the page.
PAGE = 12
# The same two, the four writes and the search for the next one, twice where this was the last in the list; a reviewer's
# queues are asked for by name first. BEGIN and COMMIT are not counted.
DECISION = 12
# The page on which several are decided together: the same for five and for fifty.
TOGETHER = 11
FEW, MOST = 5, 50
# What each of them adds to the press; two more where the gate says something else than it said last.
EACH = 10
CONTROL = ("BEGIN", "COMMIT")
# What an agent posts.
Asked = dict[str, Any]


@pytest.fixture(autouse=True)
def _without_second_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """One in twenty is drawn by chance, with a row more."""
    monkeypatch.setattr(second_looks, "SHARE", 0.0)


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
    scene.propose_all([crowded(account, number) for number in range(crowd)])
    return account, scene.propose(account, employees=310, industry="Shipping")


def crowded(account: Account, number: int) -> Asked:
    """One more ticket and activity of the account, and what an agent proposes about one more contact."""
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
    return {
        "record": {"type": "contact", "id": str(contact.pk)},
        "action": "set_fields",
        "items": [item],
        "confidence": 0.97,
        "level": "draft",
    }


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


def firm(number: int) -> Account:
    """An account with an owner, two open tickets and a hold, and nothing high-risk."""
    ExchangeRate.objects.get_or_create(currency="USD", day=date(2020, 1, 1), defaults={"rate": "0.9"})
    account = scene.account(
        f"Firm {number}", owner=owner().pk, annual_value="4000", currency="USD", segment="mid"
    )
    for _ in range(2):
        a_ticket(account=str(account.pk))
    Hold.objects.create(
        account=account, until=date(2100, 1, 1), reason="renewal talks", placed_by=owner(), placed_at=NOW
    )
    return account


def proposed(asking_of: Callable[[int], Asked], count: int = MOST) -> list[Suggestion]:
    """Each about a firm of its own, about which another suggestion waits."""
    bodies = [asking_of(number) for number in range(count)]
    firms = Account.objects.filter(name__startswith="Firm ")
    assert len(firms) == count
    scene.propose_all([scene.setting(one, {"territory": one.territory}, territory="North") for one in firms])
    return scene.propose_all(bodies)


def asking(record: dict[str, Any], action: str, **values: Any) -> Asked:
    """It relies on what has to be counted, which is asked of the account alone."""
    items = [
        {"field": field, "proposed": value, **({"seen": was} if was is not NEW else {})}
        for field, (was, value) in values.items()
    ]
    facts = [{"name": "account.open_tickets", "value": 2}, {"name": "account.industry", "value": ""}]
    return {
        "record": record,
        "action": action,
        "items": items,
        "facts": facts,
        "confidence": 0.97,
        "level": "draft",
    }


NEW = object()


def fields_of_a_firm(number: int) -> Asked:
    account = firm(number)
    about = {"type": "account", "id": str(account.pk)}
    return asking(about, "set_fields", employees=(240, 310), industry=(None, "Shipping"))


def owner_of_a_contact(number: int) -> Asked:
    """Who has it now is named for the reader, who is to have it by the agent."""
    now, then = a_user(f"Seller {number}", Role.ACCOUNT_MANAGER, a_team()), owner()
    contact = a_contact(f"Lind {number}", account=str(firm(number).pk), team=a_team().pk, owner=now.pk)
    return asking({"type": "contact", "id": str(contact.pk)}, "assign_owner", owner=(now.pk, then.pk))


def task_for_a_firm(number: int) -> Asked:
    about = {"type": "account", "id": str(firm(number).pk)}
    return asking(about, "create_task", title=(NEW, f"Call {number}"), assignee=(NEW, owner().pk))


def contact_at_a_firm(number: int) -> Asked:
    named = {"first_name": (NEW, "Ida"), "last_name": (NEW, f"Berg {number}")}
    return asking({"type": "contact"}, "create_record", **named, account=(NEW, str(firm(number).pk)))


def agents_owner() -> User:
    """Somebody else may decide each of them, and that has to be looked up."""
    return scene.an_agent().owner


def seen_together(client: Client, chosen: Sequence[Suggestion]) -> list[str]:
    """The queries of the page; the one before it fills what a process remembers."""
    together.opened(client, chosen)
    return asked(lambda: together.opened(client, chosen))


def require_the_same(client: Client, chosen: Sequence[Suggestion]) -> None:
    few, most = seen_together(client, chosen[:FEW]), seen_together(client, chosen)
    assert len(few) == len(most) <= TOGETHER, f"{listed(few)}\n\n{listed(most)}"


def test_fifty_are_shown_in_as_many_queries_as_five() -> None:
    scene.reviewer()
    scene.publish()
    chosen = proposed(fields_of_a_firm)
    for who in (scene.reviewer, owner, scene.admin):
        client = at(who())
        assert f"Decide {MOST} together" in together.opened(client, chosen)
        require_the_same(client, chosen)
    client = at(agents_owner())
    assert "None of these go together" in together.opened(client, chosen)
    require_the_same(client, chosen)


@pytest.mark.parametrize("propose", [owner_of_a_contact, task_for_a_firm, contact_at_a_firm])
def test_so_are_those_that_name_others_and_those_that_make_something(
    propose: Callable[[int], Asked],
) -> None:
    sara = scene.reviewer()
    scene.publish()
    chosen = proposed(propose)
    client = at(sara)
    assert f"Decide {MOST} together" in together.opened(client, chosen)
    require_the_same(client, chosen)


def test_those_that_are_over_cost_as_little() -> None:
    sara = scene.reviewer()
    scene.publish()
    chosen = proposed(fields_of_a_firm)
    client = at(sara)
    together.press(client, chosen, "reject", reason_code="bad_source")
    assert "None of these go together" in together.opened(client, chosen)
    require_the_same(client, chosen)


def test_each_adds_to_the_press_what_deciding_it_takes() -> None:
    sara = scene.reviewer()
    scene.publish(outcomes_needed=MOST)
    chosen = proposed(fields_of_a_firm, 3 * FEW)
    client = at(sara)
    few, many = (pressed(client, some) for some in (chosen[:FEW], chosen[FEW:]))
    assert Decision.objects.count() == len(chosen)
    assert len(many) - len(few) <= FEW * EACH, listed(many)


def pressed(client: Client, chosen: Sequence[Suggestion]) -> list[str]:
    form = together.form_of(together.opened(client, chosen))
    return asked(lambda: client.post(f"{together.HERE}approve", form))
