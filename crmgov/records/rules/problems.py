"""What every rule about a value raises."""

from __future__ import annotations


class ValueProblem(ValueError):
    """The sentence says what is wrong with the value and what would be right."""
