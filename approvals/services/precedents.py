"""What happened before, as the rules look at it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypedDict

from approvals.rules import facts as rules
from approvals.rules.findings import Ref
from approvals.rules.staleness import same
from approvals.selectors import precedents as selectors

from .grounds import Ground, around, deal_of
from .proposed import Proposed


class Past(TypedDict):
    """The facts by their names."""

    troubles: tuple[rules.Trouble, ...]
    rejected: tuple[rules.Before, ...]
    undone: tuple[rules.Before, ...]
    doubles: int
    deal: rules.Deal | None
    pace: rules.Pace | None
    causes: int
    ancestor: Ref | None


def of(proposed: Proposed, ground: Ground) -> Past:
    """Of one suggestion; no query."""
    past, record = ground.precedents, proposed.current
    key = record.pk if record is not None else None
    return Past(
        troubles=tuple(
            rules.Trouble(str(one.id), one.subject, one.days, one.escalated)
            for one in past.troubles.get(around(proposed), ())
        ),
        # What it puts again was asked by people themselves.
        rejected=_before(proposed, past.rejected.get(key, ()) if key else ()),
        undone=_before(proposed, past.undone.get(key, ()) if key else ()),
        doubles=past.doubles.get(key, 0) if key else 0,
        deal=_deal(proposed, ground),
        pace=_pace(proposed, ground),
        causes=len(proposed.suggestion.chain),
        ancestor=_ancestor(proposed, past),
    )


def _before(proposed: Proposed, rows: Iterable[selectors.Before]) -> tuple[rules.Before, ...]:
    """Those that held what it would write; never of what it is itself or puts again."""
    asked = {item.field: item.proposed for item in proposed.items}
    own = {proposed.suggestion.pk, proposed.suggestion.supersedes_id}
    return tuple(
        rules.Before(
            one.field,
            one.value,
            one.days,
            Ref("suggestion", str(one.suggestion_id), f"Suggestion {one.number}")
            if one.suggestion_id
            else None,
        )
        for one in rows
        if one.field in asked
        and same(one.value, asked[one.field])
        and (one.suggestion_id is None or one.suggestion_id not in own)
    )


def _deal(proposed: Proposed, ground: Ground) -> rules.Deal | None:
    opportunity: Any = proposed.subject.opportunity
    if (key := deal_of(proposed)) is None:
        return None
    roles, formal = ground.precedents.roles.get(key, (0, ()))
    return rules.Deal(str(key), opportunity.name, roles, formal)


def _pace(proposed: Proposed, ground: Ground) -> rules.Pace | None:
    """Only where it is at its quota: the figures of a calm agent are no fact of the suggestion."""
    agent = proposed.suggestion.agent_id
    if agent is None or proposed.ahead is None:
        return None
    hour, day = (made + proposed.ahead for made in ground.precedents.pace.get(agent, (0, 0)))
    at_its_quota = hour >= ground.policy.quota_hour or day >= ground.policy.quota_day
    return rules.Pace(hour, day) if at_its_quota else None


def _ancestor(proposed: Proposed, past: selectors.Precedents) -> Ref | None:
    """A cause of the same workflow about the same record."""
    suggestion = proposed.suggestion
    for key in suggestion.chain:
        cause = past.causes.get(key)
        same_workflow = cause is not None and cause.workflow_id == suggestion.workflow_version.workflow_id
        if cause is not None and same_workflow and cause.record_id == suggestion.record_id is not None:
            return Ref("suggestion", str(key), f"suggestion {cause.number}")
    return None
