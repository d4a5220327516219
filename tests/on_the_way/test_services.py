"""The verbs on the way to a decision: what each does, to whom it is allowed, and that none of them decides."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from approvals.models import Decision, Note, Queue, QueueMembership, Suggestion
from approvals.selectors import beside, inbox, on_the_way
from approvals.services import asks, regating
from approvals.services.recording import AlreadyDecided
from approvals.services.standing import NotYours, OwnProposal
from approvals.services.way import NotNow
from crmgov.kernel.refusals import Invalid, NotFound
from crmgov.people.models import Absence, Role, User
from crmgov.records.models import Account
from tests.decisions import scene
from tests.on_the_way import verbs
from tests.world import NOW, a_team, a_user

pytestmark = pytest.mark.django_db
Verb = Callable[[Suggestion, User], object]


def pass_on(suggestion: Suggestion, user: User) -> object:
    queue = Queue.objects.filter(name="Second look").first() or a_queue("Second look", a_user("Ida Holm"))
    return verbs.reassign(suggestion, user, queue.pk)


def a_queue(name: str, *members: User, team: str | None = "North") -> Queue:
    place = Queue.objects.count() + 10
    queue = Queue.objects.create(name=name, team=a_team(team) if team else None, position=place)
    for member in members:
        member.memberships.get_or_create(team=a_team("North"))
        QueueMembership.objects.create(queue=queue, user=member)
    return queue


VERBS: dict[str, Verb] = {
    "ask": verbs.ask,
    "escalate": verbs.escalate,
    "snooze": verbs.snooze,
    "reassign": pass_on,
    "claim": verbs.claim,
    "take_over": verbs.take_over,
}


def names(user: User, view: str = inbox.MINE, **more: Any) -> list[str]:
    at = more.pop("at", scene.LATER)
    return [row.name for row in inbox.page_for(user, at=at, view=view).rows]


@pytest.mark.parametrize("verb", VERBS.values(), ids=VERBS)
def test_no_verb_decides_and_what_is_decided_is_out_of_reach(verb: Verb) -> None:
    suggestion, sara = verbs.a_suggestion(), a_user()
    verb(suggestion, sara)
    assert verbs.again(suggestion).status == "queued"
    assert not Decision.objects.exists()
    scene.reject(suggestion, scene.admin())
    with pytest.raises(AlreadyDecided, match="Ana Ruiz decided this one"):
        verb(suggestion, sara)
    verbs.nothing_is_broken()


@pytest.mark.parametrize("verb", VERBS.values(), ids=VERBS)
def test_only_who_may_decide_may_use_a_verb(verb: Verb) -> None:
    suggestion = verbs.a_suggestion()
    bystander = a_user("Jonas Weber", Role.ACCOUNT_MANAGER, a_team())
    stranger = a_user("Camille Roux", Role.REVIEWER, a_team("South"))
    for person, refusal in (
        (bystander, NotYours),
        (a_user("Ines Falk", Role.AUDITOR), NotYours),
        (stranger, NotFound),
    ):
        with pytest.raises(refusal):
            verb(suggestion, person)
    assert verbs.kinds(suggestion) == []


def test_nobody_puts_aside_what_they_proposed() -> None:
    sara = scene.reviewer()
    scene.publish()
    suggestion = scene.propose(scene.account(), user=sara, employees=310)
    for verb in VERBS.values():
        with pytest.raises(OwnProposal):
            verb(suggestion, sara)


def test_a_snoozed_one_is_out_of_sight_until_its_time_and_no_job_wakes_it() -> None:
    suggestion, sara = verbs.a_suggestion(), a_user()
    Suggestion.objects.update(effective_due_at=scene.LATER)
    before = verbs.again(suggestion).sla_due_at
    assert names(sara) == names(sara, inbox.DUE_SOON) == ["Polder Freight"]
    verbs.snooze(suggestion, sara, hours=2)
    assert names(sara) == names(sara, inbox.DUE_SOON) == []
    assert names(sara, inbox.TEAM) == names(sara, "snoozed") == ["Polder Freight"]
    counted = inbox.counts(sara, at=scene.LATER)
    assert (counted["mine"], counted["due"], counted["snoozed"]) == (0, 0, 1)
    wakes = scene.LATER + timedelta(hours=2)
    assert names(sara, at=wakes) == names(sara, inbox.DUE_SOON, at=wakes) == ["Polder Freight"]
    assert names(sara, "snoozed", at=wakes) == []
    assert verbs.again(suggestion).sla_due_at == before, "the SLA keeps running"
    verbs.nothing_is_broken()


def test_a_snooze_can_be_ended_and_is_refused_for_times_that_make_no_sense() -> None:
    suggestion, sara = verbs.a_suggestion(), a_user()
    for hours, said in ((-1.0, "has passed"), (24 * 31, "more than 30 days")):
        with pytest.raises(Invalid, match=said) as refused:
            verbs.snooze(suggestion, sara, hours=hours)
        assert set(refused.value.errors) == {"until"}
    with pytest.raises(NotNow, match="awake already"):
        verbs.wake(suggestion, sara)
    verbs.snooze(suggestion, sara)
    verbs.wake(suggestion, sara)
    assert names(sara) == ["Polder Freight"]
    assert verbs.kinds(suggestion) == ["snooze", "wake"]


def test_what_is_asked_back_waits_among_the_asked_and_is_due_all_the_same() -> None:
    suggestion, sara = verbs.a_suggestion(), a_user()
    Suggestion.objects.update(effective_due_at=scene.LATER)
    verbs.claim(suggestion, sara)
    verbs.ask(suggestion, sara)
    assert names(sara) == []
    assert names(sara, "asked") == names(sara, inbox.DUE_SOON) == ["Polder Freight"]
    found = on_the_way.question_of(verbs.again(suggestion))
    assert found is not None
    assert (found.text, found.label, found.at) == (verbs.QUESTION, "Sara Okafor", scene.LATER)
    assert verbs.again(suggestion).claimed_by is None
    with pytest.raises(NotNow, match="asked back already"):
        verbs.ask(suggestion, scene.admin())
    scene.approve(suggestion, sara)
    assert on_the_way.question_of(verbs.again(suggestion)) is None
    verbs.nothing_is_broken()


@pytest.mark.parametrize("text", ["", "  \n "])
def test_a_question_and_a_reason_need_words(text: str) -> None:
    suggestion, sara = verbs.a_suggestion(), a_user()
    for verb in (partial(verbs.ask, question=text), partial(verbs.escalate, reason=text)):
        with pytest.raises(Invalid) as refused:
            verb(suggestion, sara)
        assert set(refused.value.errors) == {"text"}
    assert verbs.kinds(suggestion) == []


def test_a_question_about_a_persons_proposal_goes_to_that_person() -> None:
    sara, tom = scene.reviewer(), scene.reviewer("Tom Becker")
    scene.publish()
    suggestion = scene.propose(scene.account(), user=tom, employees=310)
    QueueMembership.objects.filter(user=tom).delete()
    with pytest.raises(NotNow, match="No question is open"):
        asks.answer(suggestion_id=suggestion.pk, user=tom, text="Mine.", at=scene.LATER)
    verbs.ask(suggestion, sara)
    assert names(tom) == []
    assert names(tom, "asked") == ["Polder Freight"]
    with pytest.raises(asks.NotAsked):
        asks.answer(suggestion_id=suggestion.pk, user=sara, text="I know it.", at=scene.LATER)
    asks.answer(suggestion_id=suggestion.pk, user=tom, text="From their CFO.", at=scene.LATER)
    assert names(sara) == ["Polder Freight"]
    assert names(tom, "asked") == []
    assert verbs.kinds(suggestion) == ["ask", "answer"]
    verbs.nothing_is_broken()


def test_what_is_raised_stands_first_for_the_owner_and_the_admins_and_says_by_whom() -> None:
    owner = a_user("Priya Nair", Role.ACCOUNT_MANAGER, a_team())
    suggestion, sara, ana = verbs.a_suggestion(owner=owner.pk), a_user(), scene.admin()
    urgent = scene.propose(scene.account("Skarholm Paper"), employees=90)
    Suggestion.objects.filter(pk=urgent.pk).update(effective_due_at=scene.LATER + timedelta(minutes=1))
    verbs.snooze(suggestion, sara)
    verbs.escalate(suggestion, sara, "The register counts <b>two</b> companies.")
    row = verbs.again(suggestion)
    assert row.due_explained == "Escalated by Sara Okafor: The register counts <b>two</b> companies."
    assert (row.effective_due_at, row.snoozed_until) == (scene.LATER, None)
    for person in (sara, ana):
        assert names(person) == ["Polder Freight", "Skarholm Paper"]
    for person in (owner, sara, ana):
        assert names(person, "escalated") == ["Polder Freight"]
    with pytest.raises(NotNow, match="stays in sight"):
        verbs.snooze(suggestion, sara)
    with pytest.raises(NotNow, match="escalated already"):
        verbs.escalate(suggestion, ana)
    scene.approve(suggestion, sara)
    verbs.nothing_is_broken()


def test_newer_word_of_the_agent_does_not_calm_what_a_person_raised() -> None:
    suggestion, sara = verbs.a_suggestion(), a_user()
    verbs.escalate(suggestion, sara)
    newer = scene.propose(Account.objects.get(), employees=320, at=scene.LATER)
    assert newer.supersedes_id == suggestion.pk
    assert newer.escalated_at == scene.LATER
    assert newer.due_explained.startswith("Escalated by Sara Okafor")
    assert newer.effective_due_at == scene.LATER
    assert [note.kind for note in beside.of(sara, newer, scene.LATER).thread] == ["escalate"]


def test_passing_on_offers_only_queues_in_which_somebody_present_sees_it() -> None:
    suggestion, sara, ida = verbs.a_suggestion(), a_user(), a_user("Ida Holm")
    second = a_queue("Second look", ida)
    away = a_user("Lea Brun")
    a_queue("On holiday", away)
    Absence.objects.create(user=away, starts_at=NOW - timedelta(days=1), ends_at=NOW + timedelta(days=9))
    a_queue("Nobody")
    blind = Queue.objects.create(name="Everywhere", team=None, position=50)
    QueueMembership.objects.create(queue=blind, user=a_user("Camille Roux", Role.REVIEWER, a_team("South")))
    south = a_queue("South's", a_user("Rui Tan"), team="South")
    assert [queue.name for queue in on_the_way.queues_for(suggestion, at=scene.LATER)] == ["Second look"]
    assert suggestion.queue_id is not None
    for wrong in (None, 0, south.pk, blind.pk, suggestion.queue_id):
        with pytest.raises(Invalid, match="Choose a queue"):
            verbs.reassign(suggestion, sara, wrong)
    verbs.snooze(suggestion, sara)
    due = verbs.again(suggestion).effective_due_at
    verbs.reassign(suggestion, sara, second.pk)
    row = verbs.again(suggestion)
    assert (row.queue_id, row.snoozed_until, row.effective_due_at) == (second.pk, None, due)
    assert names(ida) == ["Polder Freight"]
    assert names(sara) == []
    regating.follow_people(at=scene.LATER)
    assert verbs.again(suggestion).queue_id == second.pk, "it stays where it was put"
    note = Note.objects.filter(suggestion=suggestion).latest("id")
    assert (note.kind, note.place, note.label) == ("reassign", "Second look", "Sara Okafor")
    verbs.nothing_is_broken()


def test_a_claim_shows_ends_by_itself_and_can_be_taken_over() -> None:
    suggestion, sara, tom = verbs.a_suggestion(), a_user(), scene.reviewer("Tom Becker")
    verbs.claim(suggestion, tom)

    def watched_by(user: User, at: Any = scene.LATER) -> str:
        (row,) = inbox.page_for(user, at=at).rows
        return row.watched_by

    assert (watched_by(sara), watched_by(tom)) == ("Tom Becker", "")
    with pytest.raises(NotNow, match="Tom Becker has it"):
        verbs.claim(suggestion, sara)
    ends = scene.LATER + timedelta(minutes=5)
    assert watched_by(sara, ends - timedelta(seconds=1)) == "Tom Becker"
    assert watched_by(sara, ends) == "", "a claim of a dead browser ends within five minutes"
    verbs.take_over(suggestion, sara)
    assert (watched_by(tom), verbs.kinds(suggestion)) == ("Sara Okafor", ["take_over"])
    assert "Tom Becker" in Note.objects.get().text
    verbs.claim(suggestion, sara, at=ends)
    assert verbs.again(suggestion).claimed_until == ends + timedelta(minutes=5)
    scene.approve(suggestion, tom)
    assert verbs.again(suggestion).claimed_by is None, "a claim is advice, and a decision ends it"
    verbs.nothing_is_broken()


def test_notes_only_grow() -> None:
    suggestion, sara = verbs.a_suggestion(), a_user()
    verbs.ask(suggestion, sara)
    note = Note.objects.get()
    for change in (lambda: Note.objects.update(text="Never asked."), note.delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    bad = (
        {"kind": "ask", "person": sara, "text": ""},
        {"kind": "snooze", "person": sara},
        {"kind": "wake", "person": sara, "until": scene.LATER},
        {"kind": "snooze", "person": sara, "until": NOW},
        {"kind": "escalate", "agent": suggestion.agent, "text": "Me first."},
        {"kind": "wake"},
        {"kind": "shout", "person": sara},
    )
    for wrong in bad:
        with pytest.raises(IntegrityError), transaction.atomic():
            Note.objects.create(suggestion=suggestion, label="Sara Okafor", at=scene.LATER, **wrong)


def test_all_views_are_counted_in_one_query(
    django_assert_num_queries: Any,
) -> None:
    suggestion, sara = verbs.a_suggestion(), a_user()
    verbs.ask(suggestion, sara)
    with django_assert_num_queries(1):
        assert inbox.counts(sara, at=scene.LATER) == {
            "mine": 0, "team": 1, "due": 0, "snoozed": 0, "asked": 1, "escalated": 0,
        }  # fmt: skip
    assert set(inbox.counts(a_user("Ines Falk", Role.AUDITOR), at=scene.LATER).values()) == {0, 1}
