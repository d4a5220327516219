"""What a text touches: a complaint, a cancellation, pricing, legal, security.

It only tightens: “no complaint at all” is a complaint here, and nothing a text says makes another text less of one.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from functools import cache
from itertools import accumulate

from approvals.rules.characters import in_plain_letters, without_hidden
from approvals.rules.topic_words import LISTS

WORD = re.compile(r"[^\W_]+")
SPELLED_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
# Enough to show why; the rest of the text is there to read.
MOST_SHOWN = 5


@dataclass(frozen=True)
class Topic:
    """A topic, and the first words of the text that told it, as they stand there."""

    name: str
    words_found: tuple[str, ...]


def topics_of(text: str) -> tuple[Topic, ...]:
    """Return the topics of `text` in the order of the lists. Total; time grows with the text alone."""
    words = WORD.findall(unicodedata.normalize("NFKC", without_hidden(text)))
    known = {word: _folded(word) for word in set(words)}
    folded = [known[word] for word in words]
    padded = f" {' '.join(folded)} "
    # Where in `padded` each word begins.
    begins = list(accumulate((len(word) + 1 for word in folded), initial=1))[:-1]
    found = []
    for name, needles in _needles().items():
        places = sorted({place for needle in needles if (place := padded.find(needle)) >= 0})
        if places:
            shown = dict.fromkeys(words[_word_at(begins, place)] for place in places)
            found.append(Topic(name, tuple(shown)[:MOST_SHOWN]))
    return tuple(found)


def _word_at(begins: list[int], place: int) -> int:
    """The number of the word at `place`, which may be the space before it."""
    return bisect_right(begins, place + 1) - 1


@cache
def _needles() -> dict[str, tuple[str, ...]]:
    """What to look for in a text between spaces: “ word ”, “ stem”, “part”."""
    return {
        name: tuple(_needle(entry) for line in listed.split(",") if (entry := " ".join(line.split())))
        for name, listed in LISTS.items()
    }


def _needle(entry: str) -> str:
    begin, end = "" if entry.startswith("*") else " ", "" if entry.endswith("*") else " "
    return f"{begin}{entry.strip('*')}{end}"


def _folded(word: str) -> str:
    # Composed, so that an umlaut is one letter however it was typed.
    return in_plain_letters(word).translate(SPELLED_OUT)
