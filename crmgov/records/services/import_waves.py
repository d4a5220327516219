"""A file with hundreds of columns goes through the door in waves: a statement holds only so many columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from crmgov.records.contracts import EXTRA

from .patches import Edit, Patch

# Postgres takes 1,664 columns in a statement, and each field of a batch needs up to nine of them.
MOST = 100


def waves(patches: Sequence[Patch]) -> list[list[Patch]]:
    """Return the patches in waves of few enough columns each; the first has all fields of our own, and all records.

    What a later wave holds of a record that the first one makes is a change of it.
    """
    names = sorted({edit.field for patch in patches for edit in patch.edits if edit.field.startswith(EXTRA)})
    if len(names) <= MOST:
        return [list(patches)]
    wave_of = {name: place // MOST for place, name in enumerate(names)}
    found: list[list[Patch]] = [[] for _ in range(wave_of[names[-1]] + 1)]
    for patch in patches:
        parts: dict[int, list[Edit]] = {}
        for edit in patch.edits:
            parts.setdefault(wave_of.get(edit.field, 0), []).append(edit)
        if 0 not in parts and patch.creates:
            # A record is made by the first wave, so that it needs something to say there.
            parts[0] = [parts[min(parts)].pop()]
        for wave, edits in parts.items():
            if edits:
                found[wave].append(replace(patch, edits=tuple(edits), creates=patch.creates and wave == 0))
    return [wave for wave in found if wave]
