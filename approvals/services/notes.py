"""What people write beside a decision is kept whole or refused; nothing of it is cut off."""

from __future__ import annotations

from crmgov.kernel.refusals import Invalid


def checked(note: str, *, most: int) -> str:
    """Return the note without blanks around it. Raises Invalid when it is longer than `most` characters."""
    kept = note.strip()
    if len(kept) > most:
        say = f"Your note has {len(kept):,} characters, and {most:,} is the most. Shorten it."
        raise Invalid(say, {"note": say})
    return kept
