"""Who wrote: the four actor types of the ledger (DESIGN §2)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ActorType(StrEnum):
    AI = "ai"
    HUMAN_APPROVED_AI = "human_approved_ai"
    HUMAN = "human"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """A label that stays readable after the user or agent is gone."""

    type: ActorType
    id: str
    label: str
