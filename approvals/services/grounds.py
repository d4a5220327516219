"""What the gate stands on beside the records, for one suggestion or a thousand: all of it in one query."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from approvals.models import Grant, PauseSwitch, PolicyVersion, WorkflowContract
from approvals.rules.policy import Limits, Policy
from approvals.rules.vocabulary import Level, lowest
from approvals.selectors import standing, subjects, surroundings
from approvals.selectors.precedents import Around, Asked
from approvals.selectors.sights import Sight
from approvals.selectors.surroundings import Cell, Disputed, OpenTicket, Rival
from crmgov.kernel.refusals import Refused
from crmgov.records.selectors.money import Rates

from . import grants, relied, scored, standing_facts
from .message_ground import MessageGround
from .proposed import Proposed

LimitsKey = tuple[str, str, str, tuple[str, ...]]


class NoPolicy(Refused):
    """No policy version is in force, so nothing can be judged. Run the migrations: they publish version 1."""

    status = 503


class Ground:
    """Fetched when it is made, but for the rate of a currency, which is asked once.

    What was decided of the suggestions in `uncounted` is no evidence yet. Raises NoPolicy.
    """

    def __init__(self, cases: Sequence[Proposed], at: datetime, uncounted: Collection[UUID] = ()) -> None:
        self.at, self.rates, self.messages = at, Rates(at.date()), MessageGround(cases, at)
        found = surroundings.of(
            places={place for case in cases for place in _places(case)},
            accounts={case.subject.account.pk for case in cases if case.subject.account is not None},
            cells={case.cell for case in cases},
            changing={case.current.pk for case in cases if case.current is not None},
            at=at,
            before=_before(cases),
            uncounted=uncounted,
            scored_by={model for case in cases if (model := scored.model_of(case.suggestion))},
        )
        self.version, self.policy = in_force(found.policy)
        self.holds, self.precedents = found.holds, found.precedents
        self._tickets, self._pauses, self._outcomes = found.tickets, found.pauses, found.outcomes
        self._ran_today, self._granted = found.ran_today, _granted(found.grants, found.demoted)
        self._rivals, self._disputed = found.rivals, found.disputed
        self._contracts, self.proven = found.contracts, found.proven
        # One query more where messages name templates.
        self.standing = standing.holding(standing_facts.templates_of(cases), at)
        self._limits: dict[LimitsKey, Limits] = {}
        _learn_names(cases)

    def limits(self, case: Proposed, groups: Sequence[str]) -> Limits:
        """What the policy says about this kind of suggestion."""
        workflow, action = case.suggestion.workflow_version.workflow.name, case.suggestion.action
        key = (workflow, action, case.subject.segment, tuple(groups))
        if key not in self._limits:
            self._limits[key] = self.policy.limits(
                workflow=workflow, action=action, segment=case.subject.segment, groups=groups
            )
        return self._limits[key]

    def contract(self, case: Proposed) -> WorkflowContract | None:
        """The contract in force of the workflow that proposes; None where nobody wrote one."""
        return self._contracts.get(case.suggestion.workflow_version.workflow_id)

    def tickets(self, account_id: UUID | None, contact_id: UUID | None) -> list[OpenTicket]:
        """Open tickets of the account or the contact, escalated ones first."""
        return self._tickets[account_id, contact_id]

    def pauses(self, *, workflow: str, agent: str, action: str) -> list[PauseSwitch]:
        """The kill switches that stop this."""
        return surroundings.pauses_on(self._pauses, workflow=workflow, agent=agent, action=action)

    def outcomes(self, cell: Cell, groups: Sequence[str]) -> int:
        """People's decisions on suggestions of this cell, of the field group that has the fewest."""
        counted = self._outcomes.get(cell)
        return min((counted.get(group, 0) for group in groups), default=0) if counted is not None else 0

    def has_room(self, cell: Cell, groups: Sequence[str]) -> bool:
        """Whether one more may run by itself since midnight UTC, by the field group of which the most did."""
        counted = self._ran_today.get(cell, {})
        return self.policy.plan.has_room(max((counted.get(group, 0) for group in groups), default=0))

    def runs(self, case: Proposed) -> None:
        """This one will run by itself too: the next one taken in with it finds so much less room."""
        counted = self._ran_today.setdefault(case.cell, {})
        for group in {item.group for item in case.items}:
            counted[group] = counted.get(group, 0) + 1

    def granted(self, cell: Cell, groups: Sequence[str]) -> Level | None:
        """The lowest valid grant over the groups; None when one of them has none. Its own segment goes before any."""
        found = [self._granted(cell, group) for group in groups]
        return lowest(level for level in found if level) if found and all(found) else None

    def rivals(self, case: Proposed) -> list[Rival]:
        """What other queued suggestions want for the same fields of the same record, oldest first."""
        fields = {item.field for item in case.items}
        return [
            rival
            for rival in self._rivals.get(case.current.pk, ())
            if rival.field in fields and rival.suggestion_id != case.suggestion.pk
        ]

    def disputed(self, case: Proposed) -> list[Disputed]:
        """Both sides of the open conflicts between an import and us about these fields of the record."""
        fields = {item.field for item in case.items}
        return [one for one in self._disputed.get(case.current.pk, ()) if one.field in fields]


