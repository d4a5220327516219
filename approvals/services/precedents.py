"""What happened before, as the rules look at it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypedDict

from approvals.actions.add_tag import TAGS
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
    past, current, remembered = ground.precedents, proposed.current, proposed.remembered
    key = remembered.pk if remembered is not None else None
    rejected = past.rejected.get(key, ()) if key else ()
    undone, untagged = (some.get(key, ()) if key else () for some in (past.undone, past.untagged))
    return Past(
        troubles=tuple(
            rules.Trouble(str(one.id), one.subject, one.days, one.escalated)
            for one in past.troubles.get(around(proposed), ())
        ),
        rejected=(*_before(proposed, rejected), *_tagged_before(proposed, rejected)),
        undone=(*_before(proposed, undone), *_tagged_before(proposed, untagged)),
        doubles=past.doubles.get(current.pk, 0) if current is not None else 0,
        deal=_deal(proposed, ground),
        pace=_pace(proposed, ground),
        causes=len(proposed.suggestion.chain),
        ancestor=_ancestor(proposed, past),
    )


def _before(proposed: Proposed, rows: Iterable[selectors.Before]) -> tuple[rules.Before, ...]:
    """Those that held what it would write."""
    asked = {item.field: item.proposed for item in proposed.items}
    others = _of_others(proposed, rows)
    return tuple(
        _told(one, one.value) for one in others if one.field in asked and same(one.value, asked[one.field])
    )


def _tagged_before(proposed: Proposed, rows: Iterable[selectors.Before]) -> tuple[rules.Before, ...]:
    """Those that held some of the tags it would put on the record, whatever else they held."""
    wanted = _new_tags(proposed)
    found = ((one, wanted & _texts(one.value)) for one in _of_others(proposed, rows) if one.field == TAGS)
    return tuple(_told(one, sorted(shared)) for one, shared in found if shared)


def _of_others(proposed: Proposed, rows: Iterable[selectors.Before]) -> Iterable[selectors.Before]:
    """Never what it is itself or puts again: what it puts again was asked by people themselves."""
    own = {proposed.suggestion.pk, proposed.suggestion.supersedes_id}
    return (one for one in rows if one.suggestion_id is None or one.suggestion_id not in own)


def _new_tags(proposed: Proposed) -> set[str]:
    record = proposed.remembered
    if record is None:
        return set()
    asked = (_texts(item.proposed) for item in proposed.items if item.field == TAGS)
    return set().union(*asked).difference(record.tags)


def _texts(value: Any) -> set[str]:
    """A value that came from outside may be anything."""
    return {one for one in value if isinstance(one, str)} if isinstance(value, list) else set()


def _told(one: selectors.Before, value: Any) -> rules.Before:
    known = one.suggestion_id is not None
    ref = Ref("suggestion", str(one.suggestion_id), f"Suggestion {one.number}") if known else None
    return rules.Before(one.field, value, one.days, ref)


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
