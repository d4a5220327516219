"""One suggestion that runs by itself. Each test spoils one thing and sees what the gate says."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from approvals.rules import gate
from approvals.rules.facts import Account, Facts, Item, LevelFacts, Proposer, Stake, Subject
from approvals.rules.findings import Finding
from approvals.rules.policy import Limits, initial
from approvals.rules.vocabulary import ActorKind, Level
from crmgov.kernel.money import Money
from crmgov.records.contracts import Permission

PROPOSER = Proposer(
    ActorKind.AGENT, "Lead Scout", "enrichment", workflow_version="3", outcomes=214, confidence=0.93
)
INDUSTRY = Item(
    field="industry",
    label="Industry",
    group="firmographics",
    permission=Permission.UPDATE,
    current="Retail",
    seen="Retail",
    proposed="Logistics",
)
NORDWIND = Account(id="a1", label="Nordwind GmbH", industry="Retail", segment="mid")


def limits(**changes: Any) -> Limits:
    """The shipped policy for this suggestion, with changes."""
    shipped = initial().limits(
        workflow="enrichment", action="set_fields", segment="mid", groups=["firmographics"]
    )
    return replace(shipped, **changes)


def item(**changes: Any) -> Item:
    """The industry, with changes."""
    return replace(INDUSTRY, **changes)


def facts(**changes: Any) -> Facts:
    """A suggestion about which the gate has nothing to say, with changes."""
    clean = Facts(
        action="set_fields",
        proposer=PROPOSER,
        subject=Subject(type="account", id="a1", label="Nordwind GmbH"),
        levels=LevelFacts(policy=Level.EXECUTE, requested=Level.FULL, granted=Level.EXECUTE),
        limits=limits(),
        items=(INDUSTRY,),
        account=NORDWIND,
    )
    return replace(clean, **changes)


def stake(amount: str, currency: str = "EUR", in_reporting: str | None = None) -> Stake:
    """What the account is worth a year; a missing rate when `in_reporting` is left out for foreign money."""
    converted = amount if currency == "EUR" and in_reporting is None else in_reporting
    known = None if converted is None else Decimal(converted)
    return Stake("account", "a1", "Nordwind GmbH", Money(Decimal(amount), currency), known)


def found(given: Facts, rule: str) -> Finding | None:
    """The finding of this rule, if there is one; two would be a mistake of the test."""
    findings = [finding for finding in gate.judge(given).findings if finding.rule == rule]
    assert len(findings) <= 1, findings
    return findings[0] if findings else None


def sentence(given: Facts, rule: str) -> str:
    """What the rule says; fails when it says nothing."""
    finding = found(given, rule)
    assert finding is not None, f"{rule} was not raised"
    return finding.sentence
