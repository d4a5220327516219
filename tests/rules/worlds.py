"""Any facts at all, and every way to make them riskier: what the properties of the gate are asked about."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import strategies as st

from approvals.rules.bands import Band
from approvals.rules.custom_rules import CustomRule, Mode
from approvals.rules.eligibility import EXCLUSIONS
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
    Proposer,
    ReadTopic,
    Relied,
    Rival,
    ScoreStanding,
    Stake,
    StandingApproval,
    Subject,
    Terms,
    Ticket,
    Trouble,
)
from approvals.rules.findings import Ref
from approvals.rules.policy import GroupBand, Limits
from approvals.rules.vocabulary import ActorKind, Json, Level, PauseScope, Verdict
from crmgov.kernel.money import Money
from crmgov.records.contracts import Overwrite, Permission

# Small pools, so that the parts of a world meet: a rival names a field that is there, a group has its band.
FIELDS = st.sampled_from(["industry", "domain", "owner", "lifecycle", "extra.note"])
GROUPS = st.sampled_from(["firmographics", "domain", "routing", "scores"])
ACTIONS = st.sampled_from(
    ["set_fields", "create_record", "assign_owner", "move_stage", "create_task", "send_message"]
)
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
# What admins may write: one small question of every kind, joined; and now and then what nobody can read.
QUESTIONS = (
    "true", "false", "account.annual_value >= 50000.0", "account.strategic", "account.escalated == true",
    "account.on_hold", "!(account.regulated == false)", 'account.industry == "Banking"',
    'has(account.industry) && account.industry in ["Retail", "Banking"]', 'account.segment != "none"',
    '"partner" in account.relationships', "size(account.relationships) > 1", "opportunity.amount > 100.5",
    "has(opportunity.amount)", "suggestion.at_stake > 1000", "suggestion.confidence < 0.7",
    'suggestion.action == "set_fields"', 'suggestion.record_type in ["account", "contact"]',
    '"industry" in suggestion.fields', 'suggestion.workflow.startsWith("a")', 'proposer.kind != "person"',
    "proposer.outcomes < 50", "tickets.exists(t, t.escalated)", 'tickets.exists(t, t.priority == "urgent")',
    "size(tickets) >= 2", "items.exists(i, i.overwrites && !(i.confidence >= 0.5))",
    "items.all(i, i.protected || i.locked || i.verified)", 'items.exists(i, i.field == "owner")',
    "items.exists(i, i.proposed == null)", "items.exists(i, double(i.proposed) > 1.0)",
    "items.exists(i, i.proposed > 1)", 'items.exists(i, i.group == "routing" ? i.locked : i.verified)',
)  # fmt: skip
EXPRESSIONS: st.SearchStrategy[str] = st.recursive(
    st.sampled_from(QUESTIONS),
    lambda inner: st.builds("({}) {} ({})".format, inner, st.sampled_from(["&&", "||"]), inner),
    max_leaves=3,
)
BROKEN = st.sampled_from(["", "account.", "1", "acount.strategic", "!account.strategic", "(" * 60])
CUSTOM_RULES = st.builds(
    CustomRule,
    name=st.sampled_from(["one", "two", "three"]),
    expression=EXPRESSIONS | EXPRESSIONS | EXPRESSIONS | BROKEN | TEXT,
    sentence=TEXT,
    verdict=st.sampled_from(Verdict),
    mode=st.sampled_from(Mode),
)
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
    custom_rules=st.just(()) | st.lists(CUSTOM_RULES, max_size=2).map(tuple),
    standing_approvals=FLAG,
)
EASY_LIMITS = LIMITS.map(
    lambda limits: replace(
        limits,
        high_value=Decimal(500_000),
        confidence_cap=1.0,
        bands=tuple(
            GroupBand(group, Band(0.2, 0.1)) for group in ("", "firmographics", "domain", "routing", "scores")
        ),
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
    LevelFacts, policy=LEVELS, requested=LEVELS, granted=st.none() | LEVELS, contract=LEVELS, has_room=FLAG
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
    relationships=st.lists(st.sampled_from(["partner", "competitor"]), max_size=2, unique=True).map(tuple),
    churned=FLAG,
)
STAKES = st.builds(
    Stake,
    kind=st.sampled_from(["account", "opportunity"]),
    id=TEXT,
    label=TEXT,
    worth=MONEY,
    in_reporting=st.none() | AMOUNT,
)
SCORES = st.builds(
    ScoreStanding,
    model=TEXT,
    segment=SEGMENTS,
    calibrated=FLAG,
    why=TEXT,
    model_id=st.sampled_from(["", "m1"]),
)
TROUBLES = st.builds(Trouble, id=TEXT, label=TEXT, days=st.integers(0, 60), escalated=FLAG)
BEFORE = st.builds(Before, field=FIELDS, value=VALUE, days=st.integers(0, 120), suggestion=st.none() | REFS)
DEALS = st.builds(
    Deal,
    id=TEXT,
    label=TEXT,
    roles=st.integers(0, 4),
    formal=st.lists(st.sampled_from(["legal", "procurement"]), max_size=1).map(tuple),
)
PACES = st.builds(Pace, last_hour=st.integers(0, 300), last_day=st.integers(0, 6_000))
TICKETS = st.builds(
    Ticket, id=TEXT, label=TEXT, priority=st.sampled_from(["", "normal", "urgent"]), escalated=FLAG
)
TERMS = st.builds(
    Terms,
    revision=st.integers(1, 9),
    record_types=st.lists(TYPES, max_size=3).map(tuple),
    actions=st.lists(ACTIONS, max_size=4).map(tuple),
    fields=st.none() | st.lists(FIELDS, max_size=4).map(tuple),
    segments=st.lists(SEGMENTS, max_size=2).map(tuple),
    excluded=st.lists(st.sampled_from([*EXCLUSIONS, "friends"]), max_size=2).map(tuple),
    sla_hours=st.none() | st.integers(1, 90),
)
READ_TOPICS = st.builds(
    ReadTopic,
    topic=st.sampled_from(["complaint", "legal", "fault"]),
    text=REFS,
    part=st.integers(0, 50),
    of=st.integers(0, 50),
    by=st.just("") | TEXT,
)
MESSAGES = st.builds(
    Message,
    purpose=st.sampled_from(["", "onboarding", "prospecting"]),
    recipient=TEXT,
    barriers=st.lists(
        st.builds(
            Barrier,
            reason=st.sampled_from(["opted_out", "suppressed", "frequency_cap", "no_address"]),
            sentence=TEXT.map(lambda text: f"They said no. {text}"),
        ),
        max_size=3,
    ).map(tuple),
    concerns=st.lists(
        st.builds(
            Concern,
            code=st.sampled_from(["unlisted_host", "header_injection", "empty_field"]),
            sentence=TEXT.map(lambda text: f"Look at {text}"),
        ),
        max_size=3,
    ).map(tuple),
    topics=st.lists(st.sampled_from(["complaint", "pricing"]), max_size=1).map(tuple),
    read_topics=st.lists(READ_TOPICS, max_size=2).map(tuple),
    standing=st.none() | st.builds(StandingApproval, id=TEXT, template=TEXT, by=TEXT, until=TEXT),
    customer=FLAG,
    open_deal=TEXT,
    before=st.none() | REFS,
)
ANY_WORLD: st.SearchStrategy[Facts] = st.builds(
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
    terms=st.none() | TERMS,
    run=st.none()
    | st.builds(InRun, name=TEXT, status=st.sampled_from(["open", "sampling", "going_on", "people"])),
    troubles=st.lists(TROUBLES, max_size=1).map(tuple),
    rejected=st.lists(BEFORE, max_size=1).map(tuple),
    undone=st.lists(BEFORE, max_size=1).map(tuple),
    doubles=st.sampled_from([0, 0, 1, 2]),
    deal=st.none() | DEALS,
    pace=st.none() | PACES,
    causes=st.integers(0, 5),
    ancestor=st.none() | REFS,
    message=st.none() | MESSAGES,
    score=st.none() | SCORES,
)
# Worlds in which much may run by itself: one step away from a finding, where loosening would show.
CALM_WORLD: st.SearchStrategy[Facts] = st.builds(
    Facts,
    action=st.sampled_from(["set_fields", "create_task"]),
    proposer=PROPOSERS,
    subject=st.builds(Subject, type=st.just("account"), id=TEXT, label=TEXT),
    levels=st.just(LevelFacts(policy=Level.FULL, requested=Level.FULL, granted=Level.EXECUTE)),
    limits=EASY_LIMITS,
    items=st.lists(CALM_ITEMS, min_size=1, max_size=2).map(tuple),
    account=st.none() | ACCOUNTS.map(lambda one: replace(one, strategic=False, escalated=False)),
    stakes=st.lists(STAKES, max_size=1).map(tuple),
    message=st.none()
    | st.builds(
        Message, purpose=st.just("onboarding"), standing=st.builds(StandingApproval, TEXT, TEXT, TEXT, TEXT)
    ),
)


def _again(facts: Facts, what: str, days: int) -> Facts:
    """Chance alone would hardly ever propose just what was rejected or put back before."""
    past = tuple(Before(item.field, item.proposed, days) for item in facts.items[:1])
    if what == "rejected":
        return replace(facts, rejected=past)
    return replace(facts, undone=past) if what == "undone" else facts


AGAIN, DAYS = st.sampled_from(["", "", "", "rejected", "undone"]), st.integers(0, 120)
WILD = st.builds(_again, ANY_WORLD, AGAIN, DAYS)
CALM = st.builds(_again, CALM_WORLD, AGAIN, DAYS)
WORLDS = WILD | CALM
