"""Whether the world is still the one the suggestion was made in."""

from approvals.rules.facts import Facts, Item
from approvals.rules.findings import Finding
from approvals.rules.vocabulary import Json, Verdict
from approvals.rules.wording import clean, is_empty, listed, quoted, value


def record_gone(facts: Facts) -> Finding | None:
    """There is nothing to change any more."""
    subject = facts.subject
    missing = not subject.exists and facts.action != "create_record"
    if not (missing or subject.archived):
        return None
    name = quoted(subject.label) if clean(subject.label) else f"The {clean(subject.type)}"
    state = "was archived" if subject.archived else "does not exist"
    otherwise = (
        "Restore it and propose again." if subject.archived else "Propose again on a record that exists."
    )
    return Finding("record_gone", Verdict.BLOCK, f"{name} {state}.", otherwise)


def stale_value(facts: Facts, item: Item) -> Finding | None:
    """The field is no longer what the proposer saw."""
    if same(item.seen, item.current):
        return None
    return Finding(
        "stale_facts",
        Verdict.QUEUE,
        f"{item.name} was {value(item.seen)} when this was proposed and is {value(item.current)} now.",
        "It would not wait for this if it were proposed on the value as it is now.",
        field=item.field,
    )


def stale_facts(facts: Facts) -> Finding | None:
    """Something the proposer relied on has changed."""
    moved = [fact for fact in facts.relied if not same(fact.then, fact.now)]
    if not moved:
        return None
    said = [
        f"{clean(fact.label) or clean(fact.name) or 'a fact'} was {value(fact.then)} and is {value(fact.now)}"
        for fact in moved
    ]
    sentence = f"It relies on what is no longer so: {listed(said)}."
    return Finding(
        "stale_facts",
        Verdict.QUEUE,
        sentence,
        "It would not wait for this if it were proposed on today's facts.",
    )


def conflicting_suggestion(facts: Facts, item: Item) -> Finding | None:
    """Another open suggestion wants another value here: one person decides both."""
    rivals = [rival for rival in facts.rivals if rival.field == item.field]
    if not rivals:
        return None
    said = [f"{clean(rival.by) or 'another proposer'} proposes {value(rival.proposed)}" for rival in rivals]
    return Finding(
        "conflicting_suggestion",
        Verdict.QUEUE,
        f"For {item.name} {listed(said)}, while this one says {value(item.proposed)}.",
        "It would not wait for this once the other one is decided.",
        tuple(rival.suggestion for rival in rivals),
        field=item.field,
    )


def same(one: Json, other: Json) -> bool:
    """Whether two values are one. Empty is empty in any spelling; true is not 1."""
    if is_empty(one) and is_empty(other):
        return True
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    return one == other
