"""Judging what the gate saw once more under another policy: nothing else of what it saw changes."""

from dataclasses import dataclass, replace
from functools import lru_cache

from approvals.rules.facts import Facts, Stake
from approvals.rules.gate import judge
from approvals.rules.policy import Limits, Policy
from approvals.rules.vocabulary import ActorKind, Level, Outcome

# Loosest first. What is only compared is stricter than what a person may still accept.
ORDER = (Outcome.APPROVED, Outcome.QUEUED, Outcome.SHADOWED, Outcome.BLOCKED)
# So many kinds of suggestions meet in one replay that their limits are worth keeping.
CELLS = 2_048


@dataclass(frozen=True, slots=True)
class Moved:
    """One verdict under two policies; `rules` are those that only one of the two raises, sorted."""

    was: Outcome
    becomes: Outcome
    rules: tuple[str, ...]

    @property
    def stricter(self) -> bool:
        return is_stricter(self.was, self.becomes)


def is_stricter(was: Outcome, becomes: Outcome) -> bool:
    """Whether the second lets less happen than the first."""
    return ORDER.index(becomes) > ORDER.index(was)


class Replay:
    """Two policies, compared on facts that were stored when the gate judged."""

    def __init__(self, *, in_force: Policy, draft: Policy) -> None:
        self._in_force, self._draft = in_force, draft
        self._ground = lru_cache(maxsize=CELLS)(_ground)

    def moved(self, facts: Facts) -> Moved | None:
        """What publishing the draft would change about it; None where the verdict stays."""
        now, then = self._under(facts, self._in_force), self._under(facts, self._draft)
        if now == then:
            return None
        before, after = judge(now), judge(then)
        if before.outcome is after.outcome:
            return None
        rules = tuple(sorted(set(before.rules) ^ set(after.rules)))
        return Moved(before.outcome, after.outcome, rules)

    def _under(self, facts: Facts, policy: Policy) -> Facts:
        proposer, groups = facts.proposer, tuple(sorted({item.group for item in facts.items}))
        agent = proposer.label if proposer.kind is ActorKind.AGENT else ""
        # As facts are gathered: an account without a segment, and no account, have none.
        segment = facts.account.segment if facts.account and facts.account.segment != "none" else ""
        limits, level = self._ground(
            policy, proposer.workflow, agent, proposer.workflow_version, facts.action, segment, groups
        )
        return replace(
            facts,
            # Both sides carry the same number, so that only what a rule reads tells them apart.
            limits=replace(limits, policy_version=0),
            levels=replace(facts.levels, policy=level),
            stakes=tuple(_in(stake, facts.limits, policy) for stake in facts.stakes),
        )


def _ground(
    policy: Policy,
    workflow: str,
    agent: str,
    version: str,
    action: str,
    segment: str,
    groups: tuple[str, ...],
) -> tuple[Limits, Level]:
    limits = policy.limits(workflow=workflow, action=action, segment=segment, groups=groups)
    return limits, policy.level_of(workflow=workflow, agent=agent, version=version)


def _in(stake: Stake, read_under: Limits, policy: Policy) -> Stake:
    """An amount that was converted for another reporting currency is not known in this one."""
    if read_under.reporting_currency == policy.reporting_currency:
        return stake
    return replace(stake, in_reporting=None)
