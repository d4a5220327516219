"""Experiments: what runs, and what became of those who were assigned, arm by arm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.fields.json import KT

from approvals.models import (
    Assignment,
    Execution,
    Experiment,
    LetterDue,
    MessageTemplate,
    StandingApproval,
    SuggestionItem,
    TemplateVersion,
    Workflow,
)
from approvals.rules.intervals import ENOUGH
from crmgov.people.models import User
from crmgov.records.models import Account, Activity, ActivityKind, Consent, Contact, RecordEvent
from crmgov.records.rules.contactability import ANY
from scoring.arms import Arm
from scoring.differences import Counted

from . import accounts_seen, standing
from .messages import name_of
from .workflow_facts import THEIRS

SHOWN, FEW = 50, 5
PEOPLE_SHOWN = 25
GOALS: dict[str, Sequence[str]] = {
    Experiment.Goal.REPLY: THEIRS,
    Experiment.Goal.PURCHASE: (ActivityKind.PURCHASE,),
}
NOBODY = Counted(0, 0)


@dataclass(frozen=True, slots=True)
class Entry:
    """An experiment in a list, with how many units it has, and how many of these get no letter."""

    one: Experiment
    assigned: int
    held: int


@dataclass(frozen=True, slots=True)
class Written:
    """Suggestions with one text, by what became of them."""

    all: int = 0
    sent: int = 0
    waiting: int = 0
    rejected: int = 0
    blocked: int = 0


@dataclass(frozen=True, slots=True)
class ArmLine:
    """One arm. `did` and `left`: of the units whose days are over, how many reached the goal, and opted out."""

    arm: Arm
    assigned: int = 0
    did: Counted = NOBODY
    left: Counted = NOBODY
    written: Written = field(default_factory=Written)

    @property
    def is_enough(self) -> bool:
        return self.did.of >= ENOUGH


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody for whom the letter was due, and what they did within the days; `account` as far as it may be seen."""

    due: LetterDue
    account: Account | None
    did: bool
    left: bool


def listed() -> list[Entry]:
    """The newest first; one query."""
    return _entries(_whole(), SHOWN)


def find(experiment_id: int) -> Experiment | None:
    return _whole().filter(pk=experiment_id).first()


def of_workflow(workflow: Workflow) -> list[Entry]:
    """What was started with its letters, newest first."""
    return _entries(_whole().filter(workflow=workflow, started_at__isnull=False), FEW)


def of_template(template: MessageTemplate) -> list[Entry]:
    """What is running with a text of the template."""
    running = _whole().filter(started_at__isnull=False, ended_at=None)
    return _entries(running.filter(Q(control__template=template) | Q(variant__template=template)), FEW)


def arms(experiment: Experiment, at: datetime) -> list[ArmLine]:
    """What is counted of each arm, the holdout last and only where there is one; two queries.

    A unit counts once its days are over, so that nobody is called silent who still has time. What is counted is
    everybody assigned, whether their letter left or not: else the arms would not be alike.
    """
    counted = {row["arm"]: row for row in _counted(experiment, at)}
    written = _written(experiment)
    wanted = [Arm.CONTROL, Arm.VARIANT]
    if experiment.holdout or Arm.HOLDOUT in counted:
        wanted.append(Arm.HOLDOUT)
    return [_line(arm, counted.get(arm), written.get(arm, Written())) for arm in wanted]


def people(experiment: Experiment, user: User, arm: str = "") -> list[Person]:
    """The newest for whom the letter was due, of those this person sees."""
    rows = LetterDue.objects.filter(
        assignment__experiment=experiment, contact__in=Contact.objects.for_user(user)
    )
    if arm:
        rows = rows.filter(assignment__arm=arm)
    window = timedelta(days=experiment.days)
    since, until = OuterRef("assignment__at"), OuterRef("assignment__at") + window
    rows = rows.annotate(
        did=Exists(_did(experiment, contact=OuterRef("contact"), since=since, until=until)),
        left=Exists(_left(record_id=OuterRef("contact"), since=since, until=until)),
    )
    rows = rows.select_related("contact__account", "assignment").order_by("-at", "-pk")
    found = list(rows[:PEOPLE_SHOWN])
    seen = accounts_seen.among(user, (row.contact.account_id for row in found))
    return [
        Person(row, row.contact.account if row.contact.account_id in seen else None, row.did, row.left)
        for row in found
    ]


def standing_of(experiment: Experiment, at: datetime) -> dict[Arm, StandingApproval | None]:
    """Which of the two texts leaves under a standing approval now."""
    names = {Arm.CONTROL: name_of(experiment.control), Arm.VARIANT: name_of(experiment.variant)}
    holding = standing.holding(set(names.values()), at)
    return {arm: holding.get(name) for arm, name in names.items()}


