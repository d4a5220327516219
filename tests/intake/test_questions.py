"""Per record and field one open question: duplicates, newer word, rivals, and races."""

from __future__ import annotations

from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from approvals.models import Agent, Conflict, Suggestion, SuggestionItem
from approvals.selectors.agents import suggestion_of
from approvals.services import conflicts, intake, questions
from approvals.services.intake import Received
from crmgov.people.models import Team
from crmgov.records.models import Account, RecordEvent
from tests.intake.kit import an_agent, item, may_execute, proposal
from tests.world import NOW, a_team, a_user, an_account, change

pytestmark = pytest.mark.django_db


@pytest.fixture
def other(team: Team) -> Agent:
    return an_agent(team, name="Meeting notes")


@pytest.fixture
def account(team: Team) -> Account:
    return an_account(team=team.pk, industry="Shipping", employees=240)


def receive(agent: Agent, account: Account, *items: dict[str, Any], **more: Any) -> Received:
    return intake.receive(proposal=proposal(account, *items, **more), agent=agent, at=NOW)


def open_fields() -> list[tuple[str, int]]:
    rows = SuggestionItem.objects.filter(question_open=True).order_by("field")
    return [(row.field, row.suggestion.number) for row in rows]


def test_the_same_again_is_a_duplicate_and_adds_its_evidence(agent: Agent, account: Account) -> None:
    first = receive(agent, account, item("employees", 240, 310))
    again = receive(agent, account, item("employees", 240, 310, evidence=[{"text": "310 people work here"}]))

    assert again.duplicate
    assert again.suggestion == first.suggestion
    (kept,) = first.suggestion.items.all()
    assert [said["text"] for said in kept.evidence] == ["", "310 people work here"]
    assert Suggestion.objects.count() == 1


def test_the_same_value_of_another_agent_adds_its_evidence(
    agent: Agent, other: Agent, account: Account
) -> None:
    first = receive(agent, account, item("employees", 240, 310))
    again = receive(other, account, item("employees", 240, "310", source="a meeting"))

    assert again.duplicate
    assert again.suggestion == first.suggestion
    (kept,) = first.suggestion.items.all()
    assert [(said["by"], said["source"]) for said in kept.evidence] == [
        ("Enricher", "company register"),
        ("Meeting notes", "a meeting"),
    ]


def test_repeating_itself_does_not_grow_a_row(agent: Agent, account: Account) -> None:
    for _ in range(3):
        received = receive(agent, account, item("employees", 240, 310))

    assert len(received.suggestion.items.get().evidence) == 1


def test_newer_word_of_the_same_agent_supersedes(agent: Agent, account: Account) -> None:
    first = receive(agent, account, item("employees", 240, 310)).suggestion
    second = receive(agent, account, item("employees", 240, 320)).suggestion

    first.refresh_from_db()
    assert (first.status, first.closed_at) == ("superseded", NOW)
    assert second.supersedes == first
    assert open_fields() == [("employees", second.number)]
    assert not Conflict.objects.exists()


def test_a_fresh_look_replaces_the_stale_one_and_keeps_what_was_said(
    agent: Agent, other: Agent, account: Account
) -> None:
    stale = receive(agent, account, item("employees", 200, 310)).suggestion
    fresh = receive(other, account, item("employees", 240, 310, source="a meeting")).suggestion

    stale.refresh_from_db()
    assert stale.status == "superseded"
    assert {said["by"] for said in fresh.items.get().evidence} == {"Enricher", "Meeting notes"}


def test_another_value_of_another_agent_is_a_conflict_both_join(
    agent: Agent, other: Agent, account: Account
) -> None:
    first = receive(agent, account, item("employees", 240, 310), item("region", None, "Kiel")).suggestion
    second = receive(other, account, item("employees", 240, 500)).suggestion

    first.refresh_from_db()
    conflict = Conflict.objects.get()
    assert (first.in_conflict, second.in_conflict) == (True, True)
    assert (second.status, "conflicting_suggestion" in second.rules) == ("queued", True)
    assert conflict.field == "employees"
    assert {claim.value for claim in conflict.claims.all()} == {240, 310, 500}
    assert open_fields() == [("region", first.number)]


def test_a_rival_is_never_overtaken_by_one_that_could_run_alone(
    agent: Agent, other: Agent, account: Account
) -> None:
    receive(other, account, item("employees", 240, 500))
    may_execute(agent)

    made = receive(agent, account, item("employees", 240, 310)).suggestion

    assert (made.status, made.rules) == ("queued", ["conflicting_suggestion"])


