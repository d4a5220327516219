"""What was said for a value: one statement per proposer and piece of evidence, kept on the item.

A statement is {"by", "agent" (its id, null for a person), "at", "source", "confidence", "reason", "text", "url"};
the first one of an item is its own proposer's and carries the item's reason.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from approvals.models import SuggestionItem

from .proposals import Evidence, ProposedItem

# An agent that repeats itself must not grow a row without end.
MOST_STATEMENTS = 50
Statement = dict[str, Any]


def statements(item: ProposedItem, *, by: str, agent_id: int | None, at: datetime) -> list[Statement]:
    """What a proposer says for one item; at least its reason and source."""
    pieces: list[Evidence | None] = [*item.evidence] or [None]
    said = [
        {"by": by, "agent": agent_id, "at": at.isoformat(), **_content_of(item, piece)} for piece in pieces
    ]
    for later in said[1:]:
        later["reason"] = ""
    return said


def add(stored: SuggestionItem, more: list[Statement]) -> None:
    """Keep what is new in `more` beside what was said already; saved by the caller.

    Who has said nothing yet is heard once even where it is full: that is how an agent finds its answer again.
    """
    known = [_content(one) for one in stored.evidence]
    new = [one for one in more if _content(one) not in known]
    room = max(MOST_STATEMENTS - len(stored.evidence), 0)
    heard = {(one["by"], one["agent"]) for one in stored.evidence}
    if not room and new and (new[0]["by"], new[0]["agent"]) not in heard:
        room = 1
    stored.evidence = [*stored.evidence, *new[:room]]


def _content_of(item: ProposedItem, piece: Evidence | None) -> Statement:
    return {
        "source": item.source,
        "confidence": item.confidence,
        "reason": item.reason,
        "text": piece.text if piece else "",
        "url": piece.url if piece else "",
    }


def _content(statement: Statement) -> Statement:
    return {name: said for name, said in statement.items() if name != "at"}
