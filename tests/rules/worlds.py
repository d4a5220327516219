"""Any facts at all, and every way to make them riskier: what the properties of the gate are asked about."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from hypothesis import strategies as st

from approvals.rules.bands import Band
from approvals.rules.facts import (
    Account,
    Facts,
    Hold,
    Item,
    LevelFacts,
    Pause,
    Proposer,
    Relied,
    Rival,
    Stake,
    Subject,
    Ticket,
)
from approvals.rules.findings import Ref
from approvals.rules.policy import GroupBand, Limits
from approvals.rules.vocabulary import ActorKind, Json, Level, PauseScope
from crmgov.kernel.money import Money
from crmgov.records.contracts import Overwrite, Permission

# Small pools, so that the parts of a world meet: a rival names a field that is there, a group has its band.
FIELDS = st.sampled_from(["industry", "domain", "owner", "lifecycle", "extra.note"])
GROUPS = st.sampled_from(["firmographics", "domain", "routing"])
ACTIONS = st.sampled_from(["set_fields", "create_record", "assign_owner", "move_stage", "create_task"])
TYPES = st.sampled_from(["account", "contact", "opportunity", "ticket"])
SEGMENTS = st.sampled_from(["none", "small", "mid", "enterprise"])
INDUSTRIES = st.sampled_from(["", "Retail", "Banking", "banking"])
CURRENCIES = st.sampled_from(["EUR", "USD", "CHF"])
LEVELS = st.sampled_from(Level)
FLAG = st.booleans()
TEXT = st.text(max_size=12)
SHARE = st.floats(0, 1) | st.sampled_from([0.0, 0.4, 0.9, 0.95, 1.0])
AMOUNT = st.decimals(-1_000, 400_000, places=2)
SCALAR = st.none() | FLAG | st.integers(-3, 3) | st.floats(allow_nan=False) | TEXT
VALUE: st.SearchStrategy[Json] = st.recursive(
    SCALAR, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2), max_leaves=3
)
REFS = st.builds(Ref, kind=TEXT, id=TEXT, label=TEXT)
MONEY = st.builds(Money, amount=AMOUNT, currency=CURRENCIES)

ITEMS = st.builds(
    Item,
    field=FIELDS,
    label=TEXT,
    group=GROUPS,
    permission=st.sampled_from(Permission),
    current=VALUE,
    seen=VALUE,
    proposed=VALUE,
    overwrite=st.sampled_from(Overwrite),
    protected=FLAG,
    rule_only=FLAG,
    under_rule=FLAG,
    verified=FLAG,
    locked=FLAG,
    verified_by=TEXT,
    confidence=st.none() | SHARE,
    problem=st.none() | TEXT,
    contradicts_owner_view=FLAG,
    auto_from=st.none() | SHARE,
    floor=st.none() | SHARE,
)
# Half of all items are as they were seen, or hardly anything would ever run.
CALM_ITEMS = st.builds(
    Item,
    field=FIELDS,
    label=TEXT,
    group=GROUPS,
    permission=st.just(Permission.UPDATE),
    current=st.just("Retail"),
    seen=st.just("Retail"),
    proposed=VALUE,
    confidence=st.none() | SHARE,
)
BANDS = st.builds(Band, auto=st.none() | SHARE, floor=SHARE)
LIMITS = st.builds(
    Limits,
    policy_version=st.integers(0, 9),
    reporting_currency=CURRENCIES,
    high_value=AMOUNT,
    confidence_cap=SHARE,
    outcomes_needed=st.integers(0, 60),
    without_evidence=LEVELS,
    bands=st.lists(st.builds(GroupBand, group=GROUPS | st.just(""), band=BANDS), max_size=4).map(tuple),
    regulated_industries=st.lists(INDUSTRIES, max_size=2).map(tuple),
    strategic_segments=st.lists(SEGMENTS, max_size=1).map(tuple),
    protected_fields=st.lists(st.just("account.industry"), max_size=1).map(tuple),
)
EASY_LIMITS = LIMITS.map(
    lambda limits: replace(
        limits,
        high_value=Decimal(500_000),
        confidence_cap=1.0,
        bands=tuple(GroupBand(group, Band(0.2, 0.1)) for group in ("", "firmographics", "domain", "routing")),
    )
)
PROPOSERS = st.builds(
    Proposer,
    kind=st.sampled_from(ActorKind),
    label=TEXT,
    workflow=TEXT,
    workflow_version=TEXT,
    outcomes=st.integers(0, 100),
    confidence=st.none() | SHARE,
)
SUBJECTS = st.builds(Subject, type=TYPES, id=TEXT, label=TEXT, exists=FLAG, archived=FLAG)
LEVEL_FACTS = st.builds(
    LevelFacts, policy=LEVELS, requested=LEVELS, granted=st.none() | LEVELS, contract=LEVELS
)
ACCOUNTS = st.builds(
    Account,
    id=TEXT,
    label=TEXT,
    strategic=FLAG,
    regulated=FLAG,
    escalated=FLAG,
    industry=INDUSTRIES,
    segment=SEGMENTS,
)
STAKES = st.builds(
    Stake,
    kind=st.sampled_from(["account", "opportunity"]),
    id=TEXT,
    label=TEXT,
    worth=MONEY,
    in_reporting=st.none() | AMOUNT,
)
TICKETS = st.builds(Ticket, id=TEXT, label=TEXT, priority=TEXT, escalated=FLAG)
WILD: st.SearchStrategy[Facts] = st.builds(
    Facts,
    action=ACTIONS,
    proposer=PROPOSERS,
    subject=SUBJECTS,
    levels=LEVEL_FACTS,
    limits=LIMITS,
    items=st.lists(ITEMS, max_size=3).map(tuple),
    account=st.none() | ACCOUNTS,
    stakes=st.lists(STAKES, max_size=2).map(tuple),
    tickets=st.lists(TICKETS, max_size=2).map(tuple),
    hold=st.none() | st.builds(Hold, id=TEXT, until=TEXT, by=TEXT, note=TEXT),
    pauses=st.lists(
        st.builds(Pause, scope=st.sampled_from(PauseScope), label=TEXT, reason=TEXT), max_size=2
    ).map(tuple),
    relied=st.lists(st.builds(Relied, name=TEXT, label=TEXT, then=VALUE, now=VALUE), max_size=2).map(tuple),
    rivals=st.lists(st.builds(Rival, field=FIELDS, suggestion=REFS, by=TEXT, proposed=VALUE), max_size=2).map(
        tuple
    ),
)
# Worlds in which much may run by itself: one step away from a finding, where loosening would show.
CALM: st.SearchStrategy[Facts] = st.builds(
    Facts,
    action=st.sampled_from(["set_fields", "create_task"]),
    proposer=PROPOSERS,
    subject=st.builds(Subject, type=st.just("account"), id=TEXT, label=TEXT),
    levels=st.just(LevelFacts(policy=Level.FULL, requested=Level.FULL, granted=Level.EXECUTE)),
    limits=EASY_LIMITS,
    items=st.lists(CALM_ITEMS, min_size=1, max_size=2).map(tuple),
    account=st.none() | ACCOUNTS.map(lambda one: replace(one, strategic=False, escalated=False)),
    stakes=st.lists(STAKES, max_size=1).map(tuple),
)
WORLDS = WILD | CALM

Riskier = Callable[[Facts], Facts]


def _items(change: Callable[[Item], Item]) -> Riskier:
    return lambda facts: replace(facts, items=tuple(change(item) for item in facts.items))


def _account(change: Callable[[Account], Account]) -> Riskier:
    return lambda facts: replace(facts, account=change(facts.account or Account("a", "A")))


def _limits(change: Callable[[Limits], Limits]) -> Riskier:
    return lambda facts: replace(facts, limits=change(facts.limits))


def _levels(change: Callable[[LevelFacts], LevelFacts]) -> Riskier:
    return lambda facts: replace(facts, levels=change(facts.levels))


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
    "permission": _items(_one_permission_down),
    "contract floor": _items(lambda item: replace(item, floor=1.0)),
    "contract auto": _items(lambda item: replace(item, auto_from=1.0)),
    "a rival": lambda facts: replace(
        facts,
        rivals=(*facts.rivals, *(Rival(item.field, Ref("s", "1", "S"), "B", "x") for item in facts.items)),
    ),
    "a fact moved": lambda facts: replace(facts, relied=(*facts.relied, Relied("n", "N", 1, 2))),
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
    "nothing proven": _limits(lambda limits: replace(limits, without_evidence=Level.SHADOW)),
}
