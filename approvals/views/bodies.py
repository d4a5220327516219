"""What people wrote, as a timeline quotes it: plain text, hidden characters counted, cut where the line ends."""

from __future__ import annotations

from typing import Any

from .quotes import readable

# Beside an item there is room for the gist; the timeline of the record has more.
BESIDE, IN_FULL = 280, 4_000


def quoted(subject: str, body: str, *, most: int) -> dict[str, Any]:
    """Return the sentence, and as `quote` the body with `hidden` characters of both and `cut` of how many in all."""
    sentence, unseen = readable(subject)
    text, more = readable(body)
    found: dict[str, Any] = {"sentence": sentence, "hidden": unseen + more, "quote": None}
    if text:
        short = len(text) > most
        shown = f"{text[:most].rstrip()} …" if short else text
        found["quote"] = {"text": shown, "of": f"{len(text):,}" if short else "", "most": f"{most:,}"}
    return found
