"""What happened before: reverted and rejected values, service issues, possible doubles, loops, an agent's pace."""

from approvals.rules.facts import Before, Facts, Item
from approvals.rules.findings import NO_SETTING, Finding, Ref
from approvals.rules.staleness import same
from approvals.rules.vocabulary import ActorKind, Json, Verdict
from approvals.rules.wording import clean, listed, quoted, value

# DESIGN §6, "loop": more than three causes deep.
DEEPEST = 3
MOST_NAMED = 3
# The field whose values come and go one by one.
TAGS = "tags"
# From so many buying roles on a deal is complex.
MANY_ROLES = 3


def quota_exceeded(facts: Facts) -> Finding | None:
    """An agent that went mad, or was taken over, is stopped before people drown in what it proposes."""
    if facts.pace is None or facts.proposer.kind is not ActorKind.AGENT:
        return None
    limits, pace = facts.limits, facts.pace
    over = [
        f"{made:,} suggestions in {span}, of {most:,}"
        for made, most, span in (
            (pace.last_hour, limits.quota_hour, "an hour"),
            (pace.last_day, limits.quota_day, "a day"),
        )
        if made >= most
    ]
    if not over:
        return None
    sentence = f"{quoted(facts.proposer.label)} made {listed(over)} that the policy lets it make."
    return Finding(
        "quota_exceeded", Verdict.BLOCK, sentence, "Propose again later, or let the policy allow more."
    )


def loop(facts: Facts) -> Finding | None:
    """What follows from itself would go on for ever."""
    if facts.ancestor is not None:
        cause = clean(facts.ancestor.label) or "a suggestion"
        sentence = f"It follows from {cause} of the same workflow about the same record."
    elif facts.causes > DEEPEST:
        sentence = f"It is {facts.causes} causes deep: each follows from the one before it."
    else:
        return None
    evidence = (facts.ancestor,) if facts.ancestor is not None else ()
    return Finding(
        "loop", Verdict.BLOCK, sentence, f"At most {DEEPEST} causes deep a person would be asked.", evidence
    )


def tombstoned(facts: Facts, item: Item) -> Finding | None:
    """What was put back does not come back by itself (INVARIANTS R7). A person may write it again."""
    if facts.proposer.kind is ActorKind.PERSON:
        return None
    for one in facts.undone:
        if _comes_again(one, item):
            sentence = f"{_stood(one, item)} before, and somebody put that back{_ago(one.days)}."
            return Finding(
                "tombstoned",
                Verdict.BLOCK,
                sentence,
                f"{NO_SETTING} Once a person writes the value, it may be proposed again.",
                field=item.field,
            )
    return None


def repeat_rejection(facts: Facts, item: Item) -> Finding | None:
    """A person said no to exactly this not long ago."""
    no = [
        one for one in facts.rejected if one.days <= facts.limits.rejection_days and _comes_again(one, item)
    ]
    if not no:
        return None
    latest = min(no, key=lambda one: one.days)
    what = _named(latest) if latest.field == TAGS else f"{value(item.proposed)} for {item.name}"
    sentence = f"A person rejected {what}{_ago(latest.days)}."
    return Finding(
        "repeat_rejection",
        Verdict.QUEUE,
        sentence,
        f"It would not wait for this {facts.limits.rejection_days} days after the rejection.",
        tuple(one.suggestion for one in no if one.suggestion is not None),
        field=item.field,
    )


def recent_service_issue(facts: Facts) -> Finding | None:
    """Something went badly for them lately, whether or not the ticket is still open."""
    recent = [one for one in facts.troubles if one.days <= facts.limits.service_issue_days]
    if not recent:
        return None
    named = [
        f"{quoted(one.label)} ({'escalated' if one.escalated else 'urgent'})" for one in recent[:MOST_NAMED]
    ]
    if len(recent) > MOST_NAMED:
        named.append(f"{len(recent) - MOST_NAMED} more")
    noun = "a ticket" if len(recent) == 1 else "tickets"
    sentence = f"In the last {facts.limits.service_issue_days} days they had {noun}: {listed(named)}."
    return Finding(
        "recent_service_issue",
        Verdict.QUEUE,
        sentence,
        f"It would not wait for this {facts.limits.service_issue_days} days after the last one.",
        tuple(Ref("ticket", one.id, one.label) for one in recent),
    )


def sensitive_relationship(facts: Facts) -> Finding | None:
    """Partners, competitors and investors are not accounts like any other."""
    account = facts.account
    if account is None or not account.relationships:
        return None
    flags = listed(sorted(quoted(flag) for flag in set(account.relationships)))
    sentence = f"{clean(account.label) or 'The account'} is marked as {flags}."
    otherwise = "It would not wait for this without these marks on the account."
    return Finding(
        "sensitive_relationship",
        Verdict.QUEUE,
        sentence,
        otherwise,
        (Ref("account", account.id, account.label),),
    )


def ambiguous_identity(facts: Facts) -> Finding | None:
    """Nobody has said yet whether the record is one with another."""
    if facts.doubles < 1:
        return None
    what = "pair waits" if facts.doubles == 1 else "pairs wait"
    kind = clean(facts.subject.type).replace("_", " ") or "record"
    sentence = (
        f"{quoted(facts.subject.label)} may be one with another {kind}: {facts.doubles} {what} to be settled."
    )
    otherwise = "It would not wait for this once somebody said whether they are the same."
    return Finding("ambiguous_identity", Verdict.QUEUE, sentence, otherwise)


def complex_deal(facts: Facts) -> Finding | None:
    """Three or more people with a say, or a lawyer or a buyer among them."""
    deal = facts.deal
    if deal is None or (deal.roles < MANY_ROLES and not deal.formal):
        return None
    said = [f"{deal.roles} buying roles"] if deal.roles >= MANY_ROLES else []
    said += [f"a contact from {clean(role)}" for role in deal.formal]
    sentence = f"{clean(deal.label) or 'The opportunity'} has {listed(said)}."
    otherwise = f"With fewer than {MANY_ROLES} buying roles, none of legal or procurement, it would not wait for this."
    return Finding(
        "complex_deal", Verdict.QUEUE, sentence, otherwise, (Ref("opportunity", deal.id, deal.label),)
    )


def _comes_again(one: Before, item: Item) -> bool:
    """The same value; of tags any one of them, because each stands by itself."""
    if one.field != item.field:
        return False
    return same(one.value, item.proposed) or bool(
        one.field == TAGS and _tags(one.value) & _tags(item.proposed)
    )


def _stood(one: Before, item: Item) -> str:
    if one.field != TAGS:
        return f"{item.name} was {value(item.proposed)}"
    return f"It carried {_named(one)}"


def _named(one: Before) -> str:
    """The tag “cold”."""
    tags = [quoted(tag) for tag in sorted(_tags(one.value))]
    if len(tags) > MOST_NAMED:
        tags = [*tags[:MOST_NAMED], f"{len(tags) - MOST_NAMED} more"]
    return f"the {'tag' if len(tags) == 1 else 'tags'} {listed(tags)}" if tags else "no tags"


def _tags(shown: Json) -> set[str]:
    return {one for one in shown if isinstance(one, str)} if isinstance(shown, list) else set()


def _ago(days: int) -> str:
    return f" {days} days ago" if days > 1 else " yesterday" if days == 1 else " today"
