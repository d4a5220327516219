"""Runs: of many suggestions under one name a sample is decided by people before the rest goes on.

The lot of each is drawn by the database when it comes in, and of what still waits when the run grows large the twenty
lowest are the sample, also of what comes in several calls: what ran or was decided before that, and what is in
somebody's hands, is not among it. From the first decision on it stays as it is, but for what it lacks of twenty: that
is drawn from what comes later.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from approvals.models import Decision, Execution, Run, Suggestion, SuggestionItem
from approvals.rules.sampling import LARGEST_UNSAMPLED, SAMPLE, goes_on
from approvals.rules.vocabulary import Level, Outcome, Verdict
from crmgov.kernel.refusals import NotAllowed, NotFound, Refused
from crmgov.people import policy
from crmgov.people.models import User
from crmgov.records.models import ChangeSet

from . import decisions, gate, messages, queues, regating, storing
from .drafts import Impossible
from .gate import Judged
from .pauses import Paused
from .proposals import Problem
from .proposed import Proposed
from .recording import close, items_of

# A name stands for one run, not for one every night.
LASTS = timedelta(days=1)
# Rows per transaction when the rest of a run goes on.
BATCH = 100
# An approval that came to nothing does not stand.
UNDONE = (Execution.Status.STALE, Execution.Status.CANCELLED, Execution.Status.FAILED)
# What is in somebody's hands, or disputed, is no lot any more: people have it.
FREE = (
    "s.status = 'queued' AND s.asked_at IS NULL AND s.escalated_at IS NULL AND NOT s.in_conflict "
    "AND (s.claimed_until IS NULL OR s.claimed_until < now())"
)
LOTS = "UPDATE approvals_suggestion SET run_lot = random() WHERE run_id = %s AND run_lot IS NULL"
DRAW = f"""
UPDATE approvals_suggestion x SET in_run_sample = n.place <= %s, held_by_run = n.place > %s
FROM (SELECT s.id, row_number() OVER (ORDER BY s.run_lot, s.id) AS place
      FROM approvals_suggestion s WHERE s.run_id = %s AND {FREE}) n WHERE x.id = n.id"""  # noqa: S608
TOP_UP = f"""
UPDATE approvals_suggestion x SET in_run_sample = true, held_by_run = false
FROM (SELECT s.id FROM approvals_suggestion s WHERE s.run_id = %s AND NOT s.in_run_sample AND {FREE}
      ORDER BY s.run_lot, s.id LIMIT %s) n WHERE x.id = n.id"""  # noqa: S608
HOLD = f"""
UPDATE approvals_suggestion s SET held_by_run = true
WHERE s.run_id = %s AND NOT s.in_run_sample AND NOT s.held_by_run AND {FREE}"""  # noqa: S608


class RunSettled(Refused):
    """This run does not wait for that any more: look at where it stands now."""


class RunOver(Impossible):
    """This run takes no more."""


def join(named: Sequence[tuple[int, Suggestion, str | None]], at: datetime) -> dict[int, Refused]:
    """Put suggestions that come in into the runs they name; by its place, what may not be in its run.

    Locks the runs until the end of the caller's transaction, so that two calls count one after the other.
    """
    wanted = Counter((one.workflow_version.workflow_id, name) for _, one, name in named if name)
    runs = {key: _locked(*key, at=at) for key in sorted(wanted)}
    for key, run in runs.items():
        run.proposed += wanted[key]
        if run.status == Run.Status.OPEN and run.proposed > LARGEST_UNSAMPLED:
            run.status = Run.Status.SAMPLING
        run.save(update_fields=["proposed", "status"])
    late: dict[int, Refused] = {}
    for place, suggestion, name in named:
        if not name:
            continue
        run = runs[suggestion.workflow_version.workflow_id, name]
        if why := _why_over(run, at):
            late[place] = RunOver([Problem("/run", why)])
        else:
            suggestion.run = run
    return late


def draw(run_ids: Iterable[int | None]) -> None:
    """Give lots to what came in, and hold what is not among the sample. Joins the caller's transaction."""
    for run in Run.objects.filter(pk__in={key for key in run_ids if key is not None}).order_by("pk"):
        with connection.cursor() as cursor:
            cursor.execute(LOTS, [run.pk])
            if run.status != Run.Status.SAMPLING:
                continue
            if _sample(run).exclude(status=Suggestion.Status.QUEUED).exists():
                _top_up(run)
                cursor.execute(HOLD, [run.pk])
            else:
                cursor.execute(DRAW, [SAMPLE, SAMPLE, run.pk])


