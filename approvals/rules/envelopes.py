"""Is what would leave addressed as it was approved? Asked of the stored bytes (INVARIANTS S3, S6, S7)."""

from __future__ import annotations

import re
import unicodedata
from email import policy
from email.errors import MessageError
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import getaddresses

from approvals.rules.message_headers import as_it_travels

# One each, and none of those that would name another reader.
ONCE = ("From", "To", "Subject", "Message-ID", "Date")
NEVER = ("Cc", "Bcc", "Resent-To", "Resent-Cc", "Resent-Bcc", "Sender")
# Marks that turn text around (Unicode Standard Annex 9).
TURNS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def problem(mime: bytes, *, sender: str, recipient: str, message_id: str) -> str:
    """Return the sentence that stops these bytes; "" where they go to this one recipient, from this sender."""
    if not _is_an_address(recipient) or not _is_an_address(sender):
        return "The address is not one that a message can be sent to."
    head = mime.partition(b"\r\n\r\n")[0]
    if re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)|(?<!\r)\n", head):
        return "A header holds a control character."
    try:
        read = BytesHeaderParser(policy=policy.default).parsebytes(mime)
        return _in_headers(read, sender, recipient, message_id)
    except (MessageError, ValueError, IndexError, AttributeError, TypeError):
        # The parser of the standard library raises all of these over broken headers.
        return "A header cannot be read."


def _in_headers(read: Message, sender: str, recipient: str, message_id: str) -> str:
    for name, text in read.items():
        if any(one in TURNS or unicodedata.category(one) == "Cc" for one in str(text)):
            return f"The header {name[:40]} holds a control character, or one that turns text around."
    for name in ONCE:
        if len(read.get_all(name, [])) != 1:
            return f"The header {name} is not there exactly once."
    if extra := [name for name in NEVER if name in read]:
        return f"The header {extra[0]} is there; a message has one reader and one sender."
    if _addresses(read, "To") != [as_it_travels(recipient).lower()]:
        return "The header To does not name the one recipient that was approved."
    if _addresses(read, "From") != [sender.lower()]:
        return "The header From is not the sender of this installation."
    if str(read["Message-ID"]).strip() != message_id:
        return "The header Message-ID is not the one that was approved."
    return ""


def _addresses(read: Message, name: str) -> list[str]:
    return [address.lower() for _, address in getaddresses([str(read[name])])]


def _is_an_address(text: str) -> bool:
    return bool(re.fullmatch(r"[^\s@<>,;:\x00-\x1f\x7f]{1,64}@[^\s@<>,;:\x00-\x1f\x7f]{1,253}", text))
