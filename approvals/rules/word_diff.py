"""What changed between two texts, word by word, for ins and del on screen."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby
from typing import Literal

Kind = Literal["kept", "removed", "added"]
# A word or a sign, with the space behind it: spaces of their own would match everywhere.
TOKEN = re.compile(r"(?:\w+|[^\w\s])\s*|\s+")
MOST_TOKENS = 5_000
# Pairs of equal tokens: what one pass of the comparison costs at worst.
MOST_PAIRS = 60_000


@dataclass(frozen=True)
class Run:
    """A stretch of text that both have, or only the first (`removed`) or the second (`added`)."""

    kind: Kind
    text: str


def runs(before: str, after: str) -> tuple[Run, ...]:
    """Return the runs in reading order, what was removed in front of what took its place.

    Kept and removed together are `before`, kept and added together `after`, to the letter. Long texts are compared by
    lines; where even that would take long, what differs is one removed and one added run.
    """
    for split in (TOKEN.findall, _lines):
        old, new = split(before), split(after)
        head = _common(old, new)
        tail = _common(old[head:][::-1], new[head:][::-1])
        old_middle, new_middle = old[head : len(old) - tail], new[head : len(new) - tail]
        if _is_small(old_middle, new_middle):
            return _joined(
                ("kept", "".join(old[:head])),
                *_compared(old_middle, new_middle),
                ("kept", "".join(old[len(old) - tail :])),
            )
    return _joined(
        ("kept", "".join(old[:head])),
        ("removed", "".join(old_middle)),
        ("added", "".join(new_middle)),
        ("kept", "".join(old[len(old) - tail :])),
    )


def _compared(old: list[str], new: list[str]) -> Iterator[tuple[Kind, str]]:
    for tag, start, end, new_start, new_end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            yield "kept", "".join(old[start:end])
        else:
            yield "removed", "".join(old[start:end])
            yield "added", "".join(new[new_start:new_end])


def _common(old: list[str], new: list[str]) -> int:
    """How many tokens both begin with."""
    count = 0
    for ours, theirs in zip(old, new, strict=False):
        if ours != theirs:
            break
        count += 1
    return count


def _is_small(old: list[str], new: list[str]) -> bool:
    if len(old) + len(new) > MOST_TOKENS:
        return False
    there = Counter(new)
    return sum(times * there[token] for token, times in Counter(old).items()) <= MOST_PAIRS


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def _joined(*parts: tuple[Kind, str]) -> tuple[Run, ...]:
    filled = (part for part in parts if part[1])
    return tuple(
        Run(kind, "".join(text for _, text in same)) for kind, same in groupby(filled, lambda part: part[0])
    )
