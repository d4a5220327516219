"""One step to more risk in a world: what each does must never take a finding away."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from approvals.rules.bands import Band
from approvals.rules.custom_rules import CustomRule, Mode
from approvals.rules.facts import (
    Account,
    Barrier,
    Before,
    Concern,
    Deal,
    Facts,
    Hold,
    InRun,
    Item,
    LevelFacts,
    Message,
    Pace,
    Pause,
    ReadTopic,
    Relied,
    Rival,
    ScoreStanding,
    Stake,
    Terms,
    Ticket,
    Trouble,
)
from approvals.rules.findings import Ref
from approvals.rules.policy import GroupBand, Limits
from approvals.rules.vocabulary import Level, PauseScope
from crmgov.kernel.money import Money
from crmgov.records.contracts import Overwrite, Permission

Riskier = Callable[[Facts], Facts]
T = Ref("ticket", "t", "T")


def _items(change: Callable[[Item], Item]) -> Riskier:
    return lambda facts: replace(facts, items=tuple(change(item) for item in facts.items))


def _account(change: Callable[[Account], Account]) -> Riskier:
    return lambda facts: replace(facts, account=change(facts.account or Account("a", "A")))


def _limits(change: Callable[[Limits], Limits]) -> Riskier:
    return lambda facts: replace(facts, limits=change(facts.limits))


def _levels(change: Callable[[LevelFacts], LevelFacts]) -> Riskier:
    return lambda facts: replace(facts, levels=change(facts.levels))


def _message(change: Callable[[Message], Message]) -> Riskier:
    return lambda facts: replace(facts, message=change(facts.message)) if facts.message else facts


def _one_down(level: Level) -> Level:
    return list(Level)[max(level.rank - 1, 0)]


def _less_sure(share: float | None) -> float | None:
    return None if share is None else share * 0.5


def _ten_times(stake: Stake) -> Stake:
    amount = abs(stake.worth.amount) * 10
    known = None if stake.in_reporting is None else abs(stake.in_reporting) * 10
    return replace(stake, worth=Money(amount, stake.worth.currency), in_reporting=known)


def _no_rate(stake: Stake) -> Stake:
    return replace(stake, in_reporting=None) if stake.worth.amount > 0 else stake


def _one_permission_down(item: Item) -> Item:
    order = list(Permission)
    return replace(item, permission=order[max(order.index(item.permission) - 1, 0)])


def _tighter_bands(limits: Limits) -> Limits:
    return replace(
        limits,
        bands=tuple(
            GroupBand(
                line.group,
                Band(
                    None if line.band.auto is None else min(line.band.auto + 0.1, 1.0),
                    min(line.band.floor + 0.1, 1.0),
                ),
            )
            for line in limits.bands
        ),
    )


ALWAYS = CustomRule("always", "true", "It always holds.", mode=Mode.ENFORCE)


def _each_rule(limits: Limits, **changes: Any) -> Limits:
    return replace(limits, custom_rules=tuple(replace(rule, **changes) for rule in limits.custom_rules))


def _before(facts: Facts) -> tuple[Before, ...]:
    return tuple(Before(item.field, item.proposed, 1) for item in facts.items)


RISKIER: dict[str, Riskier] = {
    "strategic": _account(lambda account: replace(account, strategic=True)),
    "regulated": _account(lambda account: replace(account, regulated=True)),
    "escalated": _account(lambda account: replace(account, escalated=True)),
    "a ticket": lambda facts: replace(facts, tickets=(*facts.tickets, Ticket("t", "T"))),
    "an escalated ticket": lambda facts: replace(facts, tickets=(*facts.tickets, Ticket("t", "T", "", True))),
    "a hold": lambda facts: replace(facts, hold=Hold("h", "2026-12-01", "Ann")),
    "a pause": lambda facts: replace(facts, pauses=(*facts.pauses, Pause(PauseScope.AGENT, "A"))),
    "archived": lambda facts: replace(facts, subject=replace(facts.subject, archived=True)),
    "gone": lambda facts: replace(facts, subject=replace(facts.subject, exists=False)),
    "less confident": lambda facts: replace(
        facts, proposer=replace(facts.proposer, confidence=_less_sure(facts.proposer.confidence))
    ),
    "items less confident": _items(lambda item: replace(item, confidence=_less_sure(item.confidence))),
    "fewer outcomes": lambda facts: replace(facts, proposer=replace(facts.proposer, outcomes=0)),
    "more value": lambda facts: replace(facts, stakes=tuple(map(_ten_times, facts.stakes))),
    "one more stake": lambda facts: replace(
        facts, stakes=(*facts.stakes, Stake("account", "a", "A", Money(Decimal(9), "CHF"), None))
    ),
    "no rate": lambda facts: replace(facts, stakes=tuple(map(_no_rate, facts.stakes))),
    "policy level": _levels(lambda levels: replace(levels, policy=_one_down(levels.policy))),
    "asked level": _levels(lambda levels: replace(levels, requested=_one_down(levels.requested))),
    "contract level": _levels(lambda levels: replace(levels, contract=_one_down(levels.contract))),
    "granted level": _levels(
        lambda levels: replace(levels, granted=_one_down(levels.granted) if levels.granted else None)
    ),
    "no room today": _levels(lambda levels: replace(levels, has_room=False)),
    "grant revoked": _levels(lambda levels: replace(levels, granted=None)),
    "protected": _items(lambda item: replace(item, protected=True)),
    "verified": _items(lambda item: replace(item, verified=True)),
    "locked": _items(lambda item: replace(item, locked=True)),
    "rule only": _items(lambda item: replace(item, rule_only=True, under_rule=False)),
    "invalid": _items(lambda item: replace(item, problem="No.")),
    "moved": _items(lambda item: replace(item, seen=["seen", item.current])),
    "over any value": _items(
        lambda item: (
            replace(item, overwrite=Overwrite.ANY_VALUE)
            if item.overwrite is not Overwrite.CONTRADICTS_OWNER_VIEW
            else item
        )
    ),
    "contradicts the owner": _items(lambda item: replace(item, contradicts_owner_view=True)),
    "not proven": lambda facts: replace(
        facts, score=ScoreStanding("churn risk 3", "mid", False, "12 outcomes.")
    ),
    "permission": _items(_one_permission_down),
    "contract floor": _items(lambda item: replace(item, floor=1.0)),
    "contract auto": _items(lambda item: replace(item, auto_from=1.0)),
    "a rival": lambda facts: replace(
        facts,
        rivals=(*facts.rivals, *(Rival(item.field, Ref("s", "1", "S"), "B", "x") for item in facts.items)),
    ),
    "a fact moved": lambda facts: replace(facts, relied=(*facts.relied, Relied("n", "N", 1, 2))),
    "a contract for nothing": lambda facts: replace(facts, terms=Terms(9)),
    "a narrower contract": lambda facts: replace(
        facts, terms=replace(facts.terms, actions=(), segments=("other",)) if facts.terms else None
    ),
    "one more exclusion": lambda facts: replace(
        facts,
        terms=replace(facts.terms, excluded=(*facts.terms.excluded, "relationship", "strategic"))
        if facts.terms
        else None,
    ),
    "the sample of a run": lambda facts: replace(facts, run=InRun("night", "sampling")),
    "a run that stopped": lambda facts: replace(facts, run=InRun("night", "stopped")),
    "limit": _limits(lambda limits: replace(limits, high_value=limits.high_value - 10_000)),
    "cap": _limits(lambda limits: replace(limits, confidence_cap=limits.confidence_cap / 2)),
    "outcomes needed": _limits(lambda limits: replace(limits, outcomes_needed=limits.outcomes_needed + 50)),
    "bands": _limits(_tighter_bands),
    "no bands automatic": _limits(
        lambda limits: replace(
            limits,
            bands=tuple(GroupBand(line.group, Band(None, line.band.floor)) for line in limits.bands),
        )
    ),
    "industries": _limits(
        lambda limits: replace(limits, regulated_industries=(*limits.regulated_industries, "Retail"))
    ),
    "segments": _limits(
        lambda limits: replace(
            limits, strategic_segments=(*limits.strategic_segments, "small", "mid", "enterprise")
        )
    ),
    "fields": _limits(
        lambda limits: replace(limits, protected_fields=(*limits.protected_fields, "account.domain"))
    ),
    "a partner": _account(lambda one: replace(one, relationships=(*one.relationships, "partner"))),
    "churned": _account(lambda account: replace(account, churned=True)),
    "a service issue": lambda facts: replace(facts, troubles=(*facts.troubles, Trouble("t", "T", 1))),
    "rejected before": lambda facts: replace(facts, rejected=(*facts.rejected, *_before(facts))),
    "put back before": lambda facts: replace(facts, undone=(*facts.undone, *_before(facts))),
    "one double more": lambda facts: replace(facts, doubles=facts.doubles + 1),
    "a lawyer": lambda facts: replace(
        facts, deal=Deal("o", "O", facts.deal.roles if facts.deal else 0, ("legal",))
    ),
    "many roles": lambda facts: replace(
        facts, deal=Deal("o", "O", 9, facts.deal.formal if facts.deal else ())
    ),
    "a faster agent": lambda facts: replace(facts, pace=Pace(100_000, 100_000)),
    "one cause more": lambda facts: replace(facts, causes=facts.causes + 1),
    "its own ancestor": lambda facts: replace(facts, ancestor=Ref("suggestion", "s", "suggestion 1")),
    "quotas": _limits(lambda limits: replace(limits, quota_hour=1, quota_day=1)),
    "rejections last": _limits(lambda limits: replace(limits, rejection_days=180)),
    "service issues last": _limits(lambda limits: replace(limits, service_issue_days=180)),
    "a custom rule": _limits(lambda limits: replace(limits, custom_rules=(*limits.custom_rules, ALWAYS))),
    "custom rules enforced": _limits(lambda limits: _each_rule(limits, mode=Mode.ENFORCE)),
    "a barrier": _message(lambda one: replace(one, barriers=(*one.barriers, Barrier("opted_out", "No.")))),
    "a concern": _message(
        lambda one: replace(one, concerns=(*one.concerns, Concern("unlisted_host", "Look.")))
    ),
    "a topic": _message(lambda one: replace(one, topics=(*one.topics, "complaint", "legal"))),
    "a topic a model read": _message(
        lambda one: replace(one, read_topics=(*one.read_topics, ReadTopic("complaint", T, 1, 50)))
    ),
    "a topic somebody named": _message(
        lambda one: replace(one, read_topics=(*one.read_topics, ReadTopic("legal", T, by="Sara")))
    ),
    "nothing stands": _message(lambda one: replace(one, standing=None)),
    "standing approvals off": _limits(lambda limits: replace(limits, standing_approvals=False)),
    "a customer": _message(lambda one: replace(one, customer=True)),
    "an open deal": _message(lambda one: replace(one, open_deal="Fleet roll-out")),
    "written to before": _message(lambda one: replace(one, before=Ref("suggestion", "s", "suggestion 1"))),
    "to a customer": lambda facts: replace(facts, message=facts.message or Message("onboarding")),
    "nothing proven": _limits(lambda limits: replace(limits, without_evidence=Level.SHADOW)),
}
