"""Why it is here: one line per rule, with what a sentence names linked where it stands in the sentence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from approvals.http import address_of
from approvals.models import Suggestion
from approvals.rules.findings import Finding, Ref
from approvals.rules.vocabulary import Verdict

Part = dict[str, str]
WAITS = "What you approve waits until the pause is lifted."


def as_held(suggestion: Suggestion, findings: Sequence[Finding]) -> list[Finding]:
    """The findings as they bear on this one: a pause keeps what waits, or was decided, but does not end it."""
    if suggestion.status == Suggestion.Status.BLOCKED:
        return list(findings)
    otherwise = WAITS if suggestion.is_open else ""
    return [
        replace(found, verdict=Verdict.QUEUE, otherwise=otherwise) if found.rule == "paused" else found
        for found in findings
    ]


def held_by_pause(suggestion: Suggestion, findings: Sequence[Finding]) -> bool:
    """A pause is all that the gate had against it, and it was not closed for that."""
    blocks = [found.rule for found in findings if found.verdict is Verdict.BLOCK]
    return suggestion.status != Suggestion.Status.BLOCKED and set(blocks) == {"paused"}


def reasons_of(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """Findings of one rule with one way out share a line, in the order of the gate: strictest first."""
    grouped: dict[tuple[str, str, str], list[Finding]] = {}
    for found in findings:
        grouped.setdefault((found.verdict.value, found.rule, found.otherwise), []).append(found)
    return [
        {
            "verdict": verdict,
            "rule": rule,
            "otherwise": otherwise,
            "sentences": [_parts(found) for found in group],
        }
        for (verdict, rule, otherwise), group in grouped.items()
    ]


def _parts(found: Finding) -> list[Part]:
    """The sentence in pieces, some with an address; what it does not name stands behind it."""
    pieces: list[Part] = [{"text": found.sentence}]
    behind: list[Part] = []
    for ref in found.evidence:
        url = address_of(ref.kind, ref.id)
        if not url:
            continue
        if any(ref.label in piece["text"] for piece in pieces if "url" not in piece):
            pieces = list(_linked(pieces, ref, url))
        else:
            behind += [{"text": " "}, {"text": ref.label, "url": url}]
    return [*pieces, *behind]


def _linked(pieces: Iterable[Part], ref: Ref, url: str) -> Iterator[Part]:
    """Make the first mention a link."""
    done = False
    for piece in pieces:
        if done or "url" in piece or ref.label not in piece["text"]:
            yield piece
            continue
        before, _, after = piece["text"].partition(ref.label)
        yield from ({"text": before}, {"text": ref.label, "url": url}, {"text": after})
        done = True
