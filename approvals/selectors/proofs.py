"""What may be believed of our own models, per segment: what the gate asks before a score may run by itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from scoring.models import SegmentStanding, TrainedModel

from .together import Rows, Sql, together

# A segment nobody gave a standing has no row but that of its model, with nulls.
PROVEN = """
SELECT m.id, 'trained-' || m.kind || ' ' || m.version AS model, m.status, s.segment, s.standing, s.why, s.since
FROM scoring_trainedmodel m LEFT JOIN scoring_segmentstanding s ON s.trained_id = m.id
WHERE 'trained-' || m.kind || ' ' || m.version = ANY(%s)"""
# Under this name one row stands for every segment of the model that has none of its own. No segment can be called so:
# a name has 40 characters at most, and the standing of one called “*” is nobody else's.
ANY = "any segment of this model that has no standing of its own"


@dataclass(frozen=True, slots=True)
class Proof:
    """`model_id` names the model; `calibrated` only where its numbers hold and it is in use. `since` is ISO text."""

    model_id: UUID
    calibrated: bool
    why: str
    since: str = ""


def asked(models: Collection[str]) -> Sql:
    """The standings of these models, each as `trained-churn_risk 3`."""
    return Sql(PROVEN, [sorted(models)])


def read(rows: Rows) -> dict[tuple[str, str], Proof]:
    """(model, segment) -> what may be believed; under `ANY` what holds of a segment without a standing."""
    found: dict[tuple[str, str], Proof] = {}
    for row in rows:
        key, model = UUID(row["id"]), str(row["model"])
        if row["status"] != TrainedModel.Status.CHAMPION:
            found[model, ANY] = Proof(key, False, "It is not in use any more, or not yet.")
            continue
        found.setdefault((model, ANY), Proof(key, False, "No outcome of it was looked at there."))
        if row["segment"] is not None:
            holds = row["standing"] == SegmentStanding.Standing.CALIBRATED
            found[model, row["segment"]] = Proof(key, holds, row["why"], row["since"])
    return found


def of(models: Collection[str]) -> dict[tuple[str, str], Proof]:
    """The same, asked alone; one query, none without a model."""
    return read(together(proven=asked(models))["proven"]) if models else {}


def about(found: Mapping[tuple[str, str], Proof], model: str, segment: str) -> Proof | None:
    """What may be believed of the model in the segment; None for rules, and for a model nobody knows."""
    return found.get((model, segment)) or found.get((model, ANY))
