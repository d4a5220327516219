"""Scores reach records only here: what a trained model says of a record is proposed for its field, with its reasons.

`scoring` keeps rows; this says which of them moved far enough to be news, and what to propose of each. It is woken by
no event: services/publishing.py hands it what moved.
"""

from __future__ import annotations

from decimal import Decimal

from approvals.selectors.scores_moved import Moved, Place

from .kinds import Answer, BuiltIn, Case, Step, Terms, Value

MOST_REASONS = 3
WHOLE = Decimal(100)


PLACES = (
    Place("churn_risk", "account", "churn_score", Decimal(1), "left"),
    Place("lead_fit", "contact", "lead_score", Decimal(100), "became customers"),
)


class PublishScores(BuiltIn):
    name = "publish-scores"
    version = "1"
    subject = "account"
    terms = Terms(
        trigger="A score of the model in use moved by 5 of 100 or across a band, or its record has none yet.",
        record_types=("account", "contact"),
        actions=("set_fields",),
        reads=("account.churn_score", "contact.lead_score", "account.segment", "account.owner_view"),
        writes=("account.churn_score", "contact.lead_score"),
        metric="kept",
        review_rule="The sample of each large run before the rest goes on, and the audit draws of the week.",
        rollback_rule="All of a model version, when it stands down in a segment or two of ten are wrong.",
    )

    def propose(self, case: Case) -> Answer:
        """Nothing of its own: what moved is handed to `step_of`."""
        return ()


def step_of(place: Place, moved: Moved, *, model: str, outcomes: int, confidence: float | None) -> Step:
    """What is proposed of one score. `model` is name and version; `outcomes` those its segment was validated on."""
    value = Value(
        place.field,
        str(proposed(place, moved.value)),
        moved.held,
        evidence=f"Score {moved.score_id} of {model}.",
        source=model,
        confidence=confidence,
    )
    return Step(
        "set_fields",
        place.record_type,
        moved.record_id,
        (value,),
        reason(place, moved, outcomes),
        confidence,
        model=model,
    )


def proposed(place: Place, value: Decimal) -> Decimal:
    """A share as the field holds it."""
    digits = Decimal("0.0001") if place.scale == 1 else Decimal("0.01")
    return (value * place.scale).quantize(digits)


def reason(place: Place, moved: Moved, outcomes: int) -> str:
    """How many of 100 like this, on how many it was validated, what it was, and what moves it most.

    Without outcomes that it was validated on, no such number is said.
    """
    where = f"in the segment {moved.segment}" if moved.segment else "without a segment"
    if outcomes:
        on = f"validated on {outcomes:,} outcomes {where}"
        said = [f"{of_hundred(moved.value)} of 100 like this {place.said}, {on}."]
    else:
        said = [f"The score is not validated {where}: nobody knows how many like this {place.said}."]
    if outcomes and moved.held not in (None, ""):
        said.append(f"The record says {of_hundred(Decimal(str(moved.held)) / place.scale)} of 100 until now.")
    said += [str(one["say"]) for one in moved.reasons[:MOST_REASONS] if one.get("points")]
    return " ".join(said)


def of_hundred(share: Decimal) -> int:
    """A share as so many of a hundred."""
    return round(share * WHOLE)
