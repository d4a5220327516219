"""How a person stands to a suggestion, and whether they may decide it (DESIGN §4, INVARIANTS D3)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from approvals.models import QueueMembership, Suggestion
from approvals.selectors.together import Rows, together
from crmgov.kernel.refusals import NotAllowed, Refused
from crmgov.people import policy
from crmgov.people.models import Delegation, Membership, Role, User
from crmgov.people.policy import Act, Standing
from crmgov.records import registry
from crmgov.records.models import Account

Asked = dict[str, QuerySet[Any, Any]]
# Suggestion -> who else could decide it; None where nobody could.
Others = Mapping[UUID, User | None]
# Where nobody else may decide, the proposer's side may after so long on screen (DESIGN §4).
SOLE_APPROVER_WAITS = timedelta(hours=24)


class NotYours(NotAllowed):
    """This is decided by somebody else: a member of its queue, the account's owner, or an admin."""


class OwnProposal(NotAllowed):
    """Nobody decides what they, or their agent, proposed. Somebody else may."""


class AgentOff(Refused):
    """The agent that proposed this is switched off, so nothing of it is executed. Reject it, or enter it yourself."""


def of(user: User, suggestion: Suggestion, at: datetime) -> Standing:
    """Return how `user`, and whoever they stand in for at `at`, stands to the suggestion. One query at most."""
    return told(user, suggestion, together(**asked(user, [suggestion], at)))


def asked(user: User, suggestions: Collection[Suggestion], at: datetime) -> Asked:
    """What `of` rests on for these, to be asked together with something else; `told` reads the answers for one."""
    return {} if policy.sees_everything(user) else _asked({user.pk}, suggestions, at)


def told(user: User, suggestion: Suggestion, found: Mapping[str, Rows]) -> Standing:
    """How the person stands to it, by these answers. Who sees everything decides by their role, wherever they stand."""
    if policy.sees_everything(user):
        return Standing(in_team=True, proposed_it=suggestion.proposed_by_id == user.pk)
    return _told({user.pk}, suggestion, found)[user.pk]


def sees(user: User, suggestion: Suggestion, standing: Standing | None = None) -> bool:
    """Asked of the record's team too: one that has just moved is another team's already.

    Here and below, `standing` is what `of` said in this request, in a decision under the lock; else it is asked.
    """
    if policy.may(user, Act.SEE):
        return True
    if standing is not None:
        return policy.may(user, Act.SEE, standing)
    found = together(**_teams_of({user.pk}, [suggestion]))
    return policy.may(user, Act.SEE, Standing(in_team=user.pk in _in_team({user.pk}, suggestion, found)))


def require_may_approve(
    user: User,
    suggestion: Suggestion,
    at: datetime,
    standing: Standing | None = None,
    others: Others | None = None,
) -> bool:
    """Return whether this person approves as the sole possible approver. Raises NotYours, OwnProposal.

    `others` is what `other_approvers` said of it; else it is asked.
    """
    standing = standing or of(user, suggestion, at)
    _require(policy.may(user, Act.DECIDE, _as_if_a_stranger(standing)))
    return require_not_own_side(user, suggestion, at, others)


def require_not_own_side(
    user: User, suggestion: Suggestion, at: datetime, others: Others | None = None
) -> bool:
    """Return whether the proposer's side confirms alone, which only the sole possible approver may, after a day."""
    if user.pk not in _side_of(suggestion):
        return False
    other = (other_approvers(user, [suggestion], at) if others is None else others)[suggestion.pk]
    if other is not None:
        raise OwnProposal(f"You or your agent proposed this, so somebody else decides: {other} may.")
    ripe = suggestion.made_at + SOLE_APPROVER_WAITS
    if at < ripe:
        raise OwnProposal(
            "You or your agent proposed this and nobody else may decide it: "
            f"it stays on screen a day, and you may confirm it from {ripe:%d %b %H:%M} UTC."
        )
    return True


