"""What somebody typed into a search field, read into words that an index can find.

A trigram index knows runs of three letters or digits. A word with such a run is found anywhere in a name; a shorter
one is found where a word begins, for which the index knows the blank before it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from uuid import UUID

# A name has 200 characters at most, an id 300; who types more wants no name.
LONGEST = 200
MOST_WORDS = 8
RUN = 3
# Control, format, surrogate, private and unassigned signs: nobody types them on purpose to find something.
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
NUMBER = re.compile(r"(?:suggestion\s*)?(?:no\.?\s*|#\s*)?([0-9]{1,18})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Query:
    """`text` is what is looked for, `words` its parts; `cut` says that more was typed than is looked for."""

    text: str = ""
    words: tuple[str, ...] = ()
    cut: bool = False

    @property
    def is_empty(self) -> bool:
        return not self.text

    @property
    def is_findable(self) -> bool:
        """Whether there is a letter or a digit in it; signs alone are in no index."""
        return any(sign.isalnum() for sign in self.text)

    @property
    def number(self) -> int | None:
        """The number of a suggestion, for "4812", "#4812" and "suggestion 4812"."""
        found = NUMBER.fullmatch(self.text)
        return int(found[1]) if found else None

    @property
    def key(self) -> UUID | None:
        """The id of a thing, where the whole text is one."""
        try:
            return UUID(self.text) if len(self.text) >= 32 else None
        except ValueError:
            return None


def read(raw: str) -> Query:
    """Return what is looked for; any text at all is an answer, never an error."""
    typed = " ".join(_visible(raw[: 4 * LONGEST]).split())
    text = typed[:LONGEST].strip()
    words = text.split()
    cut = len(raw) > 4 * LONGEST or len(typed) > LONGEST or len(words) > MOST_WORDS
    return Query(text, tuple(words[:MOST_WORDS]), cut)


def patterns(word: str) -> tuple[str, ...]:
    """Return the ILIKE patterns, any of which finds the word: anywhere, or for a short one where a word begins."""
    said = literal(word)
    if any(len(run) >= RUN for run in _runs(word)):
        return (f"%{said}%",)
    return f"{said}%", f"% {said}%"


def literal(word: str) -> str:
    """Return the word with the signs escaped that LIKE reads as wildcards."""
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _visible(raw: str) -> str:
    """Blanks stay blanks; what draws nothing goes."""
    kept = (sign if unicodedata.category(sign) not in UNSEEN else " " * sign.isspace() for sign in raw)
    return unicodedata.normalize("NFC", "".join(kept))


def _runs(word: str) -> list[str]:
    return "".join(sign if sign.isalnum() else " " for sign in word).split()
