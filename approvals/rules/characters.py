"""Characters that are not what they seem: those nobody sees, those that turn the reading direction, and look-alikes."""

from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import dataclass

# Blank on screen, though Unicode calls them letters, marks or symbols.
BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
LINE_ENDS = frozenset("\u2028\u2029")
ORDINARY = frozenset("\n\r\t")
JOINER = "\u200d"
# They choose between the plain and the colored form of a symbol.
SYMBOL_FORMS = frozenset("\ufe0e\ufe0f")
# Letters of other scripts that look like a Latin one: Cyrillic, Greek, Armenian, and a few of phonetic alphabets.
LOOK_ALIKES = {
    ord(other): latin
    for latin, others in {
        "a": "аαɑа",
        "b": "вьβ",
        "c": "сϲ",
        "d": "ԁ",
        "e": "еєεё",
        "g": "ɡց",
        "h": "һнհ",
        "i": "іιıɩї",
        "j": "јϳ",
        "k": "кκ",
        "l": "ӏ",
        "m": "м",
        "n": "пηո",
        "o": "оοօσ",
        "p": "рρ",
        "q": "ԛգ",
        "r": "г",
        "s": "ѕ",
        "t": "тτ",
        "u": "υսц",
        "v": "ѵν",
        "w": "ԝωѡա",
        "x": "хχ",
        "y": "уγүʏ",
    }.items()
    for other in others
}


@dataclass(frozen=True)
class Hidden:
    """A character nobody sees: its number, its name, how often it stood there."""

    codepoint: int
    name: str
    count: int

    def __str__(self) -> str:
        times = "once" if self.count == 1 else f"{self.count} times"
        return f"{self.name} (U+{self.codepoint:04X}) {times}"


def hidden_in(text: str) -> tuple[Hidden, ...]:
    """Every kind of hidden character in `text`, in the order of their numbers."""
    found = Counter(text[place] for place in _places(text))
    return tuple(Hidden(ord(one), _name(one), found[one]) for one in sorted(found))


def without_hidden(text: str) -> str:
    """The text as it reads. What separates lines unseen becomes a line break, everything else nothing."""
    places = _places(text)
    if not places:
        return text
    gone = set(places)
    return "".join(
        one if place not in gone else "\n" if one in LINE_ENDS else "" for place, one in enumerate(text)
    )


def in_plain_letters(text: str) -> str:
    """The text for comparing: one case, no hidden characters, one form of each letter, look-alikes as Latin letters."""
    return _folded(without_hidden(text)).translate(LOOK_ALIKES)


def passes_for_latin(label: str) -> bool:
    """Is this word of a host written with letters that look Latin and are not, whole or in part?"""
    plain = _folded(label)
    if plain.isascii():
        return False
    latin = any("a" <= one <= "z" for one in plain)
    foreign = any(one.isalpha() and not unicodedata.name(one, "").startswith("LATIN") for one in plain)
    return (latin and foreign) or plain.translate(LOOK_ALIKES).isascii()


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _places(text: str) -> list[int]:
    suspects = {one for one in set(text) if is_hidden(one)}
    if not suspects:
        return []
    return [place for place, one in enumerate(text) if one in suspects and not _shapes_a_symbol(text, place)]


def is_hidden(one: str) -> bool:
    """Is this character unseen, out of place in a text, or meant for machines only?"""
    if one in ORDINARY:
        return False
    if one in BLANK or one in LINE_ENDS or one in SYMBOL_FORMS:
        return True
    kind = unicodedata.category(one)
    return kind in {"Cc", "Cf", "Cs", "Co"} or _is_ignorable(ord(one))


def _is_ignorable(number: int) -> bool:
    """Variation selectors, tags, numbers that are no characters; not letters that are newer than this Python."""
    selectors = 0x180B <= number <= 0x180F or 0xFE00 <= number <= 0xFE0F or 0xE0000 <= number <= 0xE0FFF
    return selectors or number & 0xFFFE == 0xFFFE or 0xFDD0 <= number <= 0xFDEF or 0xFFF0 <= number <= 0xFFF8


def _shapes_a_symbol(text: str, place: int) -> bool:
    """Whether it belongs to the symbol before it, as in a flag or a family: such a one is seen, and kept."""
    one, before = text[place], text[place - 1] if place else ""
    if one in SYMBOL_FORMS:
        return before in "#*0123456789‼⁉↔〰〽" or _is_symbol(before) if before else False
    if one != JOINER or not before:
        return False
    return (before in SYMBOL_FORMS or _is_symbol(before)) and _is_symbol(text[place + 1 : place + 2])


def _is_symbol(one: str) -> bool:
    return bool(one) and unicodedata.category(one) in {"So", "Sk", "Sm"}


def _name(one: str) -> str:
    found = unicodedata.name(one, "")
    return found.lower() if found else "control character" if one < "\u00a0" else "unnamed character"
