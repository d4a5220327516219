"""Confidence against the band. What an agent says of itself can make it stricter at any time, and looser only
once outcomes or a signed grant stand behind it."""

from approvals.rules.bands import Band
from approvals.rules.facts import Facts, Item
from approvals.rules.findings import Finding
from approvals.rules.vocabulary import ActorKind, Verdict
from approvals.rules.wording import quoted, share


def counted(facts: Facts, reported: float | None) -> float | None:
    """The confidence as it counts: an agent's own number is capped; what is no share counts as none."""
    if reported is None or not 0.0 <= reported <= 1.0:
        return None
    if facts.proposer.kind is ActorKind.AGENT:
        return min(reported, facts.limits.confidence_cap)
    return reported


def low_confidence(facts: Facts) -> Finding | None:
    """The same for an action without items."""
    return None if facts.items else _low(facts, None)


def low_confidence_of_item(facts: Facts, item: Item) -> Finding | None:
    """In the review band, or no number that counts."""
    return _low(facts, item)


def below_floor(facts: Facts) -> Finding | None:
    """The same for an action without items."""
    return None if facts.items else _below(facts, None)


def below_floor_of_item(facts: Facts, item: Item) -> Finding | None:
    """So unsure that it is not worth a person's time."""
    return _below(facts, item)


def _low(facts: Facts, item: Item | None) -> Finding | None:
    if facts.proposer.kind is ActorKind.PERSON or facts.stands:
        return None
    number, band = counted(facts, _reported(facts, item)), _band(facts, item)
    if number is None:
        sentence, otherwise = f"{_who(facts)} gave no confidence{_on(item)}.", _needs(band)
    elif not has_track_record(facts):
        sentence, otherwise = _no_track_record(facts, item), _needs_outcomes(facts)
    elif band.auto is None or not number >= band.auto:
        sentence, otherwise = f"Confidence{_on(item)} is {share(number)}, {_short_of(band)}.", _needs(band)
    else:
        return None
    return Finding("low_confidence", Verdict.QUEUE, sentence, otherwise, field=item.field if item else "")


def _below(facts: Facts, item: Item | None) -> Finding | None:
    number, band = counted(facts, _reported(facts, item)), _band(facts, item)
    if facts.proposer.kind is ActorKind.PERSON or number is None or number >= band.floor:
        return None
    return Finding(
        "below_floor",
        Verdict.BLOCK,
        f"Confidence{_on(item)} is {share(number)}, below the floor of {share(band.floor)}.",
        f"From {share(band.floor)} on a person would be asked.",
        field=item.field if item else "",
    )


def has_track_record(facts: Facts) -> bool:
    """Whether a number of this proposer means anything yet. A signed grant stands for the evidence; the
    confidence of built-in workflows is their rule's own and not a claim."""
    proposer = facts.proposer
    if proposer.kind is not ActorKind.AGENT or facts.levels.granted is not None:
        return True
    return proposer.outcomes >= facts.limits.outcomes_needed


def _reported(facts: Facts, item: Item | None) -> float | None:
    if item is None or item.confidence is None:
        return facts.proposer.confidence
    return item.confidence


def _band(facts: Facts, item: Item | None) -> Band:
    if item is None:
        return facts.limits.band("")
    return facts.limits.band(item.group).tightened(auto_from=item.auto_from, floor=item.floor)


def _who(facts: Facts) -> str:
    return quoted(facts.proposer.label)


def _on(item: Item | None) -> str:
    return f" for {item.name}" if item else ""


def _no_track_record(facts: Facts, item: Item | None) -> str:
    return (
        f"{_who(facts)} has no track record{_on(item)}: "
        f"{facts.proposer.outcomes} of {facts.limits.outcomes_needed} checked outcomes."
    )


def _needs_outcomes(facts: Facts) -> str:
    return (
        f"With {facts.limits.outcomes_needed} checked outcomes, or an admin's signed grant, "
        "its confidence would count."
    )


def _short_of(band: Band) -> str:
    return "and the policy has no automatic band here" if band.auto is None else f"below {share(band.auto)}"


def _needs(band: Band) -> str:
    if band.auto is None:
        return "It would not wait for this if the policy set a band for this kind of change."
    return f"From {share(band.auto)} on it would not wait for this."