def test_a_third_word_joins_a_conflict_with_an_import(agent: Agent, account: Account) -> None:
    may_execute(agent)
    event = RecordEvent.objects.create(
        kind="import_conflict",
        record_type="account",
        record_id=account.pk,
        data={"field": "employees", "ours": 240, "theirs": 500, "source": "csv"},
        at=NOW,
    )
    with transaction.atomic():
        conflicts.take_import_conflicts(events=[event])

    made = receive(agent, account, item("employees", 240, 310)).suggestion

    assert (made.status, made.in_conflict, made.rules) == ("queued", True, ["conflicting_suggestion"])
    assert {claim.value for claim in Conflict.objects.get().claims.all()} == {240, 310, 500}
    assert open_fields() == []


def test_newer_word_takes_the_place_of_the_older_in_a_conflict(
    agent: Agent, other: Agent, account: Account
) -> None:
    receive(agent, account, item("employees", 240, 310))
    receive(other, account, item("employees", 240, 500))
    newer = receive(agent, account, item("employees", 240, 330)).suggestion

    claims = Conflict.objects.get().claims
    assert newer.in_conflict
    assert {claim.value for claim in claims.all()} == {240, 330, 500}


def test_an_item_asked_elsewhere_is_left_out_and_said(agent: Agent, other: Agent, account: Account) -> None:
    first = receive(agent, account, item("employees", 240, 310)).suggestion
    second = receive(other, account, item("employees", 240, 310), item("region", None, "Kiel"))

    assert not second.duplicate
    assert second.asked_elsewhere == (("employees", first.number),)
    assert [kept.field for kept in second.suggestion.items.all()] == ["region"]
    assert second.suggestion.title == "Region: Kiel"
    assert len(first.items.get().evidence) == 2


def test_what_is_blocked_asks_nothing(agent: Agent, account: Account) -> None:
    blocked = receive(agent, account, item("employees", 240, 310, confidence=0.1)).suggestion
    asked = receive(agent, account, item("employees", 240, 310))

    assert blocked.status == "blocked"
    assert not asked.duplicate
    assert asked.suggestion.status == "queued"


def test_one_task_per_purpose(agent: Agent, other: Agent, account: Account) -> None:
    task = [{"field": "title", "proposed": "Call before the renewal"}]
    first = receive(agent, account, action="create_task", items=task)
    again = receive(other, account, action="create_task", items=task)
    moved = receive(
        agent, account, action="create_task", items=[*task, {"field": "due_on", "proposed": "2026-12-01"}]
    )

    assert again.duplicate
    assert again.suggestion == first.suggestion
    first.suggestion.refresh_from_db()
    assert first.suggestion.status == "superseded"
    assert moved.suggestion.status == "queued"


def test_a_task_of_another_agent_with_another_day_is_not_lost(
    agent: Agent, other: Agent, account: Account
) -> None:
    task = [{"field": "title", "proposed": "Call before the renewal"}]
    receive(agent, account, action="create_task", items=task)
    later = receive(
        other, account, action="create_task", items=[*task, {"field": "due_on", "proposed": "2026-12-01"}]
    )

    assert not later.duplicate
    assert [s.status for s in Suggestion.objects.all()] == ["queued", "queued"]
    assert later.suggestion.items.get(field="due_on").proposed == "2026-12-01"


