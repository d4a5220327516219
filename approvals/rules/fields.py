"""What field contracts and provenance say about one proposed change."""

from approvals.rules.facts import Facts, Item
from approvals.rules.findings import NO_SETTING, Finding, Ref
from approvals.rules.vocabulary import Verdict
from approvals.rules.wording import clean, quoted, value
from crmgov.records.contracts import Overwrite, Permission

# Creating these is protected as such, whatever their fields say (DESIGN §6, "Protected").
PROTECTED_CREATIONS = frozenset({"opportunity"})
# The field group of scores (records/contracts.py).
SCORES = "scores"
# Actions that are nothing but their items.
NEEDS_ITEMS = frozenset({"set_fields", "create_record", "assign_owner", "move_stage"})


def is_protected(facts: Facts, item: Item) -> bool:
    """Whether code or policy protects this field; a policy can only add."""
    return item.protected or f"{facts.subject.type}.{item.field}" in facts.limits.protected_fields


def field_never_ai(facts: Facts, item: Item) -> Finding | None:
    """A field AI may not touch, not even as a proposal."""
    if item.permission is not Permission.NEVER:
        return None
    return Finding(
        "field_never_ai",
        Verdict.BLOCK,
        f"{item.name} is never changed by AI.",
        f"{NO_SETTING} A person can change it by hand.",
        field=item.field,
    )


def invalid_value(facts: Facts, item: Item) -> Finding | None:
    """A value the field cannot hold."""
    if item.problem is None:
        return None
    problem = clean(item.problem, 200) or "It is not a valid value."
    sentence = f"{item.name} cannot be {value(item.proposed)}: {problem}"
    return Finding(
        "invalid_value", Verdict.BLOCK, sentence, "Propose again with a valid value.", field=item.field
    )


def nothing_proposed(facts: Facts) -> Finding | None:
    """A change of fields that names no field."""
    if facts.items or facts.action not in NEEDS_ITEMS:
        return None
    return Finding(
        "invalid_value",
        Verdict.BLOCK,
        "It names no field to change.",
        "Propose again with at least one field.",
    )


def protected_field(facts: Facts, item: Item) -> Finding | None:
    """A field that only changes on a named person's decision."""
    if not is_protected(facts, item):
        return None
    by_policy = "" if item.protected else " by this policy"
    sentence = f"{item.name} is a protected field{by_policy}; a person decides every change of it."
    otherwise = NO_SETTING if item.protected else "It would not wait for this if the policy did not name it."
    return Finding("protected_field", Verdict.QUEUE, sentence, otherwise, field=item.field)


def protected_creation(facts: Facts) -> Finding | None:
    """Creating an opportunity puts money into the pipeline."""
    if facts.action != "create_record" or facts.subject.type not in PROTECTED_CREATIONS:
        return None
    sentence = f"Creating an {clean(facts.subject.type)} is protected; a person decides."
    return Finding("protected_field", Verdict.QUEUE, sentence, NO_SETTING)


def overwrites_verified(facts: Facts, item: Item) -> Finding | None:
    """A value a person typed, ticked as checked or locked."""
    if not (item.verified or item.locked):
        return None
    how = "verified and locked" if item.verified and item.locked else "locked" if item.locked else "verified"
    by = f" by {clean(item.verified_by)}" if clean(item.verified_by) else " by a person"
    return Finding(
        "overwrites_verified",
        Verdict.QUEUE,
        f"{item.name} holds {item.holds}, {how}{by}.",
        f"{NO_SETTING} A person can unlock the field.",
        field=item.field,
    )


def overwrites_value(facts: Facts, item: Item) -> Finding | None:
    """A value where the contract wants only empty fields filled, or a person over any value."""
    fills_only = item.permission is Permission.FILL_IF_EMPTY
    if item.current_is_empty or not (fills_only or item.overwrite is Overwrite.ANY_VALUE):
        return None
    return Finding(
        "overwrites_value",
        Verdict.QUEUE,
        f"{item.name} already holds {item.holds}; AI fills it alone only when it is empty.",
        "It would not wait for this if the field were empty.",
        field=item.field,
    )


def uncalibrated_segment(facts: Facts, item: Item) -> Finding | None:
    """A score of ours from a model whose numbers were not shown to hold in this segment."""
    score = facts.score
    if score is None or item.group != SCORES or score.calibrated:
        return None
    where = (
        "without a segment" if score.segment in ("", "none") else f"in the segment {quoted(score.segment)}"
    )
    return Finding(
        "uncalibrated_segment",
        Verdict.QUEUE,
        f"{item.name} is of {clean(score.model) or 'a model'}, not proven {where}: "
        f"{clean(score.why, 500) or 'nothing shows that its numbers hold.'}",
        "It would not wait for this if the model were calibrated in this segment, on outcomes it did not learn from.",
        (Ref("model", score.model_id, clean(score.model)),) if score.model_id else (),
        field=item.field,
    )


def score_conflicts_owner_view(facts: Facts, item: Item) -> Finding | None:
    """A score against what the owner of the account says."""
    if item.overwrite is not Overwrite.CONTRADICTS_OWNER_VIEW or not item.contradicts_owner_view:
        return None
    account = quoted(facts.account.label) if facts.account else "the account"
    return Finding(
        "score_conflicts_owner_view",
        Verdict.QUEUE,
        f"{item.name} {value(item.proposed)} contradicts how the owner sees {account}.",
        "It would not wait for this if it agreed with the owner view, or if there were none.",
        field=item.field,
    )
