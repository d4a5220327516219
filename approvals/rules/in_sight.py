"""What the gate says of an account, for readers who do not see it: a contact may have stayed with another team."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from approvals.rules.facts import Facts
from approvals.rules.findings import Finding

# Rules whose sentences speak of the account or of what else hangs on it.
ABOUT_ACCOUNT = frozenset(
    {
        "account_hold",
        "active_ticket",
        "escalated",
        "high_value",
        "regulated_industry",
        "score_conflicts_owner_view",
        "strategic_account",
    }
)
NOT_SEEN = "It concerns an account that you do not see."


def is_of_account(fact: str) -> bool:
    """Whether a fact, by its name, is one of the account's."""
    return fact.startswith("account.")


def rules_about(facts: Iterable[str]) -> frozenset[str]:
    """The rules that speak of the account, where the suggestion relied on facts of these names."""
    return ABOUT_ACCOUNT | {"stale_facts"} if any(map(is_of_account, facts)) else ABOUT_ACCOUNT


def without_account(facts: Facts) -> Facts:
    """The facts with nothing that is the account's or hangs on it."""
    relied = tuple(fact for fact in facts.relied if not is_of_account(fact.name))
    return replace(facts, account=None, stakes=(), tickets=(), hold=None, relied=relied)


def told(findings: Sequence[Finding], facts: Facts | None) -> list[Finding]:
    """The findings for somebody who does not see the account: that they are there, not what they say."""
    hidden = rules_about(fact.name for fact in facts.relied) if facts else rules_about(())
    return [
        replace(found, sentence=NOT_SEEN, otherwise="", evidence=()) if found.rule in hidden else found
        for found in findings
    ]