def variants() -> list[TemplateVersion]:
    """The newest version of every template, by name: what a letter may be compared with."""
    rows = TemplateVersion.objects.select_related("template").order_by("template_id", "-number")
    return sorted(rows.distinct("template_id"), key=lambda one: one.template.name)


def workflows() -> list[Workflow]:
    """Those that crmgov ships: of others nobody here knows what they write by."""
    return list(Workflow.objects.filter(agent__built_in=True).order_by("name", "pk"))


def _whole() -> QuerySet[Experiment]:
    return Experiment.objects.select_related(
        "workflow", "control__template", "variant__template", "drafted_by", "started_by", "ended_by"
    )


def _entries(rows: QuerySet[Experiment], most: int) -> list[Entry]:
    counted = rows.annotate(
        assigned=Count("assignments"), held=Count("assignments", filter=Q(assignments__arm=Arm.HOLDOUT))
    )
    return [Entry(row, row.assigned, row.held) for row in counted.order_by("-pk")[:most]]


def _counted(experiment: Experiment, at: datetime) -> Any:
    window = timedelta(days=experiment.days)
    # Those who came later are not alike: where nobody is written to, the letter stays due to more and more.
    due = LetterDue.objects.filter(assignment=OuterRef(OuterRef("pk")), at=OuterRef(OuterRef("at")))
    people = due.values("contact")
    since, until = OuterRef("at"), OuterRef("at") + window
    rows = Assignment.objects.filter(experiment=experiment).annotate(
        did=Exists(_did(experiment, since=since, until=until, contact__in=people)),
        left=Exists(_left(since=since, until=until, record_id__in=people)),
    )
    ripe = Q(at__lte=at - window)
    return (
        rows.values("arm")
        .order_by()
        .annotate(
            assigned=Count("pk"),
            ripe=Count("pk", filter=ripe),
            reached=Count("pk", filter=ripe & Q(did=True)),
            gone=Count("pk", filter=ripe & Q(left=True)),
        )
    )


def _did(experiment: Experiment, *, since: Any, until: Any, **about: Any) -> QuerySet[Any]:
    """What counts as reaching the goal."""
    return Activity.objects.filter(
        **about, kind__in=GOALS[experiment.goal], occurred_at__gt=since, occurred_at__lte=until
    )


def _left(*, since: Any, until: Any, **about: Any) -> QuerySet[Any]:
    """That they said they want no more e-mail, for whatever purpose, where no such word about all stood before.

    From the events, which only grow: the row of a consent is written over by the next word.
    """
    words = RecordEvent.objects.filter(
        kind=RecordEvent.Kind.CHANGED, record_type="contact", data__consent__channel=Consent.Channel.EMAIL
    )
    of_all = words.filter(
        record_id=OuterRef("record_id"), data__consent__purpose=ANY, at__lte=OuterRef(since)
    ).order_by("-at", "-pk")
    said = words.filter(**about, data__to=Consent.State.OPTED_OUT, at__gt=since, at__lte=until)
    stood = Subquery(of_all.values(said=KT("data__to"))[:1])
    return said.annotate(stood=stood).filter(Q(stood=None) | ~Q(stood=Consent.State.OPTED_OUT))


def _written(experiment: Experiment) -> dict[Arm, Written]:
    """By the text that the proposal named: what a person made of it later does not move it to the other arm."""
    if experiment.started_at is None:
        return {}
    names = {name_of(experiment.control): Arm.CONTROL, name_of(experiment.variant): Arm.VARIANT}
    made = Q(suggestion__made_at__gte=experiment.started_at)
    if experiment.ended_at is not None:
        made &= Q(suggestion__made_at__lte=experiment.ended_at)
    rows = (
        SuggestionItem.objects.filter(
            made,
            field="template",
            proposed__in=list(names),
            suggestion__action="send_message",
            suggestion__workflow_version__workflow=experiment.workflow_id,
            suggestion__record_id__in=LetterDue.objects.filter(assignment__experiment=experiment).values(
                "contact"
            ),
        )
        .values("proposed")
        .order_by()
        .annotate(
            all=Count("suggestion", distinct=True),
            sent=_suggestions(execution__status=Execution.Status.SUCCEEDED),
            waiting=_suggestions(status="queued"),
            rejected=_suggestions(status="rejected"),
            blocked=_suggestions(status="blocked"),
        )
    )
    return {
        names[str(row["proposed"])]: Written(
            row["all"], row["sent"], row["waiting"], row["rejected"], row["blocked"]
        )
        for row in rows
    }


def _suggestions(**which: Any) -> Count:
    named = {f"suggestion__{name}": value for name, value in which.items()}
    return Count("suggestion", distinct=True, filter=Q(**named))


def _line(arm: Arm, row: dict[str, Any] | None, written: Written) -> ArmLine:
    if row is None:
        return ArmLine(arm, written=written)
    return ArmLine(
        arm,
        row["assigned"],
        Counted(row["reached"], row["ripe"]),
        Counted(row["gone"], row["ripe"]),
        written,
    )
