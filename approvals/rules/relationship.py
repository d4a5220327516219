"""What the account is to us, and what is going on there right now."""

from approvals.rules.facts import Facts
from approvals.rules.findings import Finding, Ref
from approvals.rules.vocabulary import Verdict
from approvals.rules.wording import clean, listed, quoted

MOST_NAMED = 3


def strategic_account(facts: Facts) -> Finding | None:
    """An account marked strategic, or in a segment the policy treats so."""
    account = facts.account
    if account is None:
        return None
    by_segment = account.segment in facts.limits.strategic_segments
    if not (account.strategic or by_segment):
        return None
    why = (
        "is a strategic account"
        if account.strategic
        else f"is in the strategic segment {quoted(account.segment)}"
    )
    otherwise = "It would not wait for this if the account were not strategic."
    return Finding("strategic_account", Verdict.QUEUE, f"{_name(facts)} {why}.", otherwise, _account(facts))


def escalated(facts: Facts) -> Finding | None:
    """Somebody raised an alarm: on the account or on an open ticket."""
    tickets = tuple(Ref("ticket", ticket.id, ticket.label) for ticket in facts.tickets if ticket.escalated)
    on_account = facts.account is not None and facts.account.escalated
    if not (tickets or on_account):
        return None
    said = [f"{_name(facts)} is escalated"] if on_account else []
    if tickets:
        said.append(f"{_named(tickets, 'escalated ticket')} {_is(tickets)} open")
    evidence = (*(_account(facts) if on_account else ()), *tickets)
    otherwise = "It would not wait for this once the escalation is over."
    return Finding("escalated", Verdict.QUEUE, f"{_start(listed(said))}.", otherwise, evidence)


def active_ticket(facts: Facts) -> Finding | None:
    """Support is talking to them at this moment."""
    if not facts.tickets:
        return None
    tickets = tuple(Ref("ticket", ticket.id, ticket.label) for ticket in facts.tickets)
    sentence = f"{_start(_named(tickets, 'ticket'))} {_is(tickets)} open."
    otherwise = "It would not wait for this with no ticket open."
    return Finding("active_ticket", Verdict.QUEUE, sentence, otherwise, tickets)


def regulated_industry(facts: Facts) -> Finding | None:
    """Marked regulated, or in an industry the policy names."""
    account = facts.account
    if account is None:
        return None
    named = {industry.strip().casefold() for industry in facts.limits.regulated_industries} - {""}
    by_industry = account.industry.strip().casefold() in named
    if not (account.regulated or by_industry):
        return None
    what = quoted(account.industry) if by_industry else "a regulated business"
    why = f"is in {what}, which the policy names as regulated" if by_industry else f"is marked as {what}"
    otherwise = "It would not wait for this if the account were not in a regulated industry."
    return Finding("regulated_industry", Verdict.QUEUE, f"{_name(facts)} {why}.", otherwise, _account(facts))


def account_hold(facts: Facts) -> Finding | None:
    """The account manager asked AI to stay away for a while."""
    hold = facts.hold
    if hold is None:
        return None
    until = f"until {clean(hold.until, 20)}" if clean(hold.until) else "until it is lifted"
    note = f": {quoted(hold.note)}" if clean(hold.note) else ""
    sentence = f"{clean(hold.by) or 'The owner'} put {_name(facts, 'the account')} on hold {until}{note}."
    return Finding(
        "account_hold",
        Verdict.QUEUE,
        sentence,
        "It would not wait for this once the hold is over or lifted.",
        (Ref("hold", hold.id, f"Hold {until}"),),
    )


def _name(facts: Facts, fallback: str = "The account") -> str:
    return (clean(facts.account.label) if facts.account else "") or fallback


def _account(facts: Facts) -> tuple[Ref, ...]:
    return (Ref("account", facts.account.id, facts.account.label),) if facts.account else ()


def _named(refs: tuple[Ref, ...], noun: str) -> str:
    shown = [quoted(ref.label) for ref in refs[:MOST_NAMED]]
    if len(refs) > MOST_NAMED:
        shown.append(f"{len(refs) - MOST_NAMED} more")
    return f"{noun if len(refs) == 1 else noun + 's'} {listed(shown)}"


def _is(refs: tuple[Ref, ...]) -> str:
    return "is" if len(refs) == 1 else "are"


def _start(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
