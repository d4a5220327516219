"""How a person stands to a suggestion, and whether they may decide it (DESIGN §4, INVARIANTS D3)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

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
    return told(user, suggestion, together(**asked(user, suggestion, at)))


def asked(user: User, suggestion: Suggestion, at: datetime) -> Asked:
    """What `of` rests on, to be asked together with something else; `told` reads the answers."""
    return {} if policy.sees_everything(user) else _asked({user.pk}, suggestion, at)


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
    found = together(**_teams_of({user.pk}, suggestion))
    return policy.may(user, Act.SEE, Standing(in_team=user.pk in _in_team({user.pk}, suggestion, found)))


def require_may_approve(
    user: User, suggestion: Suggestion, at: datetime, standing: Standing | None = None
) -> bool:
    """Return whether this person approves as the sole possible approver. Raises NotYours, OwnProposal."""
    standing = standing or of(user, suggestion, at)
    _require(policy.may(user, Act.DECIDE, _as_if_a_stranger(standing)))
    return require_not_own_side(user, suggestion, at)


def require_not_own_side(user: User, suggestion: Suggestion, at: datetime) -> bool:
    """Return whether the proposer's side confirms alone, which only the sole possible approver may, after a day."""
    if user.pk not in (suggestion.proposed_by_id, _agent_owner(suggestion)):
        return False
    other = _another_approver(user, suggestion, at)
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


def _another_approver(user: User, suggestion: Suggestion, at: datetime) -> User | None:
    """Somebody present who could decide this and neither proposed it nor owns the agent."""
    own_side = {user.pk} | {p for p in (suggestion.proposed_by_id, _agent_owner(suggestion)) if p is not None}
    members = QueueMembership.objects.filter(queue=suggestion.queue_id, user=OuterRef("pk"))
    owned = Account.objects.filter(Q(pk=suggestion.account_id), owner=OuterRef("pk"))
    people = User.objects.filter(is_active=True).exclude(pk__in=own_side)
    people = people.alias(member=Exists(members), owns=Exists(owned))
    might = people.filter(Q(member=True) | Q(owns=True) | Q(role=Role.ADMIN))
    able = _able_to_log_in(might.order_by("-member", "-owns", "name", "pk"))
    standings = _of_each(able, suggestion, at)
    return next((one for one in able if policy.may(one, Act.DECIDE, standings[one.pk])), None)


def _of_each(users: Iterable[User], suggestion: Suggestion, at: datetime) -> dict[int, Standing]:
    """How each stands to it; one query whatever their number."""
    people = {user.pk for user in users}
    return _told(people, suggestion, together(**_asked(people, suggestion, at)))


def _asked(people: Collection[int], suggestion: Suggestion, at: datetime) -> Asked:
    return {
        **_teams_of(people, suggestion),
        "absent": _absent(people, at),
        "in_queue": _in_queue(people, suggestion, at),
        "owner": Account.objects.filter(Q(pk=suggestion.account_id)).values("owner_id"),
    }


def _told(people: Collection[int], suggestion: Suggestion, found: Mapping[str, Rows]) -> dict[int, Standing]:
    in_team = _in_team(people, suggestion, found)
    in_queue = {row["user_id"] for row in found["in_queue"]}
    owners = {row["owner_id"] for row in found["owner"]}
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


def _with_absent(people: Iterable[int], absent: Rows) -> dict[int, set[int]]:
    found = {person: {person} for person in people}
    for row in absent:
        found[row["delegate_id"]].add(row["user_id"])
    return found


def _teams_of(people: Collection[int], suggestion: Suggestion) -> Asked:
    """The team its record is in now, and which of them are in that or in the suggestion's."""
    records = registry.model_of(suggestion.record_type)._default_manager.filter(Q(pk=suggestion.record_id))
    members = Membership.objects.filter(
        Q(team=suggestion.team_id) | Q(team__in=records.values("team")), user__in=people
    )
    return {"in_team_of": records.values("team_id"), "members": members.values("user_id", "team_id")}


def _in_team(people: Iterable[int], suggestion: Suggestion, found: Mapping[str, Rows]) -> set[int]:
    """Who of them is in all of its teams; shared things (no team) are everybody's."""
    teams = {suggestion.team_id, *(row["team_id"] for row in found["in_team_of"])} - {None}
    members = {(row["user_id"], row["team_id"]) for row in found["members"]}
    return {user for user in people if all((user, team) in members for team in teams)}


def _in_queue(people: Collection[int], suggestion: Suggestion, at: datetime) -> QuerySet[Any, Any]:
    """Who of them, or of those they stand in for, is in its queue."""
    absent = _absent(people, at).values("user_id")
    rows = QueueMembership.objects.filter(Q(user__in=people) | Q(user__in=absent), queue=suggestion.queue_id)
    return rows.values("user_id")


def _agent_owner(suggestion: Suggestion) -> int | None:
    return suggestion.agent.owner_id if suggestion.agent is not None else None
