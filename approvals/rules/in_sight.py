"""What the gate says of an account, for readers who do not see it: a contact may have stayed with another team."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from approvals.rules.custom_rules import is_custom
from approvals.rules.facts import Facts
from approvals.rules.findings import Finding

# Rules whose sentences speak of the account or of what else hangs on it.
ABOUT_ACCOUNT = frozenset(
    {
        "account_hold",
        "active_ticket",
        "complex_deal",
        "current_customer",
        "empathy_needed",
        "escalated",
        "high_value",
        "frequency_cap",
        "not_eligible",
        "open_opportunity",
        "recent_service_issue",
        "regulated_industry",
        "score_conflicts_owner_view",
        "sensitive_topic",
        "sensitive_relationship",
        "strategic_account",
        "suppressed",
        "uncalibrated_segment",
        "winback_high_value",
    }
)
NOT_SEEN = "It concerns an account that you do not see."


def is_of_account(fact: str) -> bool:
    """Whether a fact, by its name, is one of the account's."""
    return fact.startswith("account.")


def speaks_of_account(rule: str, relied: Iterable[str]) -> bool:
    """Whether what the rule says may be about the account, where the suggestion relied on facts of these names.

    A custom rule may speak of anything.
    """
    if rule == "stale_facts":
        return any(map(is_of_account, relied))
    return rule in ABOUT_ACCOUNT or is_custom(rule)


def without_account(facts: Facts) -> Facts:
    """The facts with nothing that is the account's or hangs on it."""
    relied = tuple(fact for fact in facts.relied if not is_of_account(fact.name))
    message = facts.message and replace(
        facts.message,
        barriers=tuple(one for one in facts.message.barriers if one.reason not in ABOUT_ACCOUNT),
        customer=False,
        open_deal="",
        topics=(),
        read_topics=(),
    )
    return replace(
        facts,
        message=message,
        account=None,
        stakes=(),
        tickets=(),
        troubles=(),
        deal=None,
        hold=None,
        relied=relied,
        score=None,
    )


def told(findings: Sequence[Finding], facts: Facts | None) -> list[Finding]:
    """The findings for somebody who does not see the account: that they are there, not what they say."""
    relied = [fact.name for fact in facts.relied] if facts else []
    return [
        replace(found, sentence=NOT_SEEN, otherwise="", evidence=())
        if speaks_of_account(found.rule, relied)
        else found
        for found in findings
    ]
