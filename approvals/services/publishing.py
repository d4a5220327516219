"""Put what the models in use say before the gate: scores that moved, each as one suggestion about one record.

All that is published of a model version at once is one run. Above 100 it stops after a random 20 until people decided
these, as every run does (rules/sampling.py). A version whose sample stood goes on without another one: its cells are
audited, and its segments stand down when their numbers stop to hold. Where the gate would ask a person all the same,
nobody is handed thousands of questions: the few that moved most are asked, and the rest stays news for another day.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from approvals.models import Agent, Grant, PublishedScore, Run, WorkflowVersion
from approvals.rules.intervals import wilson
from approvals.rules.sampling import LARGEST_UNSAMPLED
from approvals.selectors import proofs, scores_moved
from approvals.selectors.scores_moved import Moved, Place
from approvals.selectors.sights import Sight
from approvals.selectors.subjects import Proposer
from approvals.workflows import PublishScores, Step
from approvals.workflows.publish_scores import PLACES, step_of
from crmgov.kernel.refusals import NotFound, Refused
from scoring.models import SegmentStanding, TrainedModel
from scoring.selectors import trained

from . import (
    gate,
    grants,
    intake,
    runs,
    workflow_proposals,
    workflow_triggers,
    workflow_work,
    workflows_built_in,
)
from .intake import Received
from .pauses import Paused

WORKFLOW = PublishScores()
BATCH = 1_000
# A day, of what people decide one by one because nothing lets it run.
MOST_ASKED = 25
# Of what its agent may propose in an hour; the other workflows have the rest.
SHARE = 2
Z_95 = 1.959964


@dataclass(slots=True)
class Published:
    """What came of one turn: scores that are news, suggestions made of them, what ran by itself, what is held.

    `waits` says in a sentence why the rest was not proposed; empty where nothing is left.
    """

    news: int = 0
    proposed: int = 0
    ran: int = 0
    held: int = 0
    waits: str = ""


@dataclass(frozen=True, slots=True)
class Course:
    """What one kind of score may do now. `alone` {segment: how many more may run today}, `asked` how many people are
    asked about, `run` the name of the run the former belong to; empty for none.
    """

    place: Place
    model: TrainedModel
    version: WorkflowVersion
    agent: Agent
    standings: Mapping[str, SegmentStanding]
    alone: Mapping[str, int]
    asked: int
    run: str
    waits: str = ""

    @property
    def name(self) -> str:
        return name_of(self.model)


def publish(*, at: datetime) -> dict[str, Published]:
    """Propose what is news, kind by kind; {} while no model is in use, nobody answers for it, or it is paused.

    Every batch is one transaction that picks what was not proposed yet: whoever comes second, or again, repeats
    nothing.
    """
    models = {place.kind: trained.in_use(place.kind) for place in PLACES}
    if not any(models.values()):
        return {}
    registered = workflows_built_in.register(at=at, workflows=[WORKFLOW])
    if registered is None or workflow_triggers.is_paused(Paused.now(), WORKFLOW, registered.agent):
        return {}
    return {
        place.kind: _publish(place, model, registered.agent, at)
        for place in PLACES
        if (model := models[place.kind]) is not None
    }


def name_of(model: TrainedModel) -> str:
    """The model with its version, as suggestions name it."""
    return f"{model.name} {model.version}"


def _publish(place: Place, model: TrainedModel, agent: Agent, at: datetime) -> Published:
    counted = scores_moved.counted(place, model)
    done = Published(news=sum(counted.values()))
    if not counted:
        return done
    course = _course(place, model, agent, counted, at)
    room = workflow_work.room_of(agent, at) // SHARE
    for segment, most in course.alone.items():
        room -= _propose(course, [segment], min(most, counted.get(segment, 0), room), course.run, done, at)
    rest = set(counted) - set(course.alone)
    _propose(course, sorted(rest), min(course.asked, room), "", done, at)
    if done.proposed < done.news:
        done.waits = course.waits or _rest(done)
    return done


def _rest(done: Published) -> str:
    left = done.news - done.proposed
    return f"{left:,} of {done.news:,} wait: for today the policy lets no more run, be proposed or be asked."


def _course(
    place: Place, model: TrainedModel, agent: Agent, counted: Mapping[str, int], at: datetime
) -> Course:
    version = _version(model, agent, at)
    alone = _room_today(version, _may_run(version, model, agent), at)
    asked = max(MOST_ASKED - scores_moved.asked_today(version, at), 0)
    run, waits = "", ""
    before = Run.objects.filter(workflow=version.workflow, name=name_of(model)).first()
    if before is not None and before.status == Run.Status.SAMPLING:
        alone, asked, waits = {}, 0, "The sample of the run before is with people: the rest waits for them."
    elif before is not None and before.status not in (Run.Status.GOING_ON, Run.Status.OPEN):
        alone, waits = {}, "Too many of the sample were changed, so people decide one by one."
    elif before is None or before.status == Run.Status.OPEN:
        will_run = sum(min(most, counted.get(segment, 0)) for segment, most in alone.items())
        if scores_moved.published([version.pk]) + will_run > LARGEST_UNSAMPLED:
            run = _sampled_run(version, model, at)
    return Course(place, model, version, agent, trained.standings(model), alone, asked, run, waits)


def _version(model: TrainedModel, agent: Agent, at: datetime) -> WorkflowVersion:
    """Of each model version one: what it earned, it earned for itself."""
    workflow = agent.workflows.get(name=WORKFLOW.name)
    version, _ = WorkflowVersion.objects.select_related("workflow__agent").get_or_create(
        workflow=workflow, version=WORKFLOW.version, model=name_of(model), defaults={"first_seen_at": at}
    )
    return version


def _may_run(version: WorkflowVersion, model: TrainedModel, agent: Agent) -> set[str]:
    """Segments where policy, a grant and the model's proof let a score run by itself. The gate asks for each again."""
    _, policy = gate.current_policy()
    level = policy.level_of(workflow=WORKFLOW.name, agent=agent.name, version=version.version)
    if not level.runs_alone:
        return set()
    open_ones = Grant.objects.filter(
        agent=agent, workflow_version=version, action="set_fields", field_group="scores", revoked_at=None
    )
    granted = {row.segment for row in open_ones if grants.is_valid(row)}
    proven = proofs.of([name_of(model)])
    calibrated = {segment for (_, segment), proof in proven.items() if proof.calibrated}
    return calibrated if "" in granted else calibrated & granted