def around(case: Proposed) -> Around:
    """Account and contact that the suggestion is about."""
    account, contact = case.subject.account, case.subject.contact
    return (account.pk if account else None, contact.pk if contact else None)


def _places(case: Proposed) -> Iterator[Around]:
    """Where its tickets are looked for; the account by itself where a fact counts those."""
    place = account, _ = around(case)
    yield place
    if relied.counts_tickets(case.suggestion, case.subject):
        yield account, None


def _before(cases: Sequence[Proposed]) -> Asked:
    """Whose past is looked up."""
    return Asked(
        places=list({around(case) for case in cases}),
        changing={case.remembered.pk for case in cases if case.remembered is not None},
        opportunities={key for case in cases if (key := deal_of(case)) is not None},
        causes={cause for case in cases for cause in case.suggestion.chain},
        agents={
            case.suggestion.agent_id for case in cases if case.ahead is not None and case.suggestion.agent_id
        },
    )


def deal_of(case: Proposed) -> UUID | None:
    """The opportunity it is about."""
    return case.subject.opportunity.pk if case.subject.opportunity is not None else None


def in_force(version: PolicyVersion | None) -> tuple[PolicyVersion, Policy]:
    """The version and its document. Raises NoPolicy."""
    if version is None:
        raise NoPolicy
    return version, Policy.from_json(version.document, version=version.number)


def _granted(
    rows: Iterable[Grant], demoted: Mapping[tuple[Cell, str], datetime]
) -> Callable[[Cell, str], Level | None]:
    """Cell and group -> level of the signed grant: one earned by the very cell, else by hand, of any segment last.

    A demotion ends what was signed before it, in its cell alone.
    """
    signed: dict[tuple[Cell, str, bool], Grant] = {
        (
            Cell(row.agent_id, row.workflow_version_id, row.action, row.segment),
            row.field_group,
            row.cell_id is not None,
        ): row
        for row in rows
        if grants.is_valid(row)
    }

    def level(cell: Cell, group: str) -> Level | None:
        any_segment = replace(cell, segment="")
        closest = ((cell, group, True), (cell, group, False), (any_segment, group, False))
        ended = demoted.get((cell, group))
        for key in closest:
            row = signed.get(key)
            if row is not None and (ended is None or row.granted_at > ended):
                return Level(row.level)
        return None

    return level


def _learn_names(cases: Iterable[Proposed]) -> None:
    """What the items refer to and the proposers may see; one query per proposer and kind of thing."""
    asked: dict[Sight, dict[tuple[str, str], list[tuple[Any, Any]]]] = {}
    for case in cases:
        for item in case.items:
            if subjects.is_reference(case.writes, item.field):
                pairs = asked.setdefault(case.sight, {}).setdefault((case.writes, item.field), [])
                pairs += [(item.proposed, None), (case.holds(item.field), None)]
    for sight, fields in asked.items():
        sight.learn_names(fields)
