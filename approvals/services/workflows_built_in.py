"""The workflows we ship, as the rows that everything else about workflows reads: agent, version, contract, start."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from approvals.models import Agent, Workflow, WorkflowContract, WorkflowStart, WorkflowVersion
from approvals.workflows import BuiltIn
from crmgov.people.models import Role, Team, User
from crmgov.records.models import RecordEvent

from . import contracts, workflow_messages
from .contracts import Clauses, Overtaken

NAME = "crmgov workflows"
DESCRIPTION = "Part of crmgov: it proposes what the built-in workflows say should be done."
# Of two starts at once, the second finds what the first made.
LOCK = 4716
# As every workflow: somebody looks at it again after a quarter.
REVIEWED_AFTER = timedelta(days=90)
SHIPPED = "As shipped with crmgov"


@dataclass(frozen=True, slots=True)
class Registered:
    """The agent they propose as, and where each of them stands, by name."""

    agent: Agent
    starts: dict[str, WorkflowStart]


def register(*, at: datetime, workflows: Sequence[BuiltIn]) -> Registered | None:
    """Make what is missing of them, once; None while there is no admin who could answer for them.

    Each reads the news from its registration on. A contract that an admin wrote stays as it is.
    """
    owner = User.objects.filter(role=Role.ADMIN, is_active=True).order_by("joined_at", "pk").first()
    if owner is None:
        return None
    agent = _agent(owner, at)
    known = _known(agent)
    for one in workflows:
        if (one.name, one.version) not in known:
            _sign(_version(one, agent, at), one, owner, at)
            workflow_messages.keep_letters(one, user=owner, at=at)
    names = [one.name for one in workflows]
    rows = WorkflowStart.objects.filter(workflow__agent=agent, workflow__name__in=names)
    return Registered(agent, {row.workflow.name: row for row in rows.select_related("workflow")})


def _known(agent: Agent) -> set[tuple[str, str]]:
    """The versions that are registered to the end."""
    rows = WorkflowVersion.objects.filter(
        workflow__agent=agent, workflow__start__isnull=False, workflow__contracts__isnull=False
    )
    return set(rows.values_list("workflow__name", "version").distinct())


@transaction.atomic(durable=True)
def _agent(owner: User, at: datetime) -> Agent:
    """It sees every team, also those made since; where its owner left, the first admin answers for it."""
    agent = Agent.objects.select_related("owner").filter(built_in=True).first()
    if agent is None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        agent = Agent.objects.select_related("owner").filter(built_in=True).first() or _made(owner, at)
    if not agent.owner.is_active:
        agent.owner = owner
        agent.save(update_fields=["owner"])
    teams = set(Team.objects.values_list("pk", flat=True))
    if teams - set(agent.teams.values_list("pk", flat=True)):
        agent.teams.add(*teams)
    return agent


def _made(owner: User, at: datetime) -> Agent:
    taken = {name.lower() for name in Agent.objects.values_list("name", flat=True)}
    names = (NAME, *(f"{NAME} {number}" for number in range(2, len(taken) + 3)))
    name = next(name for name in names if name.lower() not in taken)
    return Agent.objects.create(name=name, owner=owner, description=DESCRIPTION, built_in=True, created_at=at)


@transaction.atomic(durable=True)
def _version(one: BuiltIn, agent: Agent, at: datetime) -> Workflow:
    workflow, _ = Workflow.objects.get_or_create(name=one.name, agent=agent, defaults={"first_seen_at": at})
    WorkflowVersion.objects.get_or_create(
        workflow=workflow, version=one.version, model="", defaults={"first_seen_at": at}
    )
    last = RecordEvent.objects.aggregate(last=Max("id"))["last"] or 0
    WorkflowStart.objects.get_or_create(
        workflow=workflow,
        defaults={"registered_at": at, "read_to": last, "seen_to": last, "seen_at": at},
    )
    return workflow


def _sign(workflow: Workflow, one: BuiltIn, owner: User, at: datetime) -> None:
    """Its first contract, or the next where the last is ours too."""
    last = WorkflowContract.objects.filter(workflow=workflow).order_by("-number").first()
    why = f"{SHIPPED}, version {one.version}."
    if last is not None and (last.why == why or not last.why.startswith(SHIPPED)):
        return
    # Somebody else registers it at this moment: what they save is the same.
    with suppress(Overtaken):
        contracts.save(
            workflow_id=workflow.pk,
            clauses=_clauses(one, last.owner if last and last.owner.is_active else owner, at),
            against=last.number if last else 0,
            why=why,
            user=owner,
            at=at,
        )


def _clauses(one: BuiltIn, owner: User, at: datetime) -> Clauses:
    terms, today = one.terms, timezone.localdate(at)
    return Clauses(
        owner_id=owner.pk,
        trigger=terms.trigger,
        record_types=list(terms.record_types),
        actions=list(terms.actions),
        reads=list(terms.reads),
        writes=list(terms.writes),
        needs_history=terms.needs_history,
        metric=terms.metric,
        metric_field=terms.metric_field,
        minutes_saved=terms.minutes_saved,
        review_rule=terms.review_rule,
        rollback_rule=terms.rollback_rule,
        sla_hours=terms.sla_hours,
        started_on=today,
        review_due=today + REVIEWED_AFTER,
    )
