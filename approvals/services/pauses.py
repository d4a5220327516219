"""The kill switch: no new execution of a workflow, an agent, an action or everything."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from django.db import IntegrityError, transaction
from django.db.models import Q

from approvals.models import Action, Agent, PauseSwitch, Workflow
from crmgov.kernel.refusals import Invalid, NotAllowed, NotFound, Refused
from crmgov.people import policy
from crmgov.people.models import User

Scope = PauseSwitch.Scope


class AlreadyPaused(Refused):
    """This is paused already. Lift that pause to change it."""


@transaction.atomic(durable=True)
def pause(*, scope: str, target: str = "", reason: str, user: User, at: datetime) -> PauseSwitch:
    """Stop new executions at once; what is approved waits. Raises NotAllowed, Invalid, AlreadyPaused."""
    _require_admin(user)
    if not reason.strip():
        raise Invalid("A pause needs a reason, for whoever finds it.", {"reason": "Say why."})
    _require_target(scope, target)
    try:
        with transaction.atomic():
            return PauseSwitch.objects.create(
                scope=scope, target=target, reason=reason.strip(), paused_by=user, paused_at=at
            )
    except IntegrityError as error:
        raise AlreadyPaused from error


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

    def stops(self) -> Q:
        """The executions that wait, as a filter over Execution."""
        if self.everything:
            return Q(pk__isnull=False)
        return (
            Q(suggestion__action__in=self.actions)
            | Q(suggestion__agent__name__in=self.agents)
            | Q(suggestion__workflow_version__workflow__name__in=self.workflows)
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
