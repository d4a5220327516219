"""The way in: proposals become suggestions that are blocked, shadowed, queued or approved.

One engine for one and for many: what each proposal asks is fetched for all of them together, and those about the same
record take their turns, so that each finds what the one before it left, as if it had been posted alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from approvals.models import Agent, GateReading, Note, Suggestion
from approvals.rules.vocabulary import Level, Outcome, Verdict, lowest
from approvals.selectors import on_the_way
from approvals.selectors.sights import Sight
from approvals.selectors.subjects import Proposer
from crmgov.kernel.refusals import Refused
from crmgov.people.models import User

from . import (
    answers,
    asks,
    decisions,
    drafts,
    foresight,
    gate,
    idempotency,
    messages,
    questions,
    queues,
    regating,
    runs,
    storing,
)
from .asks import NoLongerAsked
from .drafts import Draft, Impossible, NotBuilt, UnknownRecord
from .gate import Judged
from .layouts import Layout
from .proposals import Proposal
from .proposed import Proposed
from .questions import NOTHING, Overlap
from .queues import Places

__all__ = ["Impossible", "NotBuilt", "Received", "UnknownRecord", "raced", "receive", "submit", "take"]

# Of two that open the same question at one moment, the second one meets these.
RACED = {
    "one_open_question_per_record_and_field",
    "one_open_suggestion_to_make_the_same",
    "one_open_message_per_contact_and_purpose",
}
SETTLED = (Outcome.BLOCKED, Outcome.SHADOWED)


class MessageWaits(Refused):
    """Another message with this purpose to this contact waits for a person already."""


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a proposal.

    `duplicate`: nothing new was made, `suggestion` asked the same already and has the new evidence.
    `asked_elsewhere`: items left out because another open suggestion asks the same, as (field, number).
    """

    suggestion: Suggestion
    reading: GateReading
    duplicate: bool = False
    asked_elsewhere: tuple[tuple[str, int], ...] = ()


@dataclass(slots=True)
class Case:
    """One draft on its way in: where it stood in the batch, how it was judged, what it overlaps with.

    `held` are those of the superseded that a person took in hand, `ahead` how many of its turn come before it.
    """

    place: int
    draft: Draft
    judged: Judged
    overlap: Overlap = NOTHING
    reading: GateReading | None = None
    is_duplicate: bool = False
    held: frozenset[UUID] = frozenset()
    ahead: int = 0

    @property
    def outcome(self) -> Outcome:
        reading = self.judged.reading
        blocking = {found.rule for found in reading.findings if found.verdict is Verdict.BLOCK}
        if self.draft.asked_before and blocking == {regating.PASSING} and reading.level != Level.SHADOW:
            return Outcome.QUEUED
        return reading.outcome


def submit(
    *, proposal: Proposal, at: datetime, agent: Agent | None = None, user: User | None = None
) -> Suggestion:
    """Take in a proposal of an agent or of a person; of a duplicate, the suggestion that asked first.

    Raises Impossible, NotBuilt, UnknownRecord.
    """
    return receive(proposal=proposal, at=at, agent=agent, user=user).suggestion


def receive(
    *,
    proposal: Proposal,
    at: datetime,
    agent: Agent | None = None,
    user: User | None = None,
    call: idempotency.Call | None = None,
) -> Received:
    """The same, saying what became of it. With `call`, the answer is kept in the same transaction."""
    proposer = Proposer(agent, user)
    try:
        return _receive(proposal, proposer, at, call)
    except IntegrityError as error:
        if not raced(error):
            raise
    # Somebody opened the same question a moment ago. Now it is there to be seen.
    return _receive(proposal, proposer, at, call)


@transaction.atomic(durable=True)
def _receive(proposal: Proposal, proposer: Proposer, at: datetime, call: idempotency.Call | None) -> Received:
    sight = Sight(proposer)
    (received,) = take([proposal], sight, at)
    if isinstance(received, Refused):
        raise received
    if call is not None:
        status = 200 if received.duplicate else 201
        idempotency.finish(call, status=status, answer=answers.to_proposal(received, sight))
    return received


def take(proposals: Sequence[Proposal], sight: Sight, at: datetime) -> list[Received | Refused]:
    """Take in what one proposer proposes, in order; a refusal stands for itself. Joins the caller's transaction."""
    if len(proposals) > 1:
        foresight.of_proposals(proposals, sight)
    found: dict[int, Received | Refused] = {}
    drafted: list[tuple[int, Draft]] = []
    versions: drafts.Versions = {}
    for place, proposal in enumerate(proposals):
        try:
            drafted.append((place, drafts.of(proposal, sight, at, versions)))
        except Refused as refused:
            found[place] = refused
    names = {place: proposals[place].run for place, _ in drafted}
    late = runs.join([(place, draft.suggestion, names[place]) for place, draft in drafted], at)
    taken = take_drafted([pair for pair in drafted if pair[0] not in late], sight, at)
    found.update({**late, **taken})
    runs.draw({draft.suggestion.run_id for _, draft in drafted})
    return [found[place] for place in range(len(proposals))]


