"""Asking back: a question to whoever proposed it, and the answer.

An agent answers with a new revision that names the old one; that one closes as superseded. A person answers in words,
and the suggestion stands where it stood.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from approvals.models import Note, Suggestion
from approvals.rules.verbs import Verb
from approvals.selectors.on_the_way import question_of
from approvals.selectors.subjects import Proposer, Subject
from crmgov.kernel.refusals import NotAllowed, Refused
from crmgov.people.models import User

from . import leases, way
from .proposals import Problem, Proposal
from .recording import lock_queued

NO_QUESTION = "Write the question."
NO_ANSWER = "Write the answer."
UNKNOWN = "None of your suggestions has this id."
CLOSED = "No question is open on this suggestion: {say}. Leave answers out to propose something new."
ELSEWHERE = "An answer is about the same record with the same action: propose something new without answers."
OTHER_HOME = "An answer about something new stays on the same account and in the same team: propose it without answers."
WORDLESS = "Say in reason what the answer is: the person who asked reads it."


class NotAsked(NotAllowed):
    """The question is for whoever proposed this."""


class NoLongerAsked(Refused):
    """The suggestion this answers was decided a moment ago. Ask what became of it."""


@transaction.atomic(durable=True)
def ask(*, suggestion_id: UUID, user: User, question: str, at: datetime) -> Suggestion:
    """Ask whoever proposed it. It waits among the asked ones until the answer is there, and may still be decided.

    Raises NotFound, AlreadyDecided, Closed, NotAllowed, NotNow, Invalid.
    """
    suggestion = way.lock(suggestion_id, user, Verb.ASK, at)
    question = way.words(question, missing=NO_QUESTION)
    suggestion.asked_at, suggestion.snoozed_until = at, None
    leases.drop(suggestion)
    suggestion.save(update_fields=["asked_at", "snoozed_until", *leases.FIELDS])
    way.note(suggestion, Note.Kind.ASK, user, at, text=question)
    return suggestion


@transaction.atomic(durable=True)
def answer(*, suggestion_id: UUID, user: User, text: str, at: datetime) -> Suggestion:
    """Answer what one was asked about one's own proposal. Raises NotFound, AlreadyDecided, Closed, NotAsked, NotNow,
    Invalid."""
    suggestion = lock_queued(suggestion_id, user)
    if suggestion.proposed_by_id != user.pk:
        raise NotAsked
    way.require(Verb.ANSWER, suggestion, user, at)
    text = way.words(text, missing=NO_ANSWER)
    suggestion.asked_at = None
    suggestion.save(update_fields=["asked_at"])
    way.note(suggestion, Note.Kind.ANSWER, user, at, text=text)
    return suggestion


def problems(proposal: Proposal, *, action: str, subject: Subject, proposer: Proposer) -> Sequence[Problem]:
    """What is wrong with the suggestion a proposal says it answers; nothing where it answers none."""
    if proposal.answers is None:
        return ()
    mine = Suggestion.objects.filter(agent=proposer.agent, proposed_by=proposer.user)
    asked = mine.filter(pk=proposal.answers).first()
    if asked is None:
        return (Problem("/answers", UNKNOWN),)
    if not asked.is_open or asked.asked_at is None:
        say = "nobody asked anything" if asked.is_open else f"it is {asked.get_status_display().lower()}"
        return (Problem("/answers", CLOSED.format(say=say)),)
    found = []
    record_id = subject.record.pk if subject.record else None
    if (asked.action, asked.record_type, asked.record_id) != (action, proposal.record.type, record_id):
        found.append(Problem("/answers", ELSEWHERE))
    elif record_id is None and not _at_home(asked, subject):
        found.append(Problem("/answers", OTHER_HOME))
    if not proposal.reason.strip():
        found.append(Problem("/reason", WORDLESS))
    return found


def _at_home(asked: Suggestion, subject: Subject) -> bool:
    """Whether something new is for the same account and team: its notes are read by who sees that team."""
    account_id = subject.account.pk if subject.account else None
    return (asked.account_id, asked.team_id) == (account_id, subject.team_id)


def open_among(suggestion_ids: set[UUID]) -> dict[UUID, Suggestion]:
    """Of these, locked by the caller, those on which a question is open."""
    rows = Suggestion.objects.queued().filter(pk__in=suggestion_ids, asked_at__isnull=False)
    return {row.pk: row for row in rows.select_related("queue")} if suggestion_ids else {}


def stays_open(older: Suggestion, newer: Suggestion, answered: Suggestion | None) -> bool:
    """Whether the question on one that gives way is open on the newer one: it is not what that one answers, and
    whoever asked sees both."""
    is_answered = answered is not None and older.pk == answered.pk
    return older.asked_at is not None and not is_answered and older.team_id == newer.team_id


def carried(newer: Suggestion, older: Sequence[Suggestion], answered: Suggestion | None) -> Sequence[Note]:
    """Questions that stay open, copied from those the newer one does not name as what it supersedes; not stored here.

    Of the one it names, the thread reads them.
    """
    found = []
    for one in older:
        if one.pk == newer.supersedes_id or not stays_open(one, newer, answered):
            continue
        if (question := question_of(one)) is not None:
            question.pk, question.suggestion = None, newer
            question._state.adding = True
            found.append(question)
    return found


def note_answer(said: Suggestion, at: datetime, *, on: Suggestion | None = None) -> Note:
    """What an agent said with its new revision, on that one or on another; not stored here."""
    return Note(
        suggestion=on or said,
        kind=Note.Kind.ANSWER,
        agent=said.agent,
        person=said.proposed_by,
        label=str(said.agent or said.proposed_by)[:200],
        text=said.reason,
        at=at,
    )


def close_with_words(asked: Suggestion, said: Suggestion, at: datetime) -> None:
    """The answer asks what another open one asks already, so no revision takes the place of the one asked about, which
    the caller locked: it stands as it stood, with the words as the answer."""
    asked.asked_at = None
    asked.save(update_fields=["asked_at"])
    note_answer(said, at, on=asked).save(force_insert=True)
