"""What S6 and S7 promise, read back from the bytes that were claimed, as a mail program would read them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

from approvals.rules import envelopes
from approvals.rules.message_links import link
from approvals.rules.mime import ReadBack, read_back
from crmgov.records.rules.contactability import SERVICE

from .kinds import MOST_EXAMPLES, rows_of

# Whatever is not one of these loads something, or hides something.
TAG = re.compile(
    r"<(?!/?(?:p|br|strong|em|ul|ol|li|a|hr|html|head|body|!doctype)\b|meta charset)", re.IGNORECASE
)
ATTRIBUTE = re.compile(r"<[^>]*\s(?:src|style|background|srcset|on\w+)\s*=", re.IGNORECASE)
HREF = re.compile(r'<a href="([^"]*)"')
# In the order of their ids, so many at a time.
CLAIMED = """
SELECT m.id, m.mime, m.purpose, m.recipient, m.message_id, d.person_id IS NOT NULL
FROM approvals_message m JOIN approvals_decision d ON d.id = m.decision_id
WHERE EXISTS (SELECT 1 FROM approvals_delivery y JOIN approvals_execution x ON x.id = y.execution_id
              WHERE x.decision_id = d.id) AND m.id > %s ORDER BY m.id LIMIT 500"""


@dataclass(frozen=True, slots=True)
class Mail:
    """What was claimed; `seen` where a person approved it."""

    id: UUID
    mime: bytes
    purpose: str
    recipient: str
    message_id: str
    seen: bool


Look = Callable[[Mail, ReadBack], Iterator[str]]


def unsubscribable() -> tuple[int, int, Sequence[str]]:
    """S6: where to unsubscribe with one press, where the sender lives, and one sender of our own domain."""
    return _each(_commercial)


def harmless() -> tuple[int, int, Sequence[str]]:
    """S7: nothing is loaded, no link leads where nobody said it may, and no header turns text around."""
    return _each(_unharmful)


def _each(look: Look) -> tuple[int, int, Sequence[str]]:
    rows, violations, examples = 0, 0, list[str]()
    for mail in _claimed():
        rows += 1
        found = [f"message {mail.id} {said}" for said in look(mail, read_back(mail.mime))]
        violations += bool(found)
        examples += found[: MOST_EXAMPLES - len(examples)]
    return rows, violations, examples


def _claimed() -> Iterator[Mail]:
    last = UUID(int=0)
    while True:
        found = [Mail(key, bytes(mime), *rest) for key, mime, *rest in rows_of(CLAIMED, [last])]
        if not found:
            return
        yield from found
        last = found[-1].id


def _commercial(mail: Mail, read: ReadBack) -> Iterator[str]:
    if read.sender.rpartition("@")[2] != read.message_id.strip("<>").rpartition("@")[2]:
        yield "does not name the one sender of its day"
    if mail.purpose in SERVICE:
        return
    if not read.one_click or not any(way.startswith("http") for way in read.list_unsubscribe):
        yield "has no header to unsubscribe with one press"
    _, mark, foot = read.text.rpartition("\n-- \n")
    if not mark or all("://" in line for line in foot.splitlines()):
        yield "has no postal address"


def _unharmful(mail: Mail, read: ReadBack) -> Iterator[str]:
    said = envelopes.problem(
        mail.mime, sender=read.sender, recipient=mail.recipient, message_id=mail.message_id
    )
    if said:
        yield f"is not addressed as it may be: {said}"
    if TAG.search(read.html) or ATTRIBUTE.search(read.html):
        yield "holds more than plain text and links"
    ways = {*read.list_unsubscribe}
    # Of a host that nobody listed, a person saw that it is none and approved it; nobody looks at what leaves alone.
    listed = None if mail.seen else settings.MESSAGES.link_hosts
    for url in HREF.findall(read.html):
        judged = link("", url)
        if url not in ways and (not judged.allowed or (listed is not None and judged.host not in listed)):
            yield f"links to {judged.host or url[:80]}"
