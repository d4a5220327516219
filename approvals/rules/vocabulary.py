"""The words the rules share. Each scale is written loosest or lowest first; its order is its meaning."""

from collections.abc import Iterable
from enum import StrEnum

# A value as it stands in JSON: amounts as "1234.50", dates as "2026-11-22", nothing as null.
Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


class Verdict(StrEnum):
    """What may happen to a suggestion. The strictest finding wins."""

    EXECUTE = "execute"
    QUEUE = "queue"
    BLOCK = "block"

    @property
    def rank(self) -> int:
        """0 for execute up to 2 for block."""
        return list(Verdict).index(self)


class Level(StrEnum):
    """How much a workflow may do by itself (DESIGN, "Levels")."""

    SHADOW = "shadow"
    SUGGEST = "suggest"
    DRAFT = "draft"
    EXECUTE = "execute"
    FULL = "full"

    @property
    def rank(self) -> int:
        """0 for shadow up to 4 for full."""
        return list(Level).index(self)

    @property
    def runs_alone(self) -> bool:
        """Whether nobody has to decide first."""
        return self in (Level.EXECUTE, Level.FULL)


class ActorKind(StrEnum):
    """Who proposes."""

    AGENT = "agent"
    WORKFLOW = "workflow"
    PERSON = "person"


class PauseScope(StrEnum):
    """What a pause stops."""

    WORKFLOW = "workflow"
    AGENT = "agent"
    ACTION = "action"
    ALL = "all"


class Outcome(StrEnum):
    """The status a suggestion takes after a reading: the same words as `Suggestion.status`."""

    BLOCKED = "blocked"
    SHADOWED = "shadowed"
    QUEUED = "queued"
    APPROVED = "approved"


def strictest(verdicts: Iterable[Verdict]) -> Verdict:
    """The strictest of the verdicts; execute when there is none."""
    return max(verdicts, key=lambda verdict: verdict.rank, default=Verdict.EXECUTE)


def lowest(levels: Iterable[Level]) -> Level:
    """The lowest of the levels; shadow when there is none, because nobody allowed anything."""
    return min(levels, key=lambda level: level.rank, default=Level.SHADOW)
