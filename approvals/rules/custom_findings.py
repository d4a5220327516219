"""Custom rules over the facts. They only tighten, and one that cannot say holds the suggestion and says why.

Names stand for the facts as cel_names explains them. A value that is not there makes the rule unable to say, unless
`has(…)` asks for it first or the rest of the expression decides without it.
"""

from collections.abc import Iterator
from functools import lru_cache

import cel

from approvals.rules import cel_checks, value
from approvals.rules.cel_syntax import Wrong
from approvals.rules.confidence import counted
from approvals.rules.custom_rules import CustomRule, Mode
from approvals.rules.facts import Facts, Item, Stake
from approvals.rules.fields import is_protected
from approvals.rules.findings import Finding
from approvals.rules.vocabulary import Json, Verdict
from approvals.rules.wording import clean, quoted

# A longer list or text is not looked through: the rule cannot say, so a person does.
MOST_ITEMS, LONGEST_TEXT = 200, 10_000
KEPT = 1_024
# How the sentence of such a finding begins, the name in its place: by it they are counted.
CANNOT_SAY = "The custom rule {} cannot say"


def enforced(facts: Facts) -> Iterator[Finding]:
    """What the rules in force hold or block."""
    return _found(facts, Mode.ENFORCE)


def monitored(facts: Facts) -> tuple[Finding, ...]:
    """What the watched rules would have held or blocked."""
    return tuple(_found(facts, Mode.MONITOR))


def _found(facts: Facts, mode: Mode) -> Iterator[Finding]:
    rules = [rule for rule in facts.limits.custom_rules if rule.mode is mode]
    if not rules:
        return
    world = _world(facts, rules)
    for rule in rules:
        try:
            holds = _holds(rule, world)
        except CannotSay as reason:
            yield _cannot_say(rule, str(reason))
            continue
        if holds:
            sentence = clean(rule.sentence, 300) or f"The custom rule {quoted(rule.name)} holds."
            yield Finding(rule.word, _verdict(rule), sentence, _otherwise(rule))


class CannotSay(Exception):
    """Neither yes nor no."""


def _holds(rule: CustomRule, world: cel.Context | str) -> bool:
    program = _program(rule.expression)
    if isinstance(program, str):
        raise CannotSay(program)
    if isinstance(world, str):
        raise CannotSay(world)
    try:
        said = program.execute(world)
    except KeyError as missing:
        name = cel_checks.lacking(rule.expression, str(missing.args[0]))
        raise CannotSay(f"{name} has no value here") from None
    except Exception as error:  # Total means: of any kind.
        raise CannotSay(_told(error)) from None
    if not isinstance(said, bool):
        raise CannotSay("it gave neither yes nor no")
    return said


def _told(error: Exception) -> str:
    if isinstance(error, TypeError):
        return "it compares values that cannot be compared"
    if isinstance(error, RuntimeError):
        return "a value there cannot be turned into another"
    return f"it failed with {type(error).__name__}"


def _verdict(rule: CustomRule) -> Verdict:
    return Verdict.BLOCK if rule.verdict is Verdict.BLOCK else Verdict.QUEUE


def _otherwise(rule: CustomRule) -> str:
    return f"It would not be held by this if the policy had no rule {quoted(rule.name)}, or only watched it."


def _cannot_say(rule: CustomRule, reason: str) -> Finding:
    return Finding(
        rule.word,
        Verdict.QUEUE,
        f"{CANNOT_SAY.format(quoted(rule.name))}: {clean(reason, 200)}.",
        "It would not wait for this if the rule could say no. An admin can guard it with has(…).",
    )


@lru_cache(maxsize=KEPT)
def _program(expression: str) -> cel.Program | str:
    """Compiled once; or why not."""
    if mistake := cel_checks.mistake(expression):
        return f"it cannot be read ({str(mistake).rstrip('.')})"
    try:
        return cel.compile(expression)
    except Exception as error:  # What we read and the engine does not is no rule, whatever it raises.
        return f"it cannot be compiled ({type(error).__name__})"


