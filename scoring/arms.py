"""Who gets which text in an experiment: by a hash, so that the same unit gets the same arm however often it is asked.

The unit is an account, or a contact without one: colleagues of one company read the same text. Nothing is drawn, so
nothing has to be locked; the rows that keep it say what was, should the shares ever be read otherwise.
"""

from __future__ import annotations

import hashlib
from enum import StrEnum
from uuid import UUID

# More than half of those who wait for a letter are never left without one.
MOST_HELD_OUT = 50
WORD = 8


class Arm(StrEnum):
    """HOLDOUT gets no letter, CONTROL the text as it was, VARIANT the other one."""

    HOLDOUT = "holdout"
    CONTROL = "a"
    VARIANT = "b"


def arm_of(*, experiment: int, unit: UUID, holdout: int) -> Arm:
    """The arm of a unit: `holdout` per cent get no letter, the rest is halved.

    Two numbers of one SHA-256, so that another holdout moves nobody between the texts. Raises ValueError for a share
    that is not within 0 to 50.
    """
    if not 0 <= holdout <= MOST_HELD_OUT:
        raise ValueError(f"Between 0 and {MOST_HELD_OUT} per cent are held out, not {holdout}.")
    digest = hashlib.sha256(f"crmgov experiment\0{experiment}\0{unit}".encode()).digest()
    out, text = (int.from_bytes(digest[at : at + WORD], "big") / 2 ** (8 * WORD) for at in (0, WORD))
    if out * 100 < holdout:
        return Arm.HOLDOUT
    return Arm.CONTROL if text < 0.5 else Arm.VARIANT
