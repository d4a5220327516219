"""What a language model wrote is taken only where no number stands without a source and no look at messages finds
anything.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from approvals.providers.language_model import Claim, Letter
from approvals.rules import message_checks
from approvals.rules.characters import without_hidden
from approvals.rules.message_html import clean

from .workflow_proposals import plain

Place = tuple[str, str]
THOUSANDS = re.compile(r"(?<=\d)[.,'’\u00a0\u202f](?=\d{3}(?!\d))")
DIGITS = re.compile(r"\d+")
LONGEST_SUBJECT = 150
# As items of proposals hold it.
LONGEST_BODY = 20_000
MOST_SAID = 3


def problems(
    letter: Letter, *, template: str, given: Mapping[Place, Mapping[str, Any]], known: message_checks.Known
) -> tuple[str, str] | None:
    """Return outcome and sentence of why it is not taken; None where it is.

    `template` is the text we would send otherwise; `given` the items it was shown, by type and id.
    """
    subject, body = " ".join(letter.subject.split()), clean(letter.body)
    if not plain(subject).strip() or not body.text.strip():
        return "nonsense", "wrote no subject or no text"
    if len(subject) > LONGEST_SUBJECT:
        return "nonsense", f"wrote a subject of {len(subject)} characters"
    # Cleaning may lengthen it.
    for length in (len(letter.body), len(body.html)):
        if length > LONGEST_BODY:
            return "nonsense", f"wrote {length:,} characters"
    text = _flat(f"{subject}\n{body.text}")
    for claim in claims_of(letter):
        if (claim.source.type, claim.source.id) not in given:
            return "refused", f"names a source it was not given: {claim.source.type} {claim.source.id[:40]}"
        if _flat(claim.text) not in text:
            return "refused", f"gives a source for words it did not write: “{_flat(claim.text)[:60]}”"
    loose = _numbers(f"{subject}\n{body.text}") - _numbers(template) - _sourced(letter, given)
    if loose:
        return "refused", f"names {_some(loose)} without a source that holds it"
    remarks = message_checks.remarks(subject=subject, body=letter.body, known=known)
    if remarks:
        return "refused", " ".join(one.say for one in remarks[:MOST_SAID])
    return None


def claims_of(letter: Letter) -> list[Claim]:
    """Those that say anything."""
    return [one for one in letter.claims if _flat(one.text)]


def _flat(text: str) -> str:
    """The words alone: neither case, line breaks, what nobody sees, nor quotes and stops around them."""
    return " ".join(without_hidden(plain(text)).casefold().split()).strip(" .,;:!?…\"'“”„‚‘’«»")


def _sourced(letter: Letter, given: Mapping[Place, Mapping[str, Any]]) -> set[str]:
    """The numbers that stand in a claim and in the item it is from."""
    found: set[str] = set()
    for claim in claims_of(letter):
        item = given[claim.source.type, claim.source.id]
        held = {name: value for name, value in item.items() if name not in ("type", "id")}
        found |= _numbers(claim.text) & _numbers(json.dumps(held, ensure_ascii=False))
    return found


def _numbers(text: str) -> set[str]:
    """Each run of digits, without separators of thousands and leading noughts: a day reads alike in every form."""
    return {run.lstrip("0") or "0" for run in DIGITS.findall(THOUSANDS.sub("", text))}


def _some(numbers: set[str]) -> str:
    return ", ".join(sorted(one[:20] for one in numbers)[:MOST_SAID])
