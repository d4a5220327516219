"""The policy document: how freely, as data. One immutable numbered version for the installation.

`parse` reads the JSON document and `Policy.to_json` writes it back. What a document leaves out takes its
strictest meaning, so the empty document queues everything; `initial()` is version 1 as shipped.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Self

from approvals.rules import bands, codec
from approvals.rules.bands import ANY, Band, BandLine
from approvals.rules.custom_rules import CustomRule
from approvals.rules.earning import Terms
from approvals.rules.probation import Plan
from approvals.rules.vocabulary import Json, Level, lowest


@dataclass(frozen=True, slots=True)
class WorkflowLine:
    """The level of one workflow; agent and version may be "*" for any, the line that names more wins.

    Name the agent: another agent may call its workflow the same. `review_due` is the ISO date on which
    somebody looks again, empty for none.
    """

    workflow: str
    level: Level
    agent: str = ANY
    version: str = ANY
    review_due: str = ""

    def covers(self, *, workflow: str, agent: str, version: str) -> bool:
        """Whether the line is about this workflow version of this agent."""
        return self.workflow == workflow and self.agent in (ANY, agent) and self.version in (ANY, version)

    @property
    def exactness(self) -> tuple[bool, bool]:
        """How much it names; the agent weighs more than the version."""
        return (self.agent != ANY, self.version != ANY)


@dataclass(frozen=True, slots=True)
class SlaLine:
    """Business hours in which a suggestion held by this rule wants a decision."""

    rule: str
    hours: int


@dataclass(frozen=True, slots=True)
class ValueStep:
    """From this amount (reporting currency) on, a suggestion moves up by so many hours."""

    amount: Decimal
    hours: int


@dataclass(frozen=True, slots=True)
class RiskLine:
    """A suggestion held by this rule moves up by so many hours."""

    rule: str
    hours: int


@dataclass(frozen=True, slots=True)
class TargetLine:
    """The share of one action's outcomes that must be kept unchanged before it runs by itself, 0 to 1."""

    action: str
    target: float


@dataclass(frozen=True, slots=True)
class GroupBand:
    """The band of one field group, as it holds for one workflow, action and segment."""

    group: str
    band: Band