def _room_today(version: WorkflowVersion, segments: Collection[str], at: datetime) -> dict[str, int]:
    _, policy = gate.current_policy()
    ran = scores_moved.ran_today(version, at)
    return {one: max(policy.daily_actions - ran.get(one, 0), 0) for one in sorted(segments)}


@transaction.atomic(durable=True)
def _sampled_run(version: WorkflowVersion, model: TrainedModel, at: datetime) -> str:
    """The run of this model version, which people see a sample of before any of it is written."""
    run, _ = Run.objects.get_or_create(
        workflow=version.workflow,
        name=name_of(model),
        defaults={"started_at": at, "status": Run.Status.SAMPLING},
    )
    return run.name


def _propose(
    course: Course, segments: Sequence[str], most: int, run: str, done: Published, at: datetime
) -> int:
    """At most so many of these segments, a batch per transaction; return how many became suggestions."""
    made = 0
    while made < most:
        taken = _batch(course, segments, min(BATCH, most - made), run, at)
        if not taken:
            break
        made += len(taken)
        done.proposed += len(taken)
        done.ran += sum(one.suggestion.status == "approved" for one in taken)
        done.held += sum(one.suggestion.status == "queued" for one in taken)
    return made


@transaction.atomic(durable=True)
def _batch(course: Course, segments: Sequence[str], most: int, run: str, at: datetime) -> list[Received]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [workflow_work.LOCKS, course.agent.pk])
    page = scores_moved.page(course.place, course.model, segments=segments, most=most)
    proposals = [
        workflow_proposals.of(WORKFLOW, _step(course, moved), ()).model_copy(update={"run": run or None})
        for moved in page
    ]
    answers = intake.take(proposals, Sight(Proposer(course.agent, None)), at) if proposals else []
    taken = []
    for moved, answer in zip(page, answers, strict=True):
        if isinstance(answer, Refused):
            _require_gone(answer)
        else:
            taken.append((moved, answer))
    PublishedScore.objects.bulk_create(
        [PublishedScore(score_id=moved.score_id, suggestion=one.suggestion, at=at) for moved, one in taken]
    )
    return [one for _, one in taken]


def _require_gone(refused: Refused) -> None:
    """A record that went away this moment is no mistake, nor is a run that ended; all else is one of ours."""
    if not isinstance(refused, NotFound | runs.RunOver):
        raise refused


def _step(course: Course, moved: Moved) -> Step:
    standing = course.standings.get(moved.segment)
    if standing is not None and standing.standing != SegmentStanding.Standing.CALIBRATED:
        standing = None
    return step_of(
        course.place,
        moved,
        model=course.name,
        outcomes=standing.outcomes if standing else 0,
        confidence=confidence_of(standing),
    )


def confidence_of(standing: SegmentStanding | None) -> float | None:
    """How well the rate of the segment is known: 1 less half of its 95 % interval (Wilson); None without outcomes.

    82 of 412 left: known within 0.04, so 0.96. 4 of 12: within 0.24, so 0.76.
    """
    if standing is None or not standing.outcomes:
        return None
    return round(1 - wilson(standing.positives, standing.outcomes, Z_95).width / 2, 4)
