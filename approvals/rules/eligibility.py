"""What the contract of the workflow leaves out: records, actions and fields it is not for."""

from collections.abc import Iterator

from approvals.rules.facts import Facts, Item
from approvals.rules.findings import Finding
from approvals.rules.vocabulary import Verdict
from approvals.rules.wording import listed, quoted

# What a contract may keep its workflow away from, and how a sentence says it of an account.
EXCLUSIONS = {
    "strategic": "strategic accounts",
    "regulated": "regulated accounts",
    "escalated": "escalated accounts",
    "open_ticket": "accounts with an open ticket",
    "relationship": "partners, competitors and investors",
}
NO_SEGMENT = "none"
OTHERWISE = "Propose again within the contract, or an admin widens it."


def not_eligible(facts: Facts) -> Finding | None:
    """A record or an action the contract does not name."""
    if facts.terms is None:
        return None
    reasons = list(_reasons(facts))
    if not reasons:
        return None
    sentence = f"The contract of the workflow {quoted(facts.proposer.workflow)} leaves out {listed(reasons)}."
    return Finding("not_eligible", Verdict.BLOCK, sentence, OTHERWISE)


def not_eligible_field(facts: Facts, item: Item) -> Finding | None:
    """A field the contract does not let it write."""
    if facts.terms is None or facts.terms.fields is None or item.field in facts.terms.fields:
        return None
    workflow = quoted(facts.proposer.workflow)
    sentence = f"The contract of the workflow {workflow} does not let it write {item.name}."
    return Finding("not_eligible", Verdict.BLOCK, sentence, OTHERWISE, field=item.field)


def _reasons(facts: Facts) -> Iterator[str]:
    terms = facts.terms
    assert terms is not None  # noqa: S101 (asked of contracts only)
    if facts.action not in terms.actions:
        yield f"the action {quoted(facts.action)}"
    if facts.subject.type not in terms.record_types:
        yield f"records of the type {quoted(facts.subject.type.replace('_', ' '))}"
    segment = facts.account.segment if facts.account else NO_SEGMENT
    if terms.segments and segment not in terms.segments:
        yield "accounts without a segment" if segment == NO_SEGMENT else f"the segment {quoted(segment)}"
    for name in terms.excluded:
        if _meets(facts, name):
            yield EXCLUSIONS.get(name, f"what is called {quoted(name)}")


def _meets(facts: Facts, name: str) -> bool:
    """Whether this is one the exclusion speaks of. A name this code does not know keeps everything out."""
    account = facts.account
    if name == "open_ticket":
        return bool(facts.tickets)
    if name == "escalated" and any(ticket.escalated for ticket in facts.tickets):
        return True
    if name not in EXCLUSIONS:
        return True
    if account is None:
        return False
    return {
        "strategic": account.strategic or account.segment in facts.limits.strategic_segments,
        "regulated": account.regulated or _regulated(facts),
        "escalated": account.escalated,
        "relationship": bool(account.relationships),
    }[name]


def _regulated(facts: Facts) -> bool:
    """In an industry the policy names."""
    named = {industry.strip().casefold() for industry in facts.limits.regulated_industries} - {""}
    return facts.account is not None and facts.account.industry.strip().casefold() in named
