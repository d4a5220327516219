"""How much of what stands beside an item its proposer could not see, or did not name: numbers, never left out."""

from __future__ import annotations

from collections.abc import Iterable

from approvals.rules.told import SINCE, UNNAMED
from approvals.selectors.context import AccountCard


def of(card: AccountCard, keys: Iterable[str]) -> list[dict[str, str]]:
    """Return the tags above the card: what is newer than the proposal, and what it stands beside unnamed."""
    marks = [*keys, *(ticket.mark for ticket in card.tickets), *(entry.mark for entry in card.timeline)]
    since, unnamed = marks.count(SINCE), marks.count(UNNAMED)
    tags = []
    if since:
        tags.append({"text": f"{since} newer than the proposal", "mark": SINCE})
    if unnamed:
        said = (
            f"The writer did not see {unnamed} of these"
            if card.by_model
            else f"{unnamed} not named by the agent"
        )
        tags.append({"text": said, "mark": UNNAMED})
    return tags
