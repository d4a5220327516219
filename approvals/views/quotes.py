"""What agents wrote, as they wrote it, but for the characters nobody can see: those are counted and left out."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from approvals.selectors.items import ItemLine

# Control, format, surrogate, private and unassigned: they draw nothing or turn the text around.
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
LAYOUT = "\n\t"


@dataclass(frozen=True, slots=True)
class Quote:
    """`hidden` characters were in it; `url` is shown as text, because nobody here checked where it leads."""

    text: str
    who: str
    hidden: int = 0
    url: str = ""


class Spoken(NamedTuple):
    """A proposed change as far as it is quoted: its name, and the statements for it."""

    label: str
    evidence: Sequence[dict[str, Any]]


def readable(text: str) -> tuple[str, int]:
    """Return the text without what cannot be seen, and how many characters that were."""
    kept = "".join(c for c in text if c in LAYOUT or unicodedata.category(c) not in UNSEEN)
    return kept.strip(), len(text.replace("\r\n", "\n")) - len(kept)


def quotes_of(reason: str, by: str, lines: Sequence[ItemLine | Spoken]) -> list[Quote]:
    """The reason for the whole, then what was said for each field; the same words once."""
    said = [*_spoken(reason, by, "")]
    for line in lines:
        for statement in line.evidence:
            said.extend(_statement(line.label, statement))
    return _once(said)


def quotes_for_field(reason: str, by: str, label: str, evidence: Sequence[dict[str, Any]]) -> list[Quote]:
    """The reason for the whole, then what was said for this field; the same words once."""
    said = [*_spoken(reason, by, "")]
    for statement in evidence:
        said.extend(_statement(label, statement))
    return _once(said)


def _once(said: Sequence[Quote]) -> list[Quote]:
    known: set[tuple[str, str]] = set()
    return [q for q in said if (key := (q.text, q.url)) not in known and not known.add(key)]  # type: ignore[func-returns-value]


def _statement(label: str, statement: dict[str, Any]) -> Iterator[Quote]:
    who = f"{statement.get('by', '')}, on {label.lower()}"
    source = str(statement.get("source") or "")
    who = f"{who}, from {source}" if source else who
    text = "\n".join(filter(None, (statement.get("reason"), statement.get("text"))))
    yield from _spoken(text, who, str(statement.get("url") or ""))


def _spoken(text: str, who: str, url: str) -> Iterator[Quote]:
    words, hidden = readable(text)
    address, more = readable(url)
    if words or address:
        yield Quote(words, readable(who)[0], hidden + more, address)
