"""The gate: every rule looks at the facts, the strictest finding wins (DESIGN §6).

To add a rule, write a function and name it in RULES. It must be total, and more risk in the facts must never
take a finding away: the properties in tests/rules hold every rule named here to that.
"""

from collections.abc import Callable, Iterator

from approvals.rules import (
    confidence,
    custom_findings,
    eligibility,
    fields,
    levels,
    messages,
    pauses,
    precedents,
    relationship,
    sampling,
    staleness,
    value,
)
from approvals.rules.facts import Facts, Item
from approvals.rules.findings import Finding, ItemVerdict, Reading, verdict_for
from approvals.rules.version import RULES_VERSION
from approvals.rules.vocabulary import strictest

Rule = Callable[[Facts], Iterator[Finding]]


def whole(check: Callable[[Facts], Finding | None]) -> Rule:
    """A rule about the suggestion."""

    def judge(facts: Facts) -> Iterator[Finding]:
        if found := check(facts):
            yield found

    return judge


def each(check: Callable[[Facts, Item], Finding | None]) -> Rule:
    """A rule about each item by itself."""

    def judge(facts: Facts) -> Iterator[Finding]:
        for item in facts.items:
            if found := check(facts, item):
                yield found

    return judge


# In the order in which a reader wants them; among equally strict findings it is the order on screen.
RULES: tuple[Rule, ...] = (
    whole(pauses.paused),
    whole(staleness.record_gone),
    whole(eligibility.not_eligible),
    each(eligibility.not_eligible_field),
    whole(precedents.loop),
    whole(precedents.quota_exceeded),
    messages.barred,
    whole(messages.current_customer),
    whole(messages.open_opportunity),
    each(fields.field_never_ai),
    messages.cannot_leave,
    each(fields.invalid_value),
    whole(fields.nothing_proposed),
    each(precedents.tombstoned),
    each(confidence.below_floor_of_item),
    whole(confidence.below_floor),
    whole(relationship.account_hold),
    whole(relationship.escalated),
    whole(relationship.strategic_account),
    whole(precedents.sensitive_relationship),
    whole(value.high_value),
    whole(value.winback_high_value),
    whole(relationship.active_ticket),
    whole(precedents.recent_service_issue),
    messages.unsafe_text,
    whole(messages.already_written),
    whole(messages.empathy_needed),
    whole(messages.sensitive_topic),
    whole(relationship.regulated_industry),
    whole(precedents.complex_deal),
    whole(precedents.ambiguous_identity),
    whole(fields.protected_creation),
    each(fields.protected_field),
    each(fields.overwrites_verified),
    each(fields.overwrites_value),
    each(fields.score_conflicts_owner_view),
    each(fields.uncalibrated_segment),
    custom_findings.enforced,
    each(staleness.conflicting_suggestion),
    each(precedents.repeat_rejection),
    each(staleness.stale_value),
    whole(staleness.stale_facts),
    each(confidence.low_confidence_of_item),
    whole(confidence.low_confidence),
    whole(messages.customer_facing),
    whole(sampling.run_sample),
    each(levels.level_of_field),
    whole(levels.level),
)


def judge(facts: Facts) -> Reading:
    """Read the facts once. The same facts always give the same reading."""
    findings = tuple(
        sorted((found for rule in RULES for found in rule(facts)), key=lambda found: -found.verdict.rank)
    )
    return Reading(
        verdict=strictest(found.verdict for found in findings),
        level=levels.effective(facts),
        findings=findings,
        items=tuple(ItemVerdict(item.field, verdict_for(findings, item.field)) for item in facts.items),
        rules_version=RULES_VERSION,
        policy_version=facts.limits.policy_version,
        monitored=custom_findings.monitored(facts),
    )