def _top_up(run: Run) -> None:
    """Draw what the sample lacks of its size. Joins the caller's transaction."""
    if (lacking := SAMPLE - _sample(run).count()) > 0:
        with connection.cursor() as cursor:
            cursor.execute(TOP_UP, [run.pk, lacking])


def follow(*, at: datetime) -> int:
    """Judge samples that are decided, and let go on what need not wait any more; return how many were released."""
    for run_id in Run.objects.filter(status=Run.Status.SAMPLING).values_list("pk", flat=True):
        _judge(run_id, at)
    released = 0
    while count := _release_some(at):
        released += count
    return released


@transaction.atomic(durable=True)
def withdraw(*, run_id: int, user: User, at: datetime) -> int:
    """Close what a stopped run holds, unexecuted; return how many. Raises NotAllowed, NotFound, RunSettled.

    What is in a conflict stays with whoever settles that, and is an ordinary question when it ends.
    """
    run = _stopped(run_id, user)
    held = Suggestion.objects.filter(run=run, held_by_run=True).order_by("pk")
    found = list(held.select_for_update(of=("self",)).values_list("pk", "in_conflict"))
    keys = [key for key, in_conflict in found if not in_conflict]
    Suggestion.objects.filter(pk__in=[key for key, _ in found]).update(held_by_run=False)
    Suggestion.objects.filter(pk__in=keys).update(
        status=Suggestion.Status.WITHDRAWN,
        closed_at=at,
        claimed_by=None,
        claimed_until=None,
    )
    SuggestionItem.objects.filter(suggestion__in=keys).update(question_open=False)
    _settle(run, Run.Status.WITHDRAWN, user, at)
    return len(keys)


@transaction.atomic(durable=True)
def give_to_people(*, run_id: int, user: User, at: datetime) -> Run:
    """Let people decide what a stopped run holds, one by one. Raises NotAllowed, NotFound, RunSettled."""
    run = _stopped(run_id, user)
    _settle(run, Run.Status.PEOPLE, user, at)
    return run


def _locked(workflow_id: int, name: str, *, at: datetime) -> Run:
    Run.objects.get_or_create(workflow_id=workflow_id, name=name, defaults={"started_at": at})
    return Run.objects.select_for_update().get(workflow_id=workflow_id, name=name)


def _why_over(run: Run, at: datetime) -> str:
    if run.status in Run.CLOSED:
        return f"The run “{run}” was stopped, so it takes no more. Name another."
    if _is_past(run, at):
        return f"The run “{run}” began more than a day ago, so it takes no more. Name another."
    return ""


def _is_past(run: Run, at: datetime) -> bool:
    return at - run.started_at > LASTS


def _sample(run: Run) -> QuerySet[Suggestion]:
    return Suggestion.objects.filter(run=run, in_run_sample=True)


@transaction.atomic(durable=True)
def _judge(run_id: int, at: datetime) -> None:
    run = (
        Run.objects.select_for_update(skip_locked=True).filter(pk=run_id, status=Run.Status.SAMPLING).first()
    )
    if run is None:
        return
    _top_up(run)
    sampled, closed, kept = standing_of(run)
    verdict = goes_on(sampled=sampled, closed=closed, kept=kept, grows=not _is_past(run, at))
    if verdict is None:
        return
    run.status = Run.Status.GOING_ON if verdict else Run.Status.STOPPED
    run.judged_at, run.sampled, run.kept = at, sampled, kept
    run.save(update_fields=["status", "judged_at", "sampled", "kept"])


def standing_of(run: Run) -> tuple[int, int, int]:
    """How many were drawn, how many of these are over, and how many of those stand as they were proposed."""
    sample = _sample(run)
    kept = sample.filter(status=Suggestion.Status.APPROVED).filter(
        Q(decision__kind=Decision.Kind.APPROVE)
        | Q(decision__kind=Decision.Kind.ACCEPT_FORM, decision__edits={})
    )
    kept = kept.exclude(execution__status__in=UNDONE)
    written = kept.exclude(execution__change_set_id=None).values("execution__change_set_id")
    put_back = ChangeSet.objects.filter(reverses__in=written).count()
    closed = sample.exclude(status=Suggestion.Status.QUEUED).count()
    return sample.count(), closed, kept.count() - put_back