def take_drafted(
    drafted: Sequence[tuple[int, Draft]], sight: Sight, at: datetime
) -> dict[int, Received | Refused]:
    """Take in what is drafted already, by its place. Joins the caller's transaction."""
    found: dict[int, Received | Refused] = {}
    places = Places(at)
    for turn in _turns(drafted):
        found.update(_take_together(turn, sight, places, at))
    return found


def raced(error: Exception) -> bool:
    """Whether somebody else opened the same question at this moment, so that a second look will find it."""
    diagnosis = getattr(error.__cause__, "diag", None)
    name = str(getattr(diagnosis, "constraint_name", "") or "")
    return isinstance(error, IntegrityError) and name in RACED


def _turns(drafted: Sequence[tuple[int, Draft]]) -> list[list[tuple[int, Draft]]]:
    """The n-th draft about a thing is taken in the n-th turn."""
    turns: list[list[tuple[int, Draft]]] = []
    before: dict[questions.Purpose, int] = {}
    for place, draft in drafted:
        key = questions.key_of(draft)
        turn = before.get(key, 0)
        before[key] = turn + 1
        if turn == len(turns):
            turns.append([])
        turns[turn].append((place, draft))
    return turns


def _take_together(
    turn: Sequence[tuple[int, Draft]], sight: Sight, places: Places, at: datetime
) -> dict[int, Received | Refused]:
    """Judge, set against what is open, judge again where something is, and store."""
    looks = _look(enumerate(draft for _, draft in turn), sight, at)
    cases = [
        Case(place, draft, judged, ahead=ahead)
        for ahead, ((place, draft), judged) in enumerate(zip(turn, looks, strict=True))
    ]
    asking = [case for case in cases if case.outcome not in SETTLED]
    overlaps = questions.overlaps_of([(case.draft, case.judged) for case in asking])
    for case, overlap in zip(asking, overlaps, strict=True):
        case.overlap = overlap
        case.is_duplicate = bool(overlap.asked) and len(overlap.asked) == len(case.draft.items)
    refused = {case.place: why for case in asking if (why := _refusal(case)) is not None}
    cases = [case for case in cases if case.place not in refused]
    _settle_overlaps([case for case in cases if not case.overlap.is_empty], sight, at)
    _store([case for case in cases if not case.is_duplicate], sight, places, at)
    return {**_received(cases), **refused}


def _refusal(case: Case) -> Refused | None:
    if case.draft.answers and case.overlap.answered is None:
        return NoLongerAsked()
    waits = case.overlap.waits
    if waits is not None and not case.is_duplicate:
        return MessageWaits(
            f"Suggestion {waits.number} asks to send them a message with this purpose already."
        )
    return None


def _look(new: Iterable[tuple[int, Draft]], sight: Sight, at: datetime) -> list[Judged]:
    """Each with how many of the call are ahead of it and not stored yet: they count to its agent's quota."""
    cases = [
        Proposed(d.suggestion, d.items, d.subject, sight, ahead=None if d.asked_before else ahead)
        for ahead, d in new
    ]
    return gate.look_at_all(cases, at)


def _settle_overlaps(cases: Sequence[Case], sight: Sight, at: datetime) -> None:
    """Evidence to those that asked first, older word closed; what is left of each is judged once more."""
    if not cases:
        return
    questions.add_evidence([pair for case in cases for pair in case.overlap.asked])
    for case in cases:
        if case.is_duplicate and case.overlap.answered is not None:
            asks.close_with_words(case.overlap.answered, case.draft.suggestion, at)
    left = [case for case in cases if not case.is_duplicate]
    questions.close_superseded([older for case in left for older in case.overlap.superseded], at)
    questions.carry_over([(case.draft, case.overlap) for case in left])
    _keep_with_people(left)
    for case in left:
        _leave_out_asked(case)
    looks = _look([(case.ahead, case.draft) for case in left], sight, at) if left else []
    for case, judged in zip(left, looks, strict=True):
        case.judged = judged


def _leave_out_asked(case: Case) -> None:
    draft, asked = case.draft, _asked(case.overlap)
    if not asked:
        return
    draft.items[:] = [item for item in draft.items if item.field not in asked]
    draft.suggestion.title = draft.kind.title(
        record_type=draft.suggestion.record_type,
        record_label=draft.suggestion.record_label,
        items=draft.items,
    )


def _keep_with_people(cases: Sequence[Case]) -> None:
    """What takes the place of one that a person holds waits for a person, whatever its cell may do by itself.

    Else posting it once more would run past who asked back, raised it or took it back.
    """
    held = on_the_way.held({older.pk for case in cases for older in case.overlap.superseded})
    for case in cases:
        case.held = held.intersection(older.pk for older in case.overlap.superseded)
        if case.held:
            suggestion = case.draft.suggestion
            suggestion.level_requested = lowest((Level(suggestion.level_requested), Level.DRAFT)).value


def _asked(overlap: Overlap) -> set[str]:
    return {item.field for item, _ in overlap.asked}