def test_two_that_would_make_the_same_at_one_moment_leave_one(
    agent: Agent, other: Agent, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second one looks before the first is there: the index refuses it, and it looks again."""
    new = {"record": {"type": "contact"}, "action": "create_record"}
    items = [
        {"field": "first_name", "proposed": "Maya"},
        {"field": "last_name", "proposed": "Lind"},
        {"field": "account", "proposed": str(account.pk)},
    ]
    first = receive(agent, account, **new, items=items)
    look, looks = questions.overlaps_of, []

    def too_early(*args: Any) -> list[questions.Overlap]:
        looks.append(args)
        return [questions.NOTHING] if len(looks) == 1 else look(*args)

    monkeypatch.setattr(questions, "overlaps_of", too_early)
    second = receive(other, account, **new, items=items)

    assert len(looks) == 2
    assert second.duplicate
    assert second.suggestion == first.suggestion
    assert Suggestion.objects.count() == 1


def test_an_agent_heard_last_finds_its_answer_where_the_evidence_is_full(
    agent: Agent, other: Agent, account: Account
) -> None:
    first = receive(agent, account, item("employees", 240, 310)).suggestion
    for said in range(60):
        receive(agent, account, item("employees", 240, 310, reason=f"Read again, {said}."))
    receive(other, account, item("employees", 240, 310))

    assert len(first.items.get().evidence) == 51
    assert suggestion_of(other, first.pk) == first


def test_the_index_refuses_a_second_open_question(agent: Agent, account: Account) -> None:
    kept = receive(agent, account, item("employees", 240, 310)).suggestion.items.get()
    closed = receive(agent, account, item("region", None, "Kiel", confidence=0.1)).suggestion
    with pytest.raises(IntegrityError, match="one_open_question_per_record_and_field"), transaction.atomic():
        SuggestionItem.objects.create(
            suggestion=closed, position=1, record_id=account.pk, field=kept.field, group="firmographics",
            question_open=True,
        )  # fmt: skip


def test_after_a_decision_the_field_is_free_again(agent: Agent, account: Account) -> None:
    first = receive(agent, account, item("employees", 240, 310)).suggestion
    Suggestion.objects.filter(pk=first.pk).update(status="rejected", closed_at=NOW)
    first.items.update(question_open=False)
    change("account", account.pk, employees=250)

    assert not receive(agent, account, item("employees", 250, 310)).duplicate


def race(agents: list[Agent], account: Account, values: list[int]) -> list[Received | Exception]:
    """Propose at one moment, each in its own thread and connection."""
    barrier, outcomes = Barrier(len(agents)), list[Received | Exception]()

    def propose(agent: Agent, value: int) -> None:
        try:
            barrier.wait(timeout=30)
            outcomes.append(receive(agent, account, item("employees", 240, value)))
        except Exception as error:
            outcomes.append(error)
        finally:
            connection.close()

    threads = [Thread(target=propose, args=pair) for pair in zip(agents, values, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return outcomes


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("values", [[310] * 4, [310, 320, 330, 340]])
def test_of_four_at_one_moment_one_opens_the_question(values: list[int]) -> None:
    team = a_team()
    a_user("Sara Okafor", "reviewer", team)
    agents = [an_agent(team, name=f"Agent {number}") for number in range(4)]
    account = an_account(team=team.pk, employees=240)
    outcomes = race(agents, account, values)

    assert [error for error in outcomes if isinstance(error, Exception)] == []
    if values[0] == values[1]:
        assert Suggestion.objects.count() == 1
        assert sorted(one.duplicate for one in outcomes if isinstance(one, Received)) == [
            False,
            True,
            True,
            True,
        ]
    else:
        assert Conflict.objects.count() == 1
        assert Suggestion.objects.filter(in_conflict=True).count() == 4


@pytest.mark.django_db(transaction=True)
def test_without_the_second_look_the_race_is_lost_by_somebody(monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard taken out: whoever looked before the first one was there meets the index, and is turned away."""
    team = a_team()
    agents = [an_agent(team, name=f"Agent {number}") for number in range(4)]
    for number, agent in enumerate(agents):
        # Their workflows and the queue are there: nobody waits for anybody before the question itself.
        receive(
            agent, an_account(f"Before {number}", team=team.pk, employees=240), item("employees", 240, 300)
        )
    look, all_looked = questions.overlaps_of, Barrier(len(agents))

    def before_anybody_writes(*judged: Any) -> list[questions.Overlap]:
        found = look(*judged)
        all_looked.wait(timeout=30)
        return found

    monkeypatch.setattr(questions, "overlaps_of", before_anybody_writes)
    monkeypatch.setattr(intake, "RACED", set())
    outcomes = race(agents, an_account(team=team.pk, employees=240), [310, 320, 330, 340])
    assert sum(isinstance(one, IntegrityError) for one in outcomes) == len(agents) - 1, outcomes


@pytest.mark.django_db(transaction=True)
def test_without_looking_for_open_questions_the_index_still_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard taken out: what the code would let through, the database does not."""
    team = a_team()
    a_user("Sara Okafor", "reviewer", team)
    agent, account = an_agent(team), an_account(team=team.pk, employees=240)
    monkeypatch.setattr(questions, "overlaps_of", lambda judged: [questions.NOTHING for _ in judged])
    receive(agent, account, item("employees", 240, 310))

    with pytest.raises(IntegrityError, match="one_open_question_per_record_and_field"):
        receive(agent, account, item("employees", 240, 320))
