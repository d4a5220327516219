"""What was promised, found in notes and mails by the words promises are made of. It shows, it decides nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

# A text is read so far, and a sentence shown so far.
MOST_READ, MOST_SHOWN, LONGEST = 20_000, 3, 240
ENDS = re.compile(r"(?<=[.!?])\s+|\n+")
# Ours: somebody of us says they will. Theirs: a customer says what they were told or wait for.
WILL = re.compile(
    r"\b(?:(?:i|we)(?:'ll|’ll|\s+will|\s+shall|\s+are going to|\s+am going to|'re going to|’re going to)\b(?!\s+not\b)"
    r"|(?:i|we)\s+(?:promise|commit|guarantee)|promised|committed to|agreed to|you have my word"
    r"|(?:you|they|support)\s+(?:said|told us)\s+(?:you|they|it|we)\b"
    r"|(?:ich|wir)\s+werden?\b(?!\s+nicht\b)|zugesagt|versprochen|wir\s+(?:schicken|senden|liefern|melden)\b)",
    re.IGNORECASE,
)
DUE = re.compile(
    r"\b(?:by|until|before|on|bis)\s+(?:the\s+)?(?:end of\s+(?:the\s+)?(?:day|week|month|quarter|year)"
    r"|tomorrow|today|tonight|next\s+\w{3,9}|this\s+\w{3,9}|morgen|heute|ende der woche|monatsende"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch"
    r"|\d{1,2}(?:\.|st|nd|rd|th)?\s*(?:of\s+)?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w*"
    r"|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w*\s+\d{1,2}|\d{4}-\d{2}-\d{2}|q[1-4])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Commitment:
    """One sentence that promises something; `due` are its words for when, empty where it names none."""

    sentence: str
    due: str = ""


def commitments(text: str) -> tuple[Commitment, ...]:
    """Return what a text promises, in its order, MOST_SHOWN at most. Total: any text will do."""
    found: list[Commitment] = []
    for sentence in _sentences(text):
        if not WILL.search(sentence):
            continue
        due = DUE.search(sentence)
        found.append(Commitment(_short(sentence), due[0] if due else ""))
        if len(found) == MOST_SHOWN:
            break
    return tuple(found)


def _sentences(text: str) -> Iterator[str]:
    for part in ENDS.split(text[:MOST_READ]):
        # What a mail quotes of an earlier one was promised there, not here.
        said = part.strip()
        if said and not said.startswith(">"):
            yield " ".join(said.split())


def _short(sentence: str) -> str:
    return sentence if len(sentence) <= LONGEST else f"{sentence[: LONGEST - 1]}…"