def require_may_reject(
    user: User, suggestion: Suggestion, at: datetime, standing: Standing | None = None
) -> None:
    """Turning down what one's own agent proposed only tightens; one's own proposal is withdrawn instead."""
    standing = standing or of(user, suggestion, at)
    if standing.proposed_it:
        raise OwnProposal("You proposed this: somebody else decides it.")
    _require(policy.may(user, Act.DECIDE, standing))


def may_reject(user: User, suggestion: Suggestion, at: datetime) -> bool:
    """Whether `require_may_reject` would let this person pass."""
    standing = of(user, suggestion, at)
    return not standing.proposed_it and policy.may(user, Act.DECIDE, standing)


def agent_off(suggestion: Suggestion) -> str:
    """Why nothing of its agent is executed any more; empty while the agent is on."""
    agent = suggestion.agent
    if agent is None or agent.deactivated_at is None:
        return ""
    return (
        f"The agent {agent.name} is switched off, so nothing it proposed is executed. "
        "Reject this, or enter the change yourself."
    )


def require_agent_on(suggestion: Suggestion) -> None:
    """Raises AgentOff: an approval that could only be canceled is not taken."""
    if off := agent_off(suggestion):
        raise AgentOff(off)


def stands_for(people: Iterable[int], at: datetime) -> dict[int, set[int]]:
    """Person -> themselves and whoever they stand in for at `at`."""
    found = set(people)
    return _with_absent(found, together(absent=_absent(found, at))["absent"])


def still_may(user: User, suggestion: Suggestion, at: datetime, *, sole: bool) -> bool:
    """The same question at execution (D4): has the decider kept the right they decided with?"""
    standing = of(user, suggestion, at)
    return policy.may(user, Act.DECIDE, _as_if_a_stranger(standing) if sole else standing)


def _require(allowed: bool) -> None:
    if not allowed:
        raise NotYours


def _as_if_a_stranger(standing: Standing) -> Standing:
    return Standing(in_team=standing.in_team, in_queue=standing.in_queue, owns_account=standing.owns_account)


def other_approvers(user: User, suggestions: Collection[Suggestion], at: datetime) -> Others:
    """Of those that this person or their agent proposed: somebody present who could decide it and did neither.

    Members of its queue first, then the owner of its account. Two queries, none where they proposed none of them.
    """
    own = [one for one in suggestions if user.pk in _side_of(one)]
    if not own:
        return {}
    able = _who_might(user, own)
    found = together(**_asked({one.pk for one in able}, own, at))
    return {one.pk: _other_approver(able, one, found) for one in own}


def _who_might(user: User, suggestions: Collection[Suggestion]) -> list[User]:
    """Everybody else in one of their queues, who owns one of their accounts, or is an admin; by name."""
    members = QueueMembership.objects.filter(queue__in=_known(suggestions, "queue_id"), user=OuterRef("pk"))
    owned = Account.objects.filter(pk__in=_known(suggestions, "account_id"), owner=OuterRef("pk"))
    people = User.objects.filter(is_active=True).exclude(pk=user.pk)
    might = people.filter(Exists(members) | Exists(owned) | Q(role=Role.ADMIN))
    return _able_to_log_in(might.order_by("name", "pk"))


def _other_approver(able: list[User], suggestion: Suggestion, found: Mapping[str, Rows]) -> User | None:
    members, owners = _members_of(suggestion, found), _owners_of(suggestion, found)
    nearest = sorted(able, key=lambda one: (one.pk not in members, one.pk not in owners))
    might = [one for one in nearest if one.pk in members | owners or one.role == Role.ADMIN]
    standings, side = _told({one.pk for one in might}, suggestion, found), _side_of(suggestion)
    can = (one for one in might if one.pk not in side and policy.may(one, Act.DECIDE, standings[one.pk]))
    return next(can, None)


def _asked(people: Collection[int], suggestions: Collection[Suggestion], at: datetime) -> Asked:
    accounts = Account.objects.filter(pk__in=_known(suggestions, "account_id"))
    return {
        **_teams_of(people, suggestions),
        "absent": _absent(people, at),
        "in_queue": _in_queue(people, suggestions, at),
        "owner": accounts.values("id", "owner_id"),
    }