@transaction.atomic(durable=True)
def _release_some(at: datetime) -> int:
    """What is held by runs that do not wait any more: judged again, then approved, closed or put before people.

    What would go on by itself stays held while a pause is on: a pause ends nothing.
    """
    over = Q(run__status__in=[Run.Status.GOING_ON, Run.Status.PEOPLE])
    waits = Q(run__status=Run.Status.GOING_ON) & Paused.now().stops("")
    rows = Suggestion.objects.filter(over, held_by_run=True).exclude(waits)
    rows = rows.select_for_update(of=("self",), skip_locked=True)
    related = ("agent", "proposed_by", "workflow_version__workflow", "run", "team__calendar")
    held = list(rows.select_related(*related).order_by("pk")[:BATCH])
    places, made = queues.Places(at), storing.Made()
    cases = [gate.proposed_of(suggestion, items_of(suggestion)) for suggestion in held]
    looks = gate.look_at_all(cases, at, in_turn=True) if cases else []
    runs = _run_by_themselves(cases, looks, at)
    released = [
        _release(case, judged, case.suggestion.pk in runs, places, made, at)
        for case, judged in zip(cases, looks, strict=True)
    ]
    storing.store(made)
    return sum(released)


def _run_by_themselves(cases: Sequence[Proposed], looks: Sequence[Judged], at: datetime) -> set[UUID]:
    """Those that nothing holds, and for which a slot of the caps is left where they are messages."""
    free = [
        (case.suggestion, case.items)
        for case, judged in zip(cases, looks, strict=True)
        if judged.reading.outcome is Outcome.APPROVED and not case.suggestion.in_conflict
    ]
    kept = messages.keep_slots(free, at)
    return {suggestion.pk for (suggestion, _), slot in zip(free, kept, strict=True) if slot}


def _release(
    case: Proposed, judged: Judged, runs: bool, places: queues.Places, made: storing.Made, at: datetime
) -> bool:
    """Return whether it is held no more: not so where a pause came in between."""
    suggestion, items = case.suggestion, case.items
    outcome, is_paused = judged.reading.outcome, _only_paused(judged)
    if is_paused and suggestion.run is not None and suggestion.run.status == Run.Status.GOING_ON:
        return False
    gate.put_on(suggestion, judged)
    made.readings.append(gate.reading_of(suggestion, judged, at))
    suggestion.held_by_run = False
    if runs:
        decisions.decide_by_policy(suggestion, items, judged, at, made=made)
        _save(suggestion, items)
    elif outcome in (Outcome.BLOCKED, Outcome.SHADOWED) and not is_paused:
        _save(suggestion, items)
        close(suggestion, Suggestion.Status.BLOCKED, at, items)
    else:
        place = places.of(suggestion, judged)
        suggestion.sla_due_at, suggestion.effective_due_at = place.sla_due_at, place.effective_due_at
        suggestion.due_explained, suggestion.queue = place.explained, place.queue
        _save(suggestion, items)
    return True


def _only_paused(judged: Judged) -> bool:
    """Nothing but a pause stands against it."""
    blocking = {found.rule for found in judged.reading.findings if found.verdict is Verdict.BLOCK}
    return blocking == {regating.PASSING} and judged.reading.level != Level.SHADOW


def _save(suggestion: Suggestion, items: Sequence[SuggestionItem]) -> None:
    suggestion.save()
    if not suggestion.is_open:
        for item in items:
            item.question_open = False
        SuggestionItem.objects.bulk_update(items, ["taken", "edited", "was_edited", "question_open"])


def _stopped(run_id: int, user: User) -> Run:
    if not policy.may(user, policy.Act.ADMINISTER):
        raise NotAllowed("Only an admin says what becomes of the rest of a run.")
    run = Run.objects.select_for_update().filter(pk=run_id).first()
    if run is None:
        raise NotFound("There is no such run.")
    if run.status != Run.Status.STOPPED:
        raise RunSettled
    return run


def _settle(run: Run, status: Run.Status, user: User, at: datetime) -> None:
    run.status, run.settled_by, run.settled_at = status, user, at
    run.save(update_fields=["status", "settled_by", "settled_at"])
