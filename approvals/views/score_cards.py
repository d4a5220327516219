"""A score beside the fields of its record: the number only where it was shown to hold, and why it is so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from crmgov.records import registry
from crmgov.records.models import OwnerView
from crmgov.records.models.governed import Governed
from scoring.models import Score, SegmentStanding
from scoring.selectors import believed
from scoring.selectors.believed import Band, Believed

from . import plates

KINDS = {"account": Score.Kind.CHURN_RISK, "contact": Score.Kind.LEAD_FIT}
# What came of so many of a hundred.
CAME = {Score.Kind.CHURN_RISK: "left", Score.Kind.LEAD_FIT: "became customers"}
MOST_CHANGES = 3
BY_RULES = "Signs by written rules: nobody held them against what became of customers, so no number is shown."
UNSEEN = "No outcome of this segment was looked at, so no number is shown."
VIEWS = ((OwnerView.AT_RISK, "At risk"), (OwnerView.HEALTHY, "Healthy"))


def card_of(record: Governed, view: dict[str, Any] | None = None) -> dict[str, Any] | None:
    """The card for a page; None for types that are not scored, and for a record nobody scored.

    `view` is how the owner sees the account, with the address that changes it where this person may.
    """
    kind = KINDS.get(registry.type_of(record))
    if kind is None:
        return None
    found = believed.of(record_ids=[record.pk], kind=kind).get(record.pk)
    if found is None:
        return None
    return {**told(found), "quick_views": list(_quick(view)), "view": view or {}}


def told(found: Believed) -> dict[str, Any]:
    """One score in words; without any number where it is not validated."""
    score, calibrated = found.score, found.is_calibrated
    says, came = f"{of_hundred(float(score.value))} of 100", CAME[Score.Kind(score.kind)]
    return {
        "name": score.get_kind_display(),
        "validated": calibrated,
        "says": says if calibrated else "not validated",
        "like": f"{says} like this {came}" if calibrated else "",
        "standing": standing_of(found),
        "band": band_words(found.band, came) if calibrated and found.band else "",
        "reasons": [_reason(one) for one in score.reasons],
        "changes": list(_changes(found)) if calibrated else [],
        "at": score.scored_at,
        "model": f"Model {found.model}" if found.model else f"{score.model} {score.model_version}",
        "model_url": plates.address("model", found.model.pk) if found.model else "",
    }


def standing_of(found: Believed) -> str:
    """On what it was validated, or why it was not."""
    segment = f"the segment {found.score.segment}" if found.score.segment else "accounts without a segment"
    standing = found.standing
    if found.model is None:
        return BY_RULES
    if standing is None:
        return UNSEEN
    if found.is_calibrated:
        return f"Validated on {standing.outcomes:,} outcomes of {segment}."
    stood = standing.standing == SegmentStanding.Standing.STANDS_DOWN
    how = "No longer validated" if stood else "Not validated"
    return f"{how} in {segment}, so no number is shown. {standing.why}"


def band_words(band: Band, came: str) -> str:
    """What came of those with a score like this, with its interval."""
    return (
        f"Of {band.n:,} with a score between {of_hundred(band.low)} and {of_hundred(band.high)}, "
        f"{of_hundred(band.least)} to {of_hundred(band.most)} of 100 {came}."
    )


def of_hundred(share: float) -> int:
    return round(share * 100)


def _reason(one: dict[str, Any]) -> dict[str, Any]:
    points = float(one.get("points") or 0)
    side = "raises it" if points > 0 else "lowers it" if points < 0 else "not known"
    return {"title": one["say"], "side": side, "icon": "chart" if points else "help"}


def _changes(found: Believed) -> Iterator[str]:
    """What it would be without the reasons that raise it most."""
    raising = [one for one in found.score.reasons if float(one.get("points") or 0) > 0]
    for one in raising[:MOST_CHANGES]:
        share = found.without(float(one["points"]))
        yield f"About {of_hundred(share)} of 100 without this: {one['say']}"


def _quick(view: dict[str, Any] | None) -> Iterator[dict[str, str]]:
    """How the owner may see it instead, one press each."""
    for key, label in VIEWS if view and view.get("url") else ():
        if view and view["value"] != key:
            yield {"value": key.value, "label": label}
