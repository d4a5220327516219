"""Rights and holds, asked again when an approved change is about to be written (INVARIANTS D4).

Everything a batch needs is fetched in a handful of queries, whatever its size.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Max

from approvals.models import Agent, CellStanding, Decision, Execution, Grant, QueueMembership, Suggestion
from approvals.rules.vocabulary import Verdict
from approvals.selectors import homes, proofs, surroundings
from crmgov.people import policy
from crmgov.people.models import Membership
from crmgov.people.policy import Act, Standing
from crmgov.records.models import Account, Hold
from crmgov.records.selectors import holds

from . import gate, reach, scored, standing
from .recording import items_of

# No user has this key.
NOBODY = 0
UNPROVEN = "uncalibrated_segment"


class Rights:
    """What was true when it was decided and must still be true."""

    def __init__(self, executions: Sequence[Execution], at: datetime) -> None:
        self.at = at
        people = {e.decision.person_id for e in executions if e.decision.person_id is not None}
        accounts = {e.suggestion.account_id for e in executions if e.suggestion.account_id is not None}
        self.stands_for = standing.stands_for(people, at)
        everybody = set().union(*self.stands_for.values()) if self.stands_for else set()
        self.teams = _pairs(Membership.objects.filter(user__in=people).values_list("user_id", "team_id"))
        self.queues = _pairs(
            QueueMembership.objects.filter(user__in=everybody).values_list("user_id", "queue_id")
        )
        self.homes = homes.teams_now([e.suggestion for e in executions])
        alone = {e.suggestion.agent_id for e in executions if e.decision.person_id is None} - {None}
        self.agent_teams = _pairs(
            Agent.teams.through.objects.filter(agent__in=alone).values_list("agent_id", "team_id")
        )
        self.owners = dict(Account.objects.filter(pk__in=accounts).values_list("pk", "owner_id"))
        self.holds = _holds(accounts, at)
        self.policy_id = gate.current_policy()[0].pk
        self.revoked = _last_revoked(executions)
        self.contracts = _contracts(executions)
        models = {model for e in executions if (model := scored.model_of(e.suggestion))}
        self.proven = proofs.of(models)

    def why_not(self, execution: Execution) -> str:
        """Return the sentence that stops this execution; empty when nothing does."""
        suggestion, decision = execution.suggestion, execution.decision
        agent = suggestion.agent
        if agent is not None and agent.deactivated_at is not None:
            return f"The agent {agent.name} was deactivated after this was decided."
        if decision.person is None:
            return (
                self._out_of_sight(suggestion)
                or self._not_proven(suggestion, since=None)
                or self._policy_stops(suggestion, decision)
                or self._hold_stops(suggestion, since=None)
            )
        if not decision.person.is_active:
            return f"{decision.decider_label} is no longer active here."
        if not policy.may(decision.person, Act.DECIDE, self._standing(suggestion, decision)):
            return f"{decision.decider_label} may no longer decide this."
        if reach.moved(suggestion, decision) and not policy.may(decision.person, Act.ADMINISTER):
            return f"{decision.decider_label} is no admin any more, and an admin decides which team sees a record."
        return self._not_proven(suggestion, since=decision.decided_at) or self._hold_stops(
            suggestion, since=decision.decided_at
        )

    def _standing(self, suggestion: Suggestion, decision: Decision) -> Standing:
        person = decision.person_id
        assert person is not None  # noqa: S101 (asked of people's decisions only)
        counted = self.stands_for[person]
        return Standing(
            in_team=self.homes[suggestion.pk] <= self.teams[person],
            in_queue=any(suggestion.queue_id in self.queues[user] for user in counted),
            owns_account=self._account_owner(suggestion) in counted,
            proposed_it=suggestion.proposed_by_id == person and not decision.sole_admin,
        )

    def _account_owner(self, suggestion: Suggestion) -> int:
        owner = self.owners.get(suggestion.account_id) if suggestion.account_id else None
        return owner or NOBODY

    def _hold_stops(self, suggestion: Suggestion, *, since: datetime | None) -> str:
        """A hold that was there when a person decided was part of what they saw; a later one was not."""
        for hold in self.holds.get(suggestion.account_id, ()):
            if since is None or hold.placed_at > since:
                return f"{hold.placed_by} holds this account until {hold.until}: {hold.reason}"[:500]
        return ""

    def _not_proven(self, suggestion: Suggestion, *, since: datetime | None) -> str:
        """A score whose model stood down meanwhile. What a person saw unproven and decided all the same is theirs."""
        score = scored.standing_of(suggestion, suggestion.segment, self.proven)
        if score is None or score.calibrated or (since is not None and UNPROVEN in suggestion.rules):
            return ""
        return f"It is of {score.model}, which stands down in this segment since: {score.why}"[:500]

    def _out_of_sight(self, suggestion: Suggestion) -> str:
        if self.homes[suggestion.pk] <= self.agent_teams[suggestion.agent_id or NOBODY]:
            return ""
        return f"The record went to a team that {suggestion.agent} does not see."

    def _policy_stops(self, suggestion: Suggestion, decision: Decision) -> str:
        """Ask the gate again where policy or contract moved on, or a grant of the agent was revoked since."""
        revoked = self.revoked.get(suggestion.agent_id)
        same_words = (
            decision.policy_version_id == self.policy_id
            and self.contracts.get(suggestion.workflow_version.workflow_id) == suggestion.contract_id
        )
        if same_words and (revoked is None or revoked < decision.decided_at):
            return ""
        now = gate.look(suggestion, items_of(suggestion), self.at)
        if now.reading.verdict is Verdict.EXECUTE and now.reading.level.runs_alone:
            return ""
        found = now.reading.findings
        why = found[0].sentence if found else f"The level is {now.reading.level} now."
        return f"{now.version} no longer lets this run by itself: {why}"[:500]


def _pairs(rows: Iterable[tuple[int, int]]) -> defaultdict[int, set[int]]:
    found: defaultdict[int, set[int]] = defaultdict(set)
    for key, value in rows:
        found[key].add(value)
    return found


def _holds(accounts: Iterable[UUID], at: datetime) -> dict[UUID | None, list[Hold]]:
    found: defaultdict[UUID | None, list[Hold]] = defaultdict(list)
    for hold in holds.running_on(accounts, at=at):
        found[hold.account_id].append(hold)
    return dict(found)


def _contracts(executions: Sequence[Execution]) -> dict[int, int]:
    """Workflow -> its contract in force."""
    alone = {e.suggestion.workflow_version_id for e in executions if e.decision.person_id is None}
    return {row.workflow_id: row.pk for row in surroundings.contracts_in_force(alone)} if alone else {}


def _last_revoked(executions: Sequence[Execution]) -> dict[int | None, datetime]:
    """Agent -> when a grant of theirs was last revoked, or a cell of theirs demoted."""
    agents = {e.suggestion.agent_id for e in executions if e.decision.person_id is None}
    revoked = Grant.objects.filter(agent__in=agents - {None}, revoked_at__isnull=False)
    demoted = CellStanding.objects.filter(cell__agent__in=agents - {None}, demoted_at__isnull=False)
    found: dict[int | None, datetime] = {}
    for agent, ended in [
        *revoked.order_by()
        .values("agent_id")
        .annotate(last=Max("revoked_at"))
        .values_list("agent_id", "last"),
        *demoted.order_by()
        .values("cell__agent")
        .annotate(last=Max("demoted_at"))
        .values_list("cell__agent", "last"),
    ]:
        found[agent] = max(ended, found.get(agent, ended))
    return found