def _keep_slots(cases: Sequence[Case], sight: Sight, at: datetime) -> None:
    """Of several that would leave by themselves the first have the slots; the others are judged with those taken."""
    sent = [(case.draft.suggestion, case.draft.items) for case in cases]
    for case, kept in zip(cases, messages.keep_slots(sent, at), strict=True):
        if not kept:
            # A person reads what has no slot, whatever the second look says.
            case.draft.suggestion.level_requested = Level.DRAFT.value
            (case.judged,) = _look([(case.ahead, case.draft)], sight, at)


def _store(cases: Sequence[Case], sight: Sight, places: Places, at: datetime) -> None:
    if not cases:
        return
    made = storing.Made()
    _keep_slots(
        [case for case in cases if case.outcome is Outcome.APPROVED and case.draft.kind.leaves], sight, at
    )
    for case in cases:
        _complete(case, made, places, at)
    storing.store(made)
    notes: list[Note] = []
    for case in cases:
        if case.outcome is Outcome.QUEUED:
            notes += asks.carried(case.draft.suggestion, case.overlap.superseded, case.overlap.answered)
        if case.overlap.answered is not None:
            notes.append(asks.note_answer(case.draft.suggestion, at))
    Note.objects.bulk_create(notes)
    queued = [case for case in cases if case.outcome is Outcome.QUEUED and not case.draft.kind.creates]
    disputed = questions.disputed([case.draft for case in queued])
    for case in queued:
        about = disputed.get(case.draft.suggestion.record_id, set())  # type: ignore[arg-type]
        questions.join_conflicts(case.draft, case.overlap, about, at)


def _complete(case: Case, made: storing.Made, places: Places, at: datetime) -> None:
    """The rows of one suggestion."""
    draft, outcome, overlap = case.draft, case.outcome, case.overlap
    suggestion = draft.suggestion
    gate.put_on(suggestion, case.judged)
    suggestion.status = outcome.value
    suggestion.supersedes = _forerunner(case) or suggestion.supersedes
    opens = outcome is Outcome.QUEUED and not draft.kind.creates
    for position, item in enumerate(draft.items):
        item.position = position
        item.question_open = opens and item.field not in overlap.rivals
    if outcome is Outcome.QUEUED:
        _put_in_queue(suggestion, places.of(suggestion, case.judged))
        _keep_place(suggestion, overlap, at)
    elif outcome is Outcome.APPROVED:
        decisions.decide_by_policy(suggestion, draft.items, case.judged, at, made=made)
    else:
        suggestion.closed_at = at
    made.suggestions.append(suggestion)
    made.items += draft.items
    made.readings.append(gate.reading_of(suggestion, case.judged, at))
    case.reading = made.readings[-1]


def _forerunner(case: Case) -> Suggestion | None:
    """Of those that give way, the one whose notes it carries on: what it answers, else what is asked or held."""
    answered = case.overlap.answered
    if answered is not None:
        return answered
    return max(
        reversed(case.overlap.superseded),
        key=lambda older: (older.asked_at is not None, older.pk in case.held),
        default=None,
    )


def _put_in_queue(suggestion: Suggestion, place: queues.Place) -> None:
    suggestion.queue = place.queue
    suggestion.sla_due_at, suggestion.effective_due_at = place.sla_due_at, place.effective_due_at
    suggestion.due_explained = place.explained


def _keep_place(suggestion: Suggestion, overlap: Overlap, at: datetime) -> None:
    """Newer word does not undo what people did: what was raised stays raised, what was asked and is not answered
    stays asked, and it waits where it was asked.

    Asking back stops no clock, so an answer is due when the question was.
    """
    for older in overlap.superseded:
        if older.escalated_at is not None:
            suggestion.escalated_at, suggestion.due_explained = older.escalated_at, older.due_explained
            suggestion.effective_due_at = _earlier(older.effective_due_at, suggestion.effective_due_at)
    open_questions = [
        older for older in overlap.superseded if asks.stays_open(older, suggestion, overlap.answered)
    ]
    if open_questions:
        suggestion.asked_at = min(older.asked_at for older in open_questions if older.asked_at is not None)
    asked = overlap.answered or next(iter(open_questions), None)
    if asked is None:
        return
    suggestion.sla_due_at = asked.sla_due_at
    suggestion.effective_due_at = _earlier(asked.effective_due_at, suggestion.effective_due_at)
    if asked.queue is not None and Layout(at).serves(asked.queue, suggestion.team_id):
        suggestion.queue = asked.queue


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((time for time in (one, other) if time is not None), default=None)


def _received(cases: Sequence[Case]) -> dict[int, Received]:
    duplicates = [case.overlap.asked[0][1].suggestion for case in cases if case.is_duplicate]
    readings = gate.latest_of([one.pk for one in duplicates]) if duplicates else {}
    found = {}
    for case in cases:
        if case.is_duplicate:
            first = case.overlap.asked[0][1].suggestion
            found[case.place] = Received(first, readings[first.pk], duplicate=True)
            continue
        elsewhere = tuple((item.field, other.suggestion.number) for item, other in case.overlap.asked)
        assert case.reading is not None  # noqa: S101 (it was stored)
        found[case.place] = Received(case.draft.suggestion, case.reading, asked_elsewhere=elsewhere)
    return found
