"""May somebody be contacted: what holds of all they said on a channel, and which words may not loosen it."""

from __future__ import annotations

from collections.abc import Mapping

IN, OUT, UNKNOWN = "opted_in", "opted_out", "unknown"
# The purpose of somebody who spoke of none. Out for any is out for all of a channel, whatever else was said.
ANY = "any"


def holding(purpose: str, said: Mapping[str, str]) -> str:
    """Return the state that holds for a purpose; `said` is what was said on the channel, by purpose."""
    if OUT in (said.get(ANY), said.get(purpose)):
        return OUT
    return said.get(purpose) or UNKNOWN


def objection(purpose: str, state: str, said: Mapping[str, str], *, theirs: bool) -> str:
    """Return why a word may not be written over what was said, "" when it may.

    `theirs`: a file says it, and the opt-out on record for this purpose is not this source's own.
    """
    if state == OUT:
        return ""
    if theirs and said.get(purpose) == OUT:
        return "opted_out_here"
    if state == IN and purpose != ANY and said.get(ANY) == OUT:
        return "objected_to_all"
    return ""
