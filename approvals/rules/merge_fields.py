"""What a message template may hold: fixed text, {{ contact.first_name }}, and {% if contact.title %} … {% endif %}.

Nothing else of the template language: no filters (`default` would hide a hole), no loops, nothing that loads.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from crmgov.kernel.refusals import Invalid

LONGEST = 20_000
MOST_MARKS = 400
DEEPEST = 8
# As Django splits a template.
MARK = re.compile(r"(\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\})")
HALF = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}")
NAME = r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*(?:\.[a-z][a-z0-9]*(?:_[a-z0-9]+)*){0,3}"
FIELD = re.compile(NAME)
TEST = rf"(?:not )?{NAME}(?: (?:==|!=) (?:\"[^\"\\]{{0,80}}\"|'[^'\\]{{0,80}}'))?"
IF = re.compile(rf"if {TEST}(?: (?:and|or) {TEST}){{0,4}}")
LITERAL = re.compile(r"\"[^\"]*\"|'[^']*'")
PAIRS = frozenset({("{{", "}}"), ("{%", "%}")})
WORDS = frozenset({"if", "not", "and", "or"})
# What ends an address in a text.
ENDS = " \t\n<>\"'"
BEGINS = ("http://", "https://", "www.")


class BadTemplate(Invalid):
    """This template cannot be used. Its message names the line."""

    def __init__(self, line: int, why: str) -> None:
        self.line = line
        super().__init__(f"Line {line}: {why}", line=line)


class Mark(NamedTuple):
    """One mark of a template: its line, and the fields it reads; `shows` is false for a condition."""

    line: int
    fields: tuple[str, ...]
    shows: bool


def fields_of(source: str) -> tuple[str, ...]:
    """Return the merge fields in the order in which they first stand there. Raises BadTemplate."""
    return tuple(dict.fromkeys(name for mark in marks(source) for name in mark.fields))


def marks(source: str) -> tuple[Mark, ...]:
    """Return every mark of `source`. Raises BadTemplate."""
    if len(source) > LONGEST:
        raise BadTemplate(1, f"it has more than {LONGEST:,} characters.")
    found = tuple(_marks(source))
    if len(found) > MOST_MARKS:
        raise BadTemplate(found[MOST_MARKS].line, f"it has more than {MOST_MARKS} fields and conditions.")
    return found


def _marks(source: str) -> Iterator[Mark]:
    # Of each open condition the line it began on, and whether it had its else.
    opened: list[tuple[int, bool]] = []
    line, before = 1, ""
    for part in MARK.split(source):
        inside, ends = part[2:-2].strip(), (part[:2], part[-2:])
        if ends in PAIRS and _is_in_address(before):
            raise BadTemplate(
                line, f"“{inside[:60]}” stands inside a tag or an address, and would change it."
            )
        if ends == ("{{", "}}"):
            yield Mark(line, (_field(inside, line),), shows=True)
        elif ends == ("{%", "%}"):
            yield Mark(line, _condition(inside, opened, line), shows=False)
        elif ends == ("{#", "#}"):
            raise BadTemplate(line, "it holds a remark ({# … #}). Write it beside the template.")
        elif half := HALF.search(part):
            raise BadTemplate(
                line + part.count("\n", 0, half.start()), f"“{half[0]}” has no other half on its line."
            )
        else:
            before += part
        line += part.count("\n")
    if opened:
        raise BadTemplate(opened[-1][0], "this if has no endif.")


def _field(inside: str, line: int) -> str:
    if not FIELD.fullmatch(inside):
        raise BadTemplate(line, f"“{inside[:60]}” is no field like contact.first_name.")
    return inside


def _condition(inside: str, opened: list[tuple[int, bool]], line: int) -> tuple[str, ...]:
    word = inside.partition(" ")[0]
    if word not in {"if", "else", "endif"}:
        raise BadTemplate(line, f"“{word[:60]}” is not known here; only if, else and endif are.")
    if word == "if":
        return _opened_if(inside, opened, line)
    if inside != word:
        raise BadTemplate(line, f"{word} stands alone.")
    if not opened:
        raise BadTemplate(line, f"this {word} has no if.")
    began, had_else = opened.pop()
    if word == "else":
        if had_else:
            raise BadTemplate(line, "this if has an else already.")
        opened.append((began, True))
    return ()


def _opened_if(inside: str, opened: list[tuple[int, bool]], line: int) -> tuple[str, ...]:
    if not IF.fullmatch(inside):
        raise BadTemplate(
            line, 'write a condition like {% if contact.title %} or {% if contact.language == "de" %}.'
        )
    opened.append((line, False))
    if len(opened) > DEEPEST:
        raise BadTemplate(line, f"conditions stand in each other more than {DEEPEST} deep.")
    return tuple(name for name in FIELD.findall(LITERAL.sub(" ", inside)) if name not in WORDS)


def _is_in_address(before: str) -> bool:
    """Does the text end within a tag or a web address? “https://acme{{ x }}” would lead wherever the field says."""
    word = before[max(before.rfind(end) for end in ENDS) + 1 :].lower()
    return before.rfind("<") > before.rfind(">") or any(begin in word for begin in BEGINS)