@lru_cache(maxsize=KEPT)
def _roots(expression: str) -> frozenset[str]:
    try:
        return cel_checks.roots(expression)
    except Wrong:
        return frozenset()


def _world(facts: Facts, rules: list[CustomRule]) -> cel.Context | str:
    """What the rules speak of, in one context for all of them; or why there is none."""
    if len(facts.items) > MOST_ITEMS:
        return f"it would have to look through {len(facts.items):,} fields"
    roots = frozenset().union(*(_roots(rule.expression) for rule in rules))
    try:
        return cel.Context(variables={root: NAMED[root](facts) for root in roots})
    except Exception as error:  # A value no text of the engine can hold, as half a character.
        return _told(error)


def _suggestion(facts: Facts) -> dict[str, object]:
    proposer, items = facts.proposer, facts.items
    return {
        "action": facts.action,
        "record_type": facts.subject.type,
        "workflow": proposer.workflow,
        "workflow_version": proposer.workflow_version,
        "confidence": min((_confidence(facts, item) for item in items), default=_confidence(facts, None)),
        "fields": [item.field for item in items],
        "at_stake": _amount(facts.stakes) or 0.0,
    }


def _proposer(facts: Facts) -> dict[str, object]:
    return {"kind": facts.proposer.kind.value, "outcomes": facts.proposer.outcomes}


def _account(facts: Facts) -> dict[str, object]:
    """As the gate reads it: without an account nothing is strategic, and it has no amount and no industry."""
    account = facts.account
    worth = _amount(tuple(stake for stake in facts.stakes if stake.kind == "account"))
    known: dict[str, object] = {} if worth is None else {"annual_value": worth}
    if account is not None and account.industry.strip():
        known["industry"] = account.industry
    return {
        **known,
        "strategic": account is not None and account.strategic,
        "regulated": account is not None and account.regulated,
        "escalated": account is not None and account.escalated,
        "on_hold": facts.hold is not None,
        "segment": account.segment if account is not None else "none",
        "relationships": list(account.relationships) if account is not None else [],
    }


def _opportunity(facts: Facts) -> dict[str, object]:
    amount = _amount(tuple(stake for stake in facts.stakes if stake.kind == "opportunity"))
    return {} if amount is None else {"amount": amount}


def _tickets(facts: Facts) -> list[dict[str, object]]:
    return [{"priority": ticket.priority, "escalated": ticket.escalated} for ticket in facts.tickets]


def _items(facts: Facts) -> list[dict[str, object]]:
    return [
        {
            "field": item.field,
            "group": item.group,
            "confidence": _confidence(facts, item),
            "verified": item.verified,
            "locked": item.locked,
            "protected": is_protected(facts, item),
            "overwrites": not item.current_is_empty,
            **_proposed(item.proposed),
        }
        for item in facts.items
    ]


# Name -> how it is made of the facts.
NAMED = {
    "suggestion": _suggestion,
    "proposer": _proposer,
    "account": _account,
    "opportunity": _opportunity,
    "tickets": _tickets,
    "items": _items,
}


def _proposed(proposed: Json) -> dict[str, object]:
    """Plain values only: what is longer or nested has no value that a rule could compare."""
    nested = isinstance(proposed, (list, dict))
    too_long = isinstance(proposed, str) and len(proposed) > LONGEST_TEXT
    return {} if nested or too_long else {"proposed": proposed}


def _confidence(facts: Facts, item: Item | None) -> float:
    """As it counts; no number is the least sure."""
    given = facts.proposer.confidence if item is None or item.confidence is None else item.confidence
    return counted(facts, given) or 0.0


def _amount(stakes: tuple[Stake, ...]) -> float | None:
    """The largest; one that nobody can compare counts as above every line. None where none is recorded."""
    if any(value.compared(stake) is None and value.might_matter(stake) for stake in stakes):
        return float("inf")
    return max((float(value.compared(stake) or 0) for stake in stakes), default=None)
