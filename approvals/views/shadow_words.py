"""What a workflow at shadow said and what people did, in words."""

from __future__ import annotations

from typing import Any

from approvals.selectors import shadows
from approvals.selectors.shadows import Comparison
from crmgov.records import registry

TAGS = {
    shadows.SAME: {"text": "the same", "tone": "ok", "icon": "check"},
    shadows.OTHER: {"text": "another value", "tone": "warn", "icon": "split"},
    shadows.NOTHING: {"text": "left alone", "tone": "unknown", "icon": "help"},
}


def plate(found: Comparison) -> dict[str, Any]:
    """Counts in a sentence, and the newest lines."""
    return {
        "is_empty": found.is_empty,
        "says": _says(found),
        "lines": [
            {
                "one": one,
                "field": registry.label(one.record_type, one.field),
                "tag": TAGS[one.outcome],
            }
            for one in found.lines
        ],
    }


def _says(found: Comparison) -> str:
    left = f"left {found.nothing:,} of {found.known + found.nothing:,} alone, which says nothing either way."
    if not found.known:
        return f"People {left}"
    return f"Where people wrote the field afterwards, {found.same:,} of {found.known:,} were the same. They {left}"
