"""What a built-in workflow says, in the words in which every agent proposes."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from approvals import actions
from approvals.workflows import BuiltIn, Step, Value

from .proposals import Proposal, read

# The policy, the evidence and the contracts say how far it goes; it asks for all it may have.
LEVEL = "execute"
LONGEST_CHAIN = 20
LONGEST_EVIDENCE = 2_000


def of(workflow: BuiltIn, step: Step, chain: Sequence[UUID]) -> Proposal:
    """The step as a proposal; `chain` is what led to it, oldest first."""
    creates = actions.BUILT[step.action].creates
    return read(
        {
            "record": {"type": step.record_type, "id": str(step.record_id)},
            "action": step.action,
            "items": [_item(value, creates=creates) for value in step.values],
            "confidence": step.confidence,
            "reason": plain(step.reason)[:4_000],
            "facts": [{"name": name, "value": value} for name, value in step.relied],
            "level": LEVEL,
            "claims": [_claim(*one) for one in step.stated],
            "workflow": workflow.name,
            "version": workflow.version,
            "model": step.model,
            "chain": [str(key) for key in chain[-LONGEST_CHAIN:]],
        }
    )


def _item(value: Value, *, creates: bool) -> dict[str, Any]:
    proposed = plain(value.proposed) if isinstance(value.proposed, str) else value.proposed
    item: dict[str, Any] = {"field": value.field, "proposed": proposed}
    if not creates:
        item["seen"] = value.seen
    if value.evidence.strip():
        item["evidence"] = [{"text": plain(value.evidence)[:LONGEST_EVIDENCE]}]
    if value.source:
        item["source"] = value.source
    if value.confidence is not None:
        item["confidence"] = value.confidence
    return item


def _claim(text: str, kind: str, key: str) -> dict[str, Any]:
    return {"text": plain(text), "source": {"type": kind, "id": key}}


def plain(text: str) -> str:
    """Words of customers may hold what no proposal may."""
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs"})
