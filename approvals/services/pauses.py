"""The kill switch: no new execution of a workflow, an agent, an action or everything."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from django.db import IntegrityError, OperationalError, transaction
from django.db.models import Q, QuerySet

from approvals.models import Action, Agent, Cell, Grant, PauseSwitch, Suggestion, Workflow
from approvals.selectors import cells
from crmgov.kernel.refusals import Invalid, NotAllowed, NotFound, Refused
from crmgov.people import policy
from crmgov.people.models import User

from . import demotions, grants

Scope = PauseSwitch.Scope
# A pause that was lifted sooner than the clock came by still takes back what it covered.
LATELY = timedelta(days=1)
logger = logging.getLogger(__name__)


class AlreadyPaused(Refused):
    """This is paused already. Lift that pause to change it."""


def pause(
    *,
    scope: str,
    target: str = "",
    reason: str,
    user: User,
    at: datetime,
    cause: str = PauseSwitch.Cause.OTHER,
) -> PauseSwitch:
    """Stop new executions at once; what is approved waits. A wrong action also takes back what its cells had earned.

    The switch is kept before any cell is locked: it waits for nobody. Raises NotAllowed, Invalid, AlreadyPaused.
    """
    _require_admin(user)
    if not reason.strip():
        raise Invalid("A pause needs a reason, for whoever finds it.", {"reason": "Say why."})
    _require_target(scope, target)
    if cause not in PauseSwitch.Cause.values:
        raise Invalid(f"“{cause}” is no cause of a pause.", {"cause": "Choose."})
    try:
        with transaction.atomic(durable=True):
            made = PauseSwitch.objects.create(
                scope=scope, target=target, cause=cause, reason=reason.strip(), paused_by=user, paused_at=at
            )
    except IntegrityError as error:
        raise AlreadyPaused from error
    try:
        take_back(made, at=at)
    except OperationalError:
        # A deadlock, or a lock that took too long: the switch is on, and the clock takes back what is left.
        logger.warning("pause %s: its cells are demoted by the clock", made.pk, exc_info=True)
    return made


def take_back_missing(*, at: datetime) -> int:
    """Demote what pauses for a wrong action left running; return how many. Ringing twice does no harm."""
    rows = PauseSwitch.objects.filter(
        Q(lifted_at=None) | Q(lifted_at__gt=at - LATELY), cause=PauseSwitch.Cause.WRONG_ACTION
    )
    return sum(take_back(row, at=at) for row in rows.select_related("paused_by").order_by("pk"))


@transaction.atomic(durable=True)
def take_back(row: PauseSwitch, *, at: datetime) -> int:
    """Demote the cells under this pause that still run, and end all that was signed there before it.

    A grant for any segment would otherwise let a cell run that nobody has seen yet.
    """
    if row.cause != PauseSwitch.Cause.WRONG_ACTION:
        return 0
    left = cells.running(_cells(row), signed_by=row.paused_at).values_list("pk", flat=True)
    why = f"Paused for a wrong action: {row.reason}"
    demoted = demotions.demote(list(left), why=why, at=at, user=row.paused_by)
    signed = Grant.objects.filter(_under(row), revoked_at=None, granted_at__lte=row.paused_at)
    signed.update(revoked_at=at, revoked_by=row.paused_by, revoked_reason=why[: grants.LONGEST_REASON])
    return demoted


def _cells(row: PauseSwitch) -> QuerySet[Cell]:
    return Cell.objects.filter(_under(row))


def _under(row: PauseSwitch) -> Q:
    """What the pause stops, as a filter over cells or grants."""
    return {
        Scope.ALL: Q(),
        Scope.WORKFLOW: Q(workflow_version__workflow__name=row.target),
        Scope.AGENT: Q(agent__name=row.target),
        Scope.ACTION: Q(action=row.target),
    }[Scope(row.scope)]


@transaction.atomic(durable=True)
def lift(*, pause_id: int, user: User, at: datetime) -> PauseSwitch:
    """Let it run again; the drain takes up what waited."""
    _require_admin(user)
    row = PauseSwitch.objects.select_for_update().filter(pk=pause_id, lifted_at=None).first()
    if row is None:
        raise NotFound("There is no open pause of this number.")
    row.lifted_by, row.lifted_at = user, at
    row.save(update_fields=["lifted_by", "lifted_at"])
    return row


@dataclass(frozen=True, slots=True)
class Paused:
    """The open pauses, as names per scope."""

    everything: bool
    workflows: frozenset[str]
    agents: frozenset[str]
    actions: frozenset[str]

    @classmethod
    def now(cls) -> Self:
        rows = list(PauseSwitch.objects.filter(lifted_at=None).values_list("scope", "target"))
        return cls(
            everything=any(scope == Scope.ALL for scope, _ in rows),
            workflows=_names(rows, Scope.WORKFLOW),
            agents=_names(rows, Scope.AGENT),
            actions=_names(rows, Scope.ACTION),
        )

    def stops(self, via: str = "suggestion__") -> Q:
        """What waits, as a filter over Execution; over Suggestion where `via` is empty."""
        if self.everything:
            return Q(pk__isnull=False)
        return (
            Q(**{f"{via}action__in": self.actions})
            | Q(**{f"{via}agent__name__in": self.agents})
            | Q(**{f"{via}workflow_version__workflow__name__in": self.workflows})
        )

    def stops_this(self, suggestion: Suggestion) -> bool:
        """The same for one, with its agent and workflow fetched."""
        agent = suggestion.agent.name if suggestion.agent else ""
        return (
            self.everything
            or suggestion.action in self.actions
            or agent in self.agents
            or suggestion.workflow_version.workflow.name in self.workflows
        )


def _names(rows: Iterable[tuple[str, str]], scope: str) -> frozenset[str]:
    return frozenset(target for kind, target in rows if kind == scope)


def _require_target(scope: str, target: str) -> None:
    known = {
        Scope.ALL: lambda: target == "",
        Scope.WORKFLOW: lambda: Workflow.objects.filter(name=target).exists(),
        Scope.AGENT: lambda: Agent.objects.filter(name=target).exists(),
        Scope.ACTION: lambda: target in Action.values,
    }
    if scope not in known:
        raise Invalid(
            f"“{scope}” cannot be paused: all, workflow, agent or action can.", {"scope": "Choose."}
        )
    if not known[Scope(scope)]():
        say = f"There is no {scope} “{target}” to pause." if target else f"Name the {scope} to pause."
        raise Invalid(say, {"target": say})


def _require_admin(user: User) -> None:
    if not policy.may(user, policy.Act.ADMINISTER):
        raise NotAllowed("Only an admin pauses AI or lifts a pause.")
