"""What a text that a person edited says beyond the one that was proposed: promises, topics and numbers.

It is said to them once and forbids nothing. Promises and topics are known by words, English and German ones.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from approvals.rules.commitments import commitments
from approvals.rules.message_html import clean
from approvals.rules.topics import topics_of
from approvals.rules.wording import listed, quoted

MOST_NAMED = 5
STOPS = ".!?"
# Beyond this nothing is read; such a text is too long to be sent anyway.
MOST_READ = 40_000
THOUSANDS = re.compile(r"(?<=\d)[.,'’\u00a0\u202f](?=\d{3}(?!\d))")
# With what makes it an amount: 50 %, € 1,200 and 12.50 EUR.
NUMBER = re.compile(
    r"(?:[€$£]\s?)?\d+(?:[.,]\d+)?(?:\s?(?:%|€|\$|£|percent\b|prozent\b|eur\b|usd\b|gbp\b|chf\b))?", re.I
)


@dataclass(frozen=True, slots=True)
class Text:
    """Subject and body of a message; the body may be HTML."""

    subject: str
    body: str

    @property
    def words(self) -> str:
        """As a reader sees it."""
        return f"{self.subject[:MOST_READ]}\n{clean(self.body).text[:MOST_READ]}"


def added(before: Text, after: Text) -> tuple[str, ...]:
    """Return a sentence for each kind of thing that only `after` says; none where it says no more. Total."""
    old, new = before.words, after.words
    return (*_promises(old, new), *_topics(old, new), *_numbers(old, new))


def _promises(old: str, new: str) -> list[str]:
    known = {_flat(one.sentence) for one in commitments(old)}
    fresh = [one.sentence for one in commitments(new) if _flat(one.sentence) not in known]
    return [f"It promises {listed([quoted(one.rstrip(STOPS)) for one in fresh])}."] if fresh else []


def _topics(old: str, new: str) -> list[str]:
    known = {one.name for one in topics_of(old)}
    fresh = [one for one in topics_of(new) if one.name not in known]
    said = [f"{one.name} ({', '.join(quoted(word) for word in one.words_found)})" for one in fresh]
    return [f"{'A new topic' if len(said) == 1 else 'New topics'}: {listed(said)}."] if said else []


def _numbers(old: str, new: str) -> list[str]:
    known = set(_runs(old))
    fresh = [shown for run, shown in _runs(new).items() if run not in known]
    if len(fresh) > MOST_NAMED:
        fresh = [*fresh[:MOST_NAMED], f"{len(fresh) - MOST_NAMED} more"]
    return [f"It names {listed(fresh)}."] if fresh else []


def _runs(text: str) -> dict[str, str]:
    """Each number as it is compared, with how it stands there first."""
    found: dict[str, str] = {}
    for match in NUMBER.finditer(THOUSANDS.sub("", text)):
        shown = match[0].strip()
        found.setdefault(re.sub(r"[^\d.,]", "", shown).replace(",", ".").lstrip("0") or "0", shown)
    return found


def _flat(sentence: str) -> str:
    return " ".join(sentence.casefold().split())