@dataclass(frozen=True, slots=True)
class Limits:
    """What the policy says about one suggestion. Kept with its facts; the defaults are the strictest.

    Shares are 0 to 1, amounts in `reporting_currency`; the numbers are explained at Policy.
    """

    policy_version: int = 0
    reporting_currency: str = "EUR"
    high_value: Decimal = Decimal(0)
    confidence_cap: float = 0.95
    outcomes_needed: int = 50
    without_evidence: Level = Level.SUGGEST
    bands: tuple[GroupBand, ...] = ()
    regulated_industries: tuple[str, ...] = ()
    strategic_segments: tuple[str, ...] = ()
    protected_fields: tuple[str, ...] = ()
    custom_rules: tuple[CustomRule, ...] = ()
    daily_actions: int = 200
    quota_hour: int = 200
    quota_day: int = 5_000
    rejection_days: int = 90
    service_issue_days: int = 30
    standing_approvals: bool = False

    def band(self, group: str) -> Band:
        """The band of a field group; the closed band for a group that is not here."""
        return next((line.band for line in self.bands if line.group == group), bands.CLOSED)


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of the policy. In brackets: as shipped / when the document leaves it out.

    reporting_currency    ISO code all limits are in [EUR / EUR]
    default_level         level of a workflow not named below; at most draft [suggest / suggest]
    without_evidence      level a cell without a signed grant reaches; at most draft [draft / suggest]
    workflows             levels and review dates per workflow or workflow version [none / none]
    bands                 per workflow, action, group, segment: automatic from `auto`, blocked below `floor`,
                          shares 0 to 1 [one band for all: auto 0.90, floor 0.40 / never automatic, floor 0]
    confidence_cap        an agent's own confidence counts at most so much, share [0.95 / 0.95]
    outcomes_needed       checked outcomes before it counts at all [50 / 50]
    high_value            a value above it is decided by a person, reporting currency [50,000 / 0]
    sla                   business hours per rule where shorter than the queue's own [see initial() / none]
    value_steps           hours a suggestion moves up from an amount on, the largest step counts
                          [50,000: 4 h, 250,000: 12 h / none]
    risk_hours            hours it moves up per rule that held it, added up [see initial() / none]
    most_hours            hours it moves up at most [48 / 48]
    regulated_industries  industries decided by a person, compared without case [see initial() / none]
    strategic_segments    segments treated as strategic [none / none]
    protected_fields      further protected fields as "account.industry" [none / none]
    quota_hour            suggestions an agent may make an hour; beyond it is blocked [200 / 200]
    quota_day             the same a day [5,000 / 5,000]
    rejection_days        days for which a rejected value waits for a person when it comes again [90 / 90]
    service_issue_days    days after an escalated or urgent ticket in which a person decides [30 / 30]
    custom_rules          rules of the installation's own, in their order [none / none]
    review_every_days     days after which a workflow without a review date is due for one [90 / 90]
    targets               share of outcomes kept unchanged that an action must prove [none: 0.95 / 0.95]
    audit_share           share of automatic actions read afterwards, once probation is over [0.05 / 0.05]
    daily_actions         automatic actions of one cell a day at most [200 / 200]
    standing_approvals    messages leave by themselves under a standing approval [yes / no]
    """

    version: int = 0
    reporting_currency: str = "EUR"
    default_level: Level = Level.SUGGEST
    without_evidence: Level = Level.SUGGEST
    workflows: tuple[WorkflowLine, ...] = ()
    bands: tuple[BandLine, ...] = ()
    confidence_cap: float = 0.95
    outcomes_needed: int = 50
    high_value: Decimal = Decimal(0)
    sla: tuple[SlaLine, ...] = ()
    value_steps: tuple[ValueStep, ...] = ()
    risk_hours: tuple[RiskLine, ...] = ()
    most_hours: int = 48
    regulated_industries: tuple[str, ...] = ()
    strategic_segments: tuple[str, ...] = ()
    protected_fields: tuple[str, ...] = ()
    custom_rules: tuple[CustomRule, ...] = ()
    quota_hour: int = 200
    quota_day: int = 5_000
    rejection_days: int = 90
    service_issue_days: int = 30
    review_every_days: int = 90
    targets: tuple[TargetLine, ...] = ()
    audit_share: float = 0.05
    daily_actions: int = 200
    standing_approvals: bool = False

    def terms(self, action: str) -> Terms:
        """What a cell of this action has to prove, and how sure that must be."""
        target = next((line.target for line in self.targets if line.action == action), None)
        return Terms() if target is None else Terms(target=target)

    @property
    def plan(self) -> Plan:
        """What is read after a promotion, and how much runs in a day."""
        return Plan(share=self.audit_share, daily=self.daily_actions)

    def level_of(self, *, workflow: str, agent: str, version: str) -> Level:
        """The level of a workflow by its most exact line, else the default; a default runs nothing alone."""
        lines = [
            line for line in self.workflows if line.covers(workflow=workflow, agent=agent, version=version)
        ]
        if not lines:
            return lowest((self.default_level, Level.DRAFT))
        return max(lines, key=lambda line: line.exactness).level

    def sla_hours(self, *, rules: Iterable[str], queue_hours: Decimal) -> Decimal:
        """Business hours to decide what these rules held: the queue's own or a shorter one of a rule."""
        named = set(rules)
        return min([queue_hours, *(Decimal(line.hours) for line in self.sla if line.rule in named)])

    def limits(self, *, workflow: str, action: str, segment: str, groups: Iterable[str]) -> Limits:
        """The part one suggestion is judged by; `groups` are the field groups of its items."""
        cells = {group: (workflow, action, group, segment) for group in ("", *groups)}
        return Limits(
            policy_version=self.version,
            reporting_currency=self.reporting_currency,
            high_value=self.high_value,
            confidence_cap=self.confidence_cap,
            outcomes_needed=self.outcomes_needed,
            without_evidence=self.without_evidence,
            bands=tuple(GroupBand(group, bands.most_specific(self.bands, cells[group])) for group in cells),
            regulated_industries=self.regulated_industries,
            strategic_segments=self.strategic_segments,
            protected_fields=self.protected_fields,
            custom_rules=self.custom_rules,
            daily_actions=self.daily_actions,
            quota_hour=self.quota_hour,
            quota_day=self.quota_day,
            rejection_days=self.rejection_days,
            service_issue_days=self.service_issue_days,
            standing_approvals=self.standing_approvals,
        )

    def to_json(self) -> dict[str, Json]:
        """The policy document; the version number is the row's, not the document's."""
        return {
            field.name: codec.dump(getattr(self, field.name))
            for field in fields(self)
            if field.name != "version"
        }

    @classmethod
    def from_json(cls, document: object, *, version: int) -> Self:
        """Read a document that was checked when it was saved. Raises codec.Unreadable."""
        if isinstance(document, dict):
            document = {**document, "version": version}
        return codec.load(cls, document, "policy")


def initial() -> Policy:
    """Policy version 1, as shipped."""
    return Policy(
        version=1,
        without_evidence=Level.DRAFT,
        standing_approvals=True,
        bands=(BandLine(workflow=ANY, action=ANY, group=ANY, segment=ANY, auto=0.90, floor=0.40),),
        high_value=Decimal(50_000),
        sla=(
            SlaLine("escalated", 4),
            SlaLine("strategic_account", 8),
            SlaLine("active_ticket", 8),
            SlaLine("high_value", 8),
        ),
        value_steps=(ValueStep(Decimal(50_000), 4), ValueStep(Decimal(250_000), 12)),
        risk_hours=(
            RiskLine("escalated", 8),
            RiskLine("strategic_account", 6),
            RiskLine("active_ticket", 4),
            RiskLine("regulated_industry", 2),
        ),
        regulated_industries=("Banking", "Insurance", "Healthcare", "Pharmaceuticals", "Public sector"),
    )
