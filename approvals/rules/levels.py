"""The effective level: the lowest of what policy, contract, request, evidence, proposer and fields allow."""

from collections.abc import Iterator
from dataclasses import dataclass

from approvals.rules.facts import Facts, Item
from approvals.rules.fields import is_protected
from approvals.rules.findings import NO_SETTING, Finding
from approvals.rules.vocabulary import ActorKind, Level, Verdict, lowest
from approvals.rules.wording import clean, listed, quoted
from crmgov.records.contracts import Permission


@dataclass(frozen=True, slots=True)
class Cap:
    """What one source allows at most, who says so, and what would lift it (empty: nothing)."""

    level: Level
    because: str
    lifted_if: str


def effective(facts: Facts) -> Level:
    """The level this suggestion runs at."""
    fields = (_field_cap(facts, item) for item in facts.items)
    return lowest((*(cap.level for cap in _caps(facts)), *fields))


def level(facts: Facts) -> Finding | None:
    """A person decides at every level below execute; at shadow nothing is applied at all."""
    caps = [cap for cap in _caps(facts) if not cap.level.runs_alone]
    if not caps:
        return None
    cap = min(caps, key=lambda candidate: candidate.level.rank)
    lifts = [one.lifted_if for one in caps if one.lifted_if]
    otherwise = f"It would run by itself if {listed(lifts)}." if len(lifts) == len(caps) else NO_SETTING
    return Finding("level", Verdict.QUEUE, f"{_meaning(cap.level)}: {cap.because}.", otherwise)


def level_of_field(facts: Facts, item: Item) -> Finding | None:
    """A field that is only ever proposed, or one that follows published routing rules."""
    if item.permission is Permission.PROPOSE:
        sentence, otherwise = f"AI may only propose {item.name}; a person always decides.", NO_SETTING
    elif _lacks_rule(item):
        sentence = f"AI sets {item.name} alone only under a published routing rule; none gave this value."
        otherwise = "It would not wait for this if a published routing rule gave this value."
    else:
        return None
    return Finding("level", Verdict.QUEUE, sentence, otherwise, field=item.field)


def _caps(facts: Facts) -> Iterator[Cap]:
    levels, proposer = facts.levels, facts.proposer
    workflow = quoted(proposer.workflow)
    if not facts.stands:
        # Where somebody signed for the template, policy and evidence are not asked for each message (DESIGN §2).
        yield Cap(
            levels.policy,
            f"the policy lets the workflow {workflow} go no further",
            f"the policy set the workflow {workflow} to execute",
        )
    yield Cap(levels.contract, f"by its contract the workflow {workflow} goes no further", "")
    yield Cap(
        levels.requested,
        f"{quoted(proposer.label)} asked for no more",
        f"{quoted(proposer.label)} asked for execute",
    )
    if not facts.stands:
        yield _evidence(facts)
    if facts.message is not None and facts.message.channel != "email":
        way = clean(facts.message.channel)
        yield Cap(Level.SUGGEST, f"nothing here sends by {way}, so a person does and says so", "")
    if not levels.has_room:
        yield Cap(
            Level.DRAFT,
            f"{facts.limits.daily_actions:,} like it ran by themselves today, and the policy lets no more",
            "it came on another day",
        )
    if proposer.kind is ActorKind.PERSON:
        yield Cap(Level.DRAFT, "a person proposed it, and nobody decides their own proposal", "")


def _evidence(facts: Facts) -> Cap:
    if facts.levels.granted is not None:
        return Cap(
            facts.levels.granted,
            "the signed grant for this kind of change goes no further",
            "an admin signed a grant of execute for this kind of change",
        )
    return Cap(
        lowest((facts.limits.without_evidence, Level.DRAFT)),
        "nothing is proven yet for this kind of change",
        "an admin signed a grant of execute for this kind of change",
    )


def _field_cap(facts: Facts, item: Item) -> Level:
    if item.permission is Permission.NEVER:
        return Level.SHADOW
    if item.permission is Permission.PROPOSE or _lacks_rule(item) or is_protected(facts, item):
        return Level.DRAFT
    return Level.FULL


def _lacks_rule(item: Item) -> bool:
    return item.rule_only and not item.under_rule


def _meaning(level: Level) -> str:
    return {
        Level.SHADOW: "It is only compared with what people do (shadow)",
        Level.SUGGEST: "A person enters it (suggest)",
        Level.DRAFT: "A person decides first (draft)",
    }[level]