def _told(people: Collection[int], suggestion: Suggestion, found: Mapping[str, Rows]) -> dict[int, Standing]:
    in_team = _in_team(people, suggestion, found)
    in_queue, owners = _members_of(suggestion, found), _owners_of(suggestion, found)
    return {
        user: Standing(
            in_team=user in in_team,
            in_queue=not in_queue.isdisjoint(counted),
            owns_account=not owners.isdisjoint(counted),
            proposed_it=suggestion.proposed_by_id == user,
        )
        for user, counted in _with_absent(people, found["absent"]).items()
    }


def _able_to_log_in(people: Iterable[User]) -> list[User]:
    """Sales people brought in by an import have no password and decide nothing."""
    return [person for person in people if person.has_usable_password()]


def _absent(people: Collection[int], at: datetime) -> QuerySet[Any, Any]:
    """Whom they stand in for at `at`."""
    running = Delegation.objects.filter(
        delegate__in=people, starts_at__lte=at, ends_at__gt=at, user__is_active=True
    )
    return running.values("delegate_id", "user_id")


def _with_absent(people: Collection[int], absent: Rows) -> dict[int, set[int]]:
    found = {person: {person} for person in people}
    for row in absent:
        if row["delegate_id"] in found:
            found[row["delegate_id"]].add(row["user_id"])
    return found


def _teams_of(people: Collection[int], suggestions: Collection[Suggestion]) -> Asked:
    """The teams their records are in now, and which of the people are in those or in the suggestions'."""
    ids: defaultdict[str, set[UUID]] = defaultdict(set)
    for one in suggestions:
        if one.record_id is not None:
            ids[one.record_type].add(one.record_id)
    records = {
        kind: registry.model_of(kind)._default_manager.filter(pk__in=keys) for kind, keys in ids.items()
    }
    theirs = Q(team__in=_known(suggestions, "team_id"))
    for rows in records.values():
        theirs |= Q(team__in=rows.values("team"))
    members = Membership.objects.filter(theirs, user__in=people)
    return {
        "members": members.values("user_id", "team_id"),
        **{_teams_now(kind): rows.values("id", "team_id") for kind, rows in records.items()},
    }


def _teams_now(record_type: str) -> str:
    """The question after the teams of records of a type."""
    return f"{record_type}_in_team"


def _in_team(people: Iterable[int], suggestion: Suggestion, found: Mapping[str, Rows]) -> set[int]:
    """Who of them is in all of its teams; shared things (no team) are everybody's."""
    teams = {suggestion.team_id}
    if suggestion.record_id is not None:
        now = _about(suggestion.record_id, found[_teams_now(suggestion.record_type)])
        teams |= {row["team_id"] for row in now}
    members = {(row["user_id"], row["team_id"]) for row in found["members"]}
    return {user for user in people if all((user, team) in members for team in teams - {None})}


def _in_queue(
    people: Collection[int], suggestions: Collection[Suggestion], at: datetime
) -> QuerySet[Any, Any]:
    """Who of them, or of those they stand in for, is in which of their queues."""
    absent = _absent(people, at).values("user_id")
    rows = QueueMembership.objects.filter(
        Q(user__in=people) | Q(user__in=absent), queue__in=_known(suggestions, "queue_id")
    )
    return rows.values("user_id", "queue_id")


def _members_of(suggestion: Suggestion, found: Mapping[str, Rows]) -> set[int]:
    return {row["user_id"] for row in found["in_queue"] if row["queue_id"] == suggestion.queue_id}


def _owners_of(suggestion: Suggestion, found: Mapping[str, Rows]) -> set[int]:
    return {row["owner_id"] for row in _about(suggestion.account_id, found["owner"])}


def _about(key: UUID | None, rows: Rows) -> Rows:
    """The rows of a record; ids are texts there."""
    return [row for row in rows if row["id"] == str(key)]


def _known(suggestions: Iterable[Suggestion], column: str) -> set[Any]:
    return {getattr(one, column) for one in suggestions} - {None}


def _side_of(suggestion: Suggestion) -> set[int | None]:
    """Who proposed it, or owns the agent that did."""
    return {suggestion.proposed_by_id, suggestion.agent.owner_id if suggestion.agent is not None else None}
