"""Open suggestions follow policy, contracts and people (DESIGN §6): judged again under new ones, moved to a queue
where somebody sees them when the old one has nobody left.

Stricter applies at once. Looser executes nothing that a person was about to see: it stays queued.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce

from approvals.models import (
    GateReading,
    PolicyRegating,
    PolicyVersion,
    Queue,
    QueueMembership,
    Suggestion,
    WorkflowContract,
)
from approvals.rules.vocabulary import Level
from approvals.selectors import surroundings
from crmgov.people.models import Membership, Role, Team

from . import gate, queues, requeueing
from .recording import close, items_of

# Rows per transaction: a new policy meets thousands of open suggestions, and locks are held for each.
BATCH = 100
# A pause is lifted one day; what waits behind it stays open.
PASSING = "paused"


def follow_policy(*, at: datetime) -> int:
    """Judge again what was read under another policy or contract than the one in force, or under a pause that is over.

    Returns how many.
    """
    done = _judge_what_was_paused(at)
    while count := _judge_some(at):
        done += count
    while count := _judge_under_contracts(at):
        done += count
    return done


def follow_people(*, at: datetime) -> int:
    """Move what waits elsewhere than where it belongs by now (see requeueing); return how many.

    Reviewers who joined a team since its queue was made become members first.
    """
    for team in _teams_to_serve():
        queues.ensure_for_team(team)
    return requeueing.put_right(at=at)


def _teams_to_serve() -> list[Team]:
    """Teams with queues of which an active reviewer is in none, and teams without one that takes everything though
    something of theirs waits.
    """
    served = QueueMembership.objects.filter(queue__team=OuterRef("team"), user=OuterRef("user"))
    newcomers = Membership.objects.filter(
        ~Exists(served), user__role=Role.REVIEWER, user__is_active=True, team__queues__isnull=False
    )
    general = Queue.objects.filter(team=OuterRef("pk"), rules=[], actions=[], segments=[], at_least=None)
    lacking = Exists(Suggestion.objects.queued().filter(team=OuterRef("pk"))) & ~Exists(general)
    return list(Team.objects.filter(Q(pk__in=newcomers.values("team")) | lacking).order_by("pk"))


@transaction.atomic(durable=True)
def _judge_some(at: datetime) -> int:
    version, _ = gate.current_policy()
    rows = _locked(~Q(policy_version=version))
    blocked = sum(_judge(suggestion, at) for suggestion in rows)
    if rows:
        _count(version, held=len(rows) - blocked, blocked=blocked, at=at)
    return len(rows)


def _count(version: PolicyVersion, *, held: int, blocked: int, at: datetime) -> None:
    """Two workers may follow at once: each adds its own."""
    PolicyRegating.objects.get_or_create(version=version, defaults={"followed_at": at})
    PolicyRegating.objects.filter(version=version).update(
        held=F("held") + held, blocked=F("blocked") + blocked, followed_at=at
    )


@transaction.atomic(durable=True)
def _judge_under_contracts(at: datetime) -> int:
    newer = WorkflowContract.objects.filter(
        workflow=OuterRef("workflow_version__workflow"), number__gt=Coalesce(OuterRef("contract__number"), 0)
    )
    rows = _locked(Q(Exists(newer)))
    for suggestion in rows:
        _judge(suggestion, at)
    return len(rows)


@transaction.atomic(durable=True)
def _judge_what_was_paused(at: datetime) -> int:
    rows = [row for row in _locked(Q(rules__contains=[PASSING])) if not _is_paused(row)]
    for suggestion in rows:
        _judge(suggestion, at)
    return len(rows)


def _locked(which: Q) -> list[Suggestion]:
    rows = Suggestion.objects.queued().filter(which).select_for_update(of=("self",), skip_locked=True)
    return list(
        rows.select_related("agent", "proposed_by", "workflow_version__workflow", "run").order_by("pk")[
            :BATCH
        ]
    )


def _judge(suggestion: Suggestion, at: datetime) -> bool:
    """Return whether it had to be closed."""
    if not _may_not_stay(suggestion, gate.read(suggestion, at)):
        return False
    close(suggestion, Suggestion.Status.BLOCKED, at, items_of(suggestion))
    return True


def _is_paused(suggestion: Suggestion) -> bool:
    agent = suggestion.agent.name if suggestion.agent else ""
    workflow = suggestion.workflow_version.workflow.name
    switches = surroundings.open_pauses()
    return bool(surroundings.pauses_on(switches, workflow=workflow, agent=agent, action=suggestion.action))


def _may_not_stay(suggestion: Suggestion, reading: GateReading) -> bool:
    """Blocked by more than a pause, or lowered to shadow, where nothing may be applied."""
    return bool(reading.blocking - {PASSING}) or suggestion.level == Level.SHADOW
