"""Whether a message may reach its reader, and what makes a person look at it first (DESIGN §6)."""

from collections.abc import Iterator

from approvals.rules.facts import Facts, ReadTopic
from approvals.rules.findings import NO_SETTING, Finding, Ref
from approvals.rules.vocabulary import Verdict
from approvals.rules.wording import clean, listed, quoted

PROSPECTING = "prospecting"
# Text that nobody lets out; every other concern of rules/message_checks.py holds it for a person.
NEVER_SENT = frozenset({"header_injection", "empty_field", "too_long", "unsendable"})
EMPATHY = frozenset({"complaint", "cancellation"})
SENSITIVE = frozenset({"pricing", "legal", "security"})
BARRED = ("opted_out", "suppressed", "frequency_cap")
LONGEST_REASON = 500
MOST_NAMED = 3
# The topics of the gate, as sentences call them.
NOUNS = {
    "complaint": "a complaint",
    "cancellation": "a cancellation",
    "pricing": "about pricing",
    "legal": "about legal matters",
    "security": "about security",
}


def barred(facts: Facts) -> Iterator[Finding]:
    """Consent, suppression and pressure: each reason is a finding of its own name."""
    barriers = facts.message.barriers if facts.message else ()
    for rule in BARRED:
        for barrier in barriers:
            if barrier.reason == rule:
                yield _stopped(rule, barrier.sentence)


def cannot_leave(facts: Facts) -> Iterator[Finding]:
    """No address, or a text no mail server takes: nobody can let that out."""
    message = facts.message
    if message is None:
        return
    for barrier in message.barriers:
        if barrier.reason not in BARRED:
            yield _stopped("invalid_value", barrier.sentence)
    for concern in message.concerns:
        if concern.code in NEVER_SENT:
            sentence = clean(concern.sentence, LONGEST_REASON)
            yield Finding(
                "invalid_value", Verdict.BLOCK, sentence, "Propose again without it.", field=_body(facts)
            )


def current_customer(facts: Facts) -> Finding | None:
    """Nobody prospects who buys from us already."""
    message = facts.message
    if message is None or message.purpose != PROSPECTING or not message.customer:
        return None
    name = (clean(facts.account.label) if facts.account else "") or "The contact"
    return Finding(
        "current_customer",
        Verdict.BLOCK,
        f"{name} is a customer, and this is prospecting.",
        "Write with another purpose, or to somebody who is no customer.",
    )


def open_opportunity(facts: Facts) -> Finding | None:
    """Nobody prospects into a deal that somebody works on."""
    message = facts.message
    if message is None or message.purpose != PROSPECTING or not message.open_deal:
        return None
    sentence = f"The opportunity {quoted(message.open_deal)} is open, and this is prospecting."
    return Finding(
        "open_opportunity", Verdict.BLOCK, sentence, "Let its owner write, or wait until it is closed."
    )


def unsafe_text(facts: Facts) -> Iterator[Finding]:
    """What a person should see before it stands in a message."""
    for concern in facts.message.concerns if facts.message else ():
        if concern.code not in NEVER_SENT:
            sentence = clean(concern.sentence, LONGEST_REASON)
            otherwise = "It would not wait for this without it."
            yield Finding("unsafe_text", Verdict.QUEUE, sentence, otherwise, field=_body(facts))


def already_written(facts: Facts) -> Finding | None:
    """Nobody gets the same twice because an agent asked twice."""
    before = facts.message.before if facts.message else None
    if before is None:
        return None
    sentence = f"They were written to already: {quoted(before.label)}."
    otherwise = "It would not wait for this a month after the other one."
    return Finding("already_written", Verdict.QUEUE, sentence, otherwise, (before,))


def empathy_needed(facts: Facts) -> Finding | None:
    """They complained or want to leave, by the words that stand there, by a model, or as somebody said."""
    return _about(facts, "empathy_needed", EMPATHY, "Somebody reads it with that in mind.")


def sensitive_topic(facts: Facts) -> Finding | None:
    """Prices, law or security are spoken of, found in the same three ways."""
    return _about(facts, "sensitive_topic", SENSITIVE, NO_SETTING)


def customer_facing(facts: Facts) -> Finding | None:
    """A customer reads it, so a person approves it: this one, or all of its template."""
    if facts.message is None or facts.stands:
        return None
    return Finding(
        "customer_facing",
        Verdict.QUEUE,
        "A customer reads it, so a person approves it first.",
        "It would go out by itself under a standing approval of its template.",
        (Ref("contact", facts.subject.id, facts.subject.label),),
    )


def _about(facts: Facts, rule: str, topics: frozenset[str], otherwise: str) -> Finding | None:
    message = facts.message
    by_words = sorted(topics.intersection(message.topics)) if message else []
    noticed = [one for one in message.read_topics if one.topic in topics] if message else []
    if not by_words and not noticed:
        return None
    said = [f"It is about {listed(by_words)}."] if by_words else []
    said += [_noticed(one) for one in noticed[:MOST_NAMED]]
    if len(noticed) > MOST_NAMED:
        said.append(f"{len(noticed) - MOST_NAMED} more were noticed.")
    evidence = tuple(dict.fromkeys(one.text for one in noticed[:MOST_NAMED]))
    return Finding(rule, Verdict.QUEUE, " ".join(said), otherwise, evidence)


def _noticed(one: ReadTopic) -> str:
    noun = NOUNS.get(one.topic, f"about {clean(one.topic) or 'something sensitive'}")
    if one.by:
        return f"{clean(one.by) or 'Somebody'} said that {quoted(one.text.label)} is {noun}."
    return (
        f"A model read {quoted(one.text.label)} as {noun}: {one.part} of {one.of} labeled texts like it were."
    )


def _stopped(rule: str, sentence: str) -> Finding:
    said = clean(sentence, LONGEST_REASON)
    return Finding(rule, Verdict.BLOCK, said, "Propose again once that is no longer so.")


def _body(facts: Facts) -> str:
    return "body" if any(item.field == "body" for item in facts.items) else ""
