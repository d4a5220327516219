"""Where a page of a list begins: behind or before one row, named by its sort values, never by a count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from django.core import signing

# A cursor is no secret, but one that was edited by hand must not reach SQL.
SALT = "crmgov.cursor"


@dataclass(frozen=True, slots=True)
class Cursor:
    """`keys` are the sort values of the row at the edge, as text, ending in its primary key.

    `back` asks for the rows before it, else those behind it.
    """

    keys: tuple[str, ...]
    back: bool = False

    @classmethod
    def read(cls, raw: str, *, length: int) -> Self | None:
        """Read one from an address; None for none and for what nobody of ours wrote."""
        try:
            back, *keys = signing.loads(raw, salt=SALT)
        except signing.BadSignature:
            return None
        return cls(tuple(keys), bool(back)) if len(keys) == length else None

    def __str__(self) -> str:
        return signing.dumps([int(self.back), *self.keys], salt=SALT)
