"""What the gate found: one finding per reason, and the reading that holds them all."""

from dataclasses import dataclass
from typing import Self

from approvals.rules import codec
from approvals.rules.vocabulary import Json, Level, Outcome, Verdict, strictest

NO_SETTING = "No setting lets this run by itself."

# Every rule the gate knows so far in its order, with the verdict it brings (DESIGN §6).
VERDICTS = {
    "paused": Verdict.BLOCK,
    "record_gone": Verdict.BLOCK,
    "not_eligible": Verdict.BLOCK,
    "loop": Verdict.BLOCK,
    "quota_exceeded": Verdict.BLOCK,
    "opted_out": Verdict.BLOCK,
    "suppressed": Verdict.BLOCK,
    "frequency_cap": Verdict.BLOCK,
    "current_customer": Verdict.BLOCK,
    "open_opportunity": Verdict.BLOCK,
    "field_never_ai": Verdict.BLOCK,
    "invalid_value": Verdict.BLOCK,
    "tombstoned": Verdict.BLOCK,
    "below_floor": Verdict.BLOCK,
    "account_hold": Verdict.QUEUE,
    "escalated": Verdict.QUEUE,
    "strategic_account": Verdict.QUEUE,
    "sensitive_relationship": Verdict.QUEUE,
    "high_value": Verdict.QUEUE,
    "winback_high_value": Verdict.QUEUE,
    "active_ticket": Verdict.QUEUE,
    "recent_service_issue": Verdict.QUEUE,
    "unsafe_text": Verdict.QUEUE,
    "already_written": Verdict.QUEUE,
    "empathy_needed": Verdict.QUEUE,
    "sensitive_topic": Verdict.QUEUE,
    "regulated_industry": Verdict.QUEUE,
    "complex_deal": Verdict.QUEUE,
    "ambiguous_identity": Verdict.QUEUE,
    "protected_field": Verdict.QUEUE,
    "overwrites_verified": Verdict.QUEUE,
    "overwrites_value": Verdict.QUEUE,
    "score_conflicts_owner_view": Verdict.QUEUE,
    "uncalibrated_segment": Verdict.QUEUE,
    "conflicting_suggestion": Verdict.QUEUE,
    "repeat_rejection": Verdict.QUEUE,
    "stale_facts": Verdict.QUEUE,
    "low_confidence": Verdict.QUEUE,
    "customer_facing": Verdict.QUEUE,
    "run_sample": Verdict.QUEUE,
    "level": Verdict.QUEUE,
}
# What an admin's thresholds and the earned level move; everything else holds a suggestion whatever they say.
BELOW_FLOOR = "below_floor"
OF_CONFIDENCE_AND_LEVEL = frozenset({"level", "low_confidence", BELOW_FLOOR})
# DESIGN §2, "high-risk": never part of a bulk decision. customer_facing is a message outside a standing approval.
HIGH_RISK = frozenset(
    {
        "protected_field",
        "high_value",
        "strategic_account",
        "escalated",
        "regulated_industry",
        "customer_facing",
    }
)


@dataclass(frozen=True, slots=True)
class Ref:
    """A thing a sentence speaks of, for the screen to link: kind is ticket, account, suggestion, hold …"""

    kind: str
    id: str
    label: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason. `field` names the item it is about; empty means the whole suggestion.

    `rule` is the word of DESIGN §6, `otherwise` what would have made it automatic.
    """

    rule: str
    verdict: Verdict
    sentence: str
    otherwise: str
    evidence: tuple[Ref, ...] = ()
    field: str = ""

    def to_json(self) -> Json:
        """A plain JSON object."""
        return codec.dump(self)

    @classmethod
    def from_json(cls, stored: object) -> Self:
        """Read what `to_json` wrote; raises codec.Unreadable."""
        return codec.load(cls, stored)


@dataclass(frozen=True, slots=True)
class ItemVerdict:
    """The strictest of an item's own findings and those about the whole suggestion."""

    field: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Reading:
    """What the gate said, with every version needed to say it again.

    `findings` stand strictest first, then in the order of the rules. `level` is the effective level. `monitored` is
    what watched custom rules would have added; it changes nothing else here.
    """

    verdict: Verdict
    level: Level
    findings: tuple[Finding, ...]
    items: tuple[ItemVerdict, ...]
    rules_version: int
    policy_version: int
    monitored: tuple[Finding, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """The status the suggestion takes: blocked before shadowed before queued before approved."""
        if self.verdict is Verdict.BLOCK:
            return Outcome.BLOCKED
        if self.level is Level.SHADOW:
            return Outcome.SHADOWED
        return Outcome.QUEUED if self.verdict is Verdict.QUEUE else Outcome.APPROVED

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules that held it, each once, sorted: what the decided digest covers."""
        return tuple(sorted({finding.rule for finding in self.findings}))

    @property
    def high_risk(self) -> bool:
        """Whether a finding makes it high-risk (DESIGN §2), so that no bulk decision may hold it."""
        return not HIGH_RISK.isdisjoint(self.rules)

    def about(self, field: str) -> tuple[Finding, ...]:
        """The findings that name this item; `about("")` those on the whole suggestion."""
        return tuple(finding for finding in self.findings if finding.field == field)

    def to_json(self) -> Json:
        """A plain JSON object."""
        return codec.dump(self)

    @classmethod
    def from_json(cls, stored: object) -> Self:
        """Read what `to_json` wrote; raises codec.Unreadable."""
        return codec.load(cls, stored)


def verdict_for(findings: tuple[Finding, ...], field: str) -> Verdict:
    """The verdict on one item: its own findings and the general ones."""
    return strictest(finding.verdict for finding in findings if finding.field in ("", field))
