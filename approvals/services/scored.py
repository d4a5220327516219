"""Scores of our own: which suggestions hold one, and what may be believed of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from approvals.models import PublishedScore, Suggestion
from approvals.rules.facts import ScoreStanding
from approvals.selectors import proofs
from approvals.selectors.proofs import Proof
from crmgov.records.models import Account, OwnerView
from scoring.services import labels

# The workflow that proposes what our models say. Its versions name the model, so that each has its own cells.
WORKFLOW = "publish-scores"
# These act on scores, and these are the fields that hold them.
FROM_SCORES = frozenset({WORKFLOW, "score-risk"})
SCORES = frozenset({"account.churn_score", "contact.lead_score"})
RULES_ONLY = "It is a count of points by written rules, which nobody held against what became of them."
UNKNOWN = "Nobody knows this model here any more."
TRAINED = "trained-"
# Whoever reads an audit sample may find a score wrong without a word.
NOT_SAID = "Found wrong in an audit, without a reason."


def is_ours(suggestion: Suggestion) -> bool:
    """Whether it comes of our own scoring. An agent from outside that calls its workflow the same is not."""
    agent = suggestion.agent
    return bool(agent and agent.built_in and suggestion.workflow_version.workflow.name == WORKFLOW)


def leads_on(workflows: Iterable[str], facts: Iterable[str]) -> bool:
    """Whether what follows from these workflows, or relies on these facts, follows from a score."""
    return not FROM_SCORES.isdisjoint(workflows) or not SCORES.isdisjoint(facts)


def model_of(suggestion: Suggestion) -> str:
    """The model with its version, as `trained-churn_risk 3`; empty for what is none of ours."""
    return suggestion.workflow_version.model if is_ours(suggestion) else ""


def standing_of(
    suggestion: Suggestion, segment: str, proven: Mapping[tuple[str, str], Proof]
) -> ScoreStanding | None:
    """What the gate is told; None for what is none of ours. `segment` is empty where there is none."""
    if not is_ours(suggestion):
        return None
    model = model_of(suggestion)
    proof = proofs.about(proven, model, segment)
    if proof is None:
        why = UNKNOWN if model.startswith(TRAINED) else RULES_ONLY
        return ScoreStanding(said(model), segment or "none", False, why)
    return ScoreStanding(said(model), segment or "none", proof.calibrated, proof.why, str(proof.model_id))


def said(model: str) -> str:
    """The model as a sentence says it: `trained-churn_risk 3` is the model churn risk 3."""
    name, _, version = model.rpartition(" ")
    if name.startswith(TRAINED):
        return f"the model {name.removeprefix(TRAINED).replace('_', ' ')} {version}"
    return f"the rules {name} {version}" if name else "rules"


def tell(suggestion: Suggestion, *, why: str, by: str, at: datetime) -> None:
    """Hand down that somebody found a score of ours wrong; nothing for all else. Joins the caller's transaction."""
    if not is_ours(suggestion):
        return
    rows = PublishedScore.objects.filter(suggestion=suggestion).order_by("-id")
    for score_id in rows.values_list("score_id", flat=True)[:1]:
        labels.suggest(
            score_id=score_id, label=_seen_by_the_owner(suggestion), why=why or NOT_SAID, by=by, at=at
        )


def _seen_by_the_owner(suggestion: Suggestion) -> bool | None:
    """How the owner sees the account now: at risk, healthy, or nothing said. A lead has no such view."""
    if suggestion.record_type != "account" or suggestion.record_id is None:
        return None
    view = Account.objects.filter(pk=suggestion.record_id).values_list("owner_view", flat=True).first()
    return {OwnerView.AT_RISK.value: True, OwnerView.HEALTHY.value: False}.get(str(view))
