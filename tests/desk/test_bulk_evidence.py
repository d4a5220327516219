"""One press is one look: what it decides of the first is no evidence against the next, and all else that moves is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.utils import timezone

from approvals.models import BulkItem, Decision, GateReading, Suggestion
from approvals.rules.facts import Facts
from approvals.rules.gate import judge
from approvals.rules.vocabulary import Level
from approvals.services import bulks, decisions, executions, invariants, pauses
from crmgov.people.models import User
from crmgov.records.models import Account, Hold
from tests.api.caller import Caller, said
from tests.decisions import scene
from tests.desk.browsing import at
from tests.desk.together import HERE, form_of, opened, press
from tests.world import NOW, a_team, a_ticket, a_user, change

pytestmark = pytest.mark.django_db(transaction=True)

# Outcomes until the agent's confidence counts: fewer than are decided with one press.
LINE = 3
MANY = 8


@pytest.fixture
def sara() -> User:
    """A reviewer; nothing of the agent was ever decided."""
    scene.publish(outcomes_needed=LINE)
    return scene.reviewer()


def posted(count: int) -> list[Suggestion]:
    """What the agent posts about as many accounts."""
    caller = Caller(scene.an_agent())
    answers = [caller.post(body(scene.account(f"Firm {number}"), 300 + number)) for number in range(count)]
    assert {answer.status_code for answer in answers} == {201}, [answer.content for answer in answers]
    told = [said(answer) for answer in answers]
    assert {(one["status"], one["level"]) for one in told} == {("queued", "draft")}
    assert {found["rule"] for one in told for found in one["findings"]} == {"level", "low_confidence"}
    return [Suggestion.objects.get(pk=one["id"]) for one in told]


def body(account: Account, employees: int) -> dict[str, Any]:
    item = {"field": "employees", "seen": account.employees, "proposed": employees, "source": "Firmdata"}
    return {
        "record": {"type": "account", "id": str(account.pk)},
        "action": "set_fields",
        "items": [item],
        "confidence": 0.97,
        "level": "draft",
        "workflow": scene.WORKFLOW,
        "version": scene.VERSION,
    }


def decided_by(person: User) -> set[Any]:
    return set(Decision.objects.filter(person=person).values_list("suggestion", flat=True))


def keys(chosen: list[Suggestion]) -> set[Any]:
    return {one.pk for one in chosen}


def test_all_that_a_new_agent_posted_are_decided_with_one_press(sara: User) -> None:
    chosen = posted(MANY)
    answer = press(at(sara), chosen)
    executions.drain(at=timezone.now())

    assert answer.status_code == 302
    assert [item.say for item in BulkItem.objects.all()] == [""] * MANY
    assert decided_by(sara) == keys(chosen)
    firms = Account.objects.filter(name__startswith="Firm").order_by("name")
    assert list(firms.values_list("employees", flat=True)) == [300 + number for number in range(MANY)]
    assert all(finding.outcome != "VIOLATED" for finding in invariants.check_all(at=timezone.now()))


def test_without_leaving_them_out_the_first_ones_stand_in_the_way_of_the_others(
    sara: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = posted(MANY)
    real = decisions.approve
    monkeypatch.setattr(decisions, "approve", lambda **given: real(**{**given, "together_with": ()}))
    press(at(sara), chosen)
    assert len(decided_by(sara)) == LINE
    refused = BulkItem.objects.filter(decision=None, say__contains="has changed since the page was loaded")
    assert refused.count() == MANY - LINE


def test_what_it_decided_counts_for_whatever_is_decided_after_it(sara: User) -> None:
    *chosen, last = posted(MANY)
    before = scene.digest(last)
    press(at(sara), chosen)
    assert scene.digest(last) != before, "its confidence counts by now"
    with pytest.raises(decisions.Changed):
        scene.approve(last, sara, seen_digest=before)
    scene.approve(last, sara)
    kept = GateReading.objects.filter(suggestion=last).latest("id")
    facts = Facts.from_json(kept.facts)
    assert facts.proposer.outcomes == MANY - 1
    assert [found.to_json() for found in judge(facts).findings] == kept.findings


def edited(one: Suggestion) -> None:
    change("account", one.record_id, employees=260)  # type: ignore[arg-type]


def escalated(one: Suggestion) -> None:
    change("account", one.record_id, escalated=True)  # type: ignore[arg-type]


def ticket_opened(one: Suggestion) -> None:
    a_ticket(account=str(one.account_id), team=a_team().pk)


def held(one: Suggestion) -> None:
    Hold.objects.create(
        account_id=one.account_id,  # type: ignore[misc]
        until=date(2100, 1, 1),
        reason="renewal talks",
        placed_by=a_user("Priya Nair"),
        placed_at=NOW,
    )


def decided_by_a_colleague(one: Suggestion) -> None:
    scene.approve(one, scene.reviewer("Tom Becker"))


MOVES = [edited, escalated, ticket_opened, held, decided_by_a_colleague]


@pytest.mark.parametrize("happens", MOVES)
def test_what_happens_to_one_while_they_are_read_refuses_that_one(
    sara: User, happens: Callable[[Suggestion], None]
) -> None:
    chosen = posted(MANY)
    client = at(sara)
    page = opened(client, chosen)
    happens(chosen[1])
    client.post(f"{HERE}approve", form_of(page))
    assert decided_by(sara) == keys(chosen) - {chosen[1].pk}


@pytest.mark.parametrize("happens", MOVES)
def test_what_happens_to_one_during_the_press_refuses_that_one(
    sara: User, monkeypatch: pytest.MonkeyPatch, happens: Callable[[Suggestion], None]
) -> None:
    chosen = posted(MANY)
    decide_one, turns = bulks._decide_one, []

    def at_the_third(item: BulkItem, *given: Any) -> None:
        turns.append(item)
        if len(turns) == 3:
            happens(Suggestion.objects.get(pk=item.suggestion_id))
        decide_one(item, *given)

    monkeypatch.setattr(bulks, "_decide_one", at_the_third)
    press(at(sara), chosen)
    assert decided_by(sara) == keys(chosen) - {turns[2].suggestion_id}
    assert BulkItem.objects.get(pk=turns[2].pk).say.startswith("Not decided: ")


def paused() -> None:
    pauses.pause(scope="agent", target="Enricher", reason="A test.", user=scene.admin(), at=scene.LATER)


def another_policy() -> None:
    scene.publish(level=Level.SUGGEST, outcomes_needed=LINE)


def colleagues_made_its_name() -> None:
    for one in posted_before():
        scene.approve(one, scene.reviewer("Tom Becker"))


def posted_before() -> list[Suggestion]:
    return list(Suggestion.objects.filter(record_label__startswith="Before"))


@pytest.mark.parametrize("happens", [paused, another_policy, colleagues_made_its_name])
def test_what_moves_all_of_them_meanwhile_refuses_all(sara: User, happens: Callable[[], None]) -> None:
    """What others decided is evidence, and news to who reads: only the press's own decisions are left out."""
    for number in range(LINE):
        scene.propose(scene.account(f"Before {number}"), employees=7)
    chosen = posted(MANY)
    client = at(sara)
    page = opened(client, chosen)
    happens()
    client.post(f"{HERE}approve", form_of(page))
    assert not decided_by(sara)
    assert Suggestion.objects.queued().filter(pk__in=keys(chosen)).count() == MANY
