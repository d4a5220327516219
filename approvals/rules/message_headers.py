"""Lines of a mail's head, written so that nothing anybody typed becomes another line or another recipient.

Our own and not `email.message`, which folds a long List-Unsubscribe into encoded words no mail program follows, and
folds differently from one Python to the next: what is approved is approved as bytes.
"""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime
from email.utils import format_datetime

from email_validator import EmailNotValidError, validate_email

from approvals.rules.characters import hidden_in
from approvals.rules.message_links import ascii_host, link
from crmgov.kernel.refusals import Refused

LONGEST_LINE = 998
LONGEST_WORDS = 250
# An encoded word is at most 75 characters (RFC 2047): 39 bytes in base64, and room for the name of the header.
BYTES_A_WORD = 39
EXTRA_NAME = re.compile(r"X-[A-Za-z0-9][A-Za-z0-9-]{0,60}")
MESSAGE_ID = re.compile(r"<[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,120}@(?P<host>[A-Za-z0-9.-]{1,120})>")
# A trial on this machine has no certificate, and its mails stay here.
LOCAL = re.compile(r"http://(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?/[\w./:~-]*", re.ASCII)
MAILTO = re.compile(r"mailto:(?P<address>[^?\s<>,]{3,254})(?P<rest>\?[A-Za-z0-9=&%._~+-]{0,400})?")
PRINTABLE = re.compile(r"[ -~]*")


class BadEnvelope(Refused):
    """This message cannot be written as a mail. Its head holds something that may not stand there."""

    status = 422

    def __init__(self, header: str, why: str) -> None:
        self.header = header
        super().__init__(f"This message cannot be written as a mail. {header}: {why}", header=header)


def words(header: str, value: str) -> str:
    """Free text as it stands in a header: as it is, or as encoded words. Raises BadEnvelope."""
    require_plain(header, value)
    if len(value) > LONGEST_WORDS:
        raise BadEnvelope(header, f"it is longer than {LONGEST_WORDS} characters.")
    # What looks like an encoded word would be read as one.
    as_it_is = PRINTABLE.fullmatch(value) and value == value.strip() and "=?" not in value
    return value if as_it_is else encoded(value)


def encoded(value: str) -> str:
    """The text as encoded words in base64 (RFC 2047), each on a line of its own."""
    parts, part = [], b""
    for one in value:
        character = one.encode()
        if len(part) + len(character) > BYTES_A_WORD:
            parts.append(part)
            part = b""
        part += character
    return "\r\n ".join(f"=?utf-8?b?{base64.b64encode(one).decode()}?=" for one in [*parts, part])


def mailbox(header: str, name: str, address: str, *, smtputf8: bool = False) -> str:
    """“Anna Bauer <anna@acme.example>” for a header. Raises BadEnvelope."""
    spec = address_of(header, address, smtputf8=smtputf8)
    shown = words(header, name)
    if not shown:
        return spec
    if shown == name:
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        shown = f'"{escaped}"'
        return f"{shown} <{spec}>"
    return f"{shown}\r\n <{spec}>"


def address_of(header: str, address: str, *, smtputf8: bool = False) -> str:
    """The one address, its host in ASCII so that look-alike letters show. Raises BadEnvelope."""
    require_plain(header, address)
    try:
        found = validate_email(address, check_deliverability=False, test_environment=True, strict=True)
    except EmailNotValidError as error:
        raise BadEnvelope(header, f"it is not one e-mail address. {error}") from error
    if found.smtputf8 and not smtputf8:
        raise BadEnvelope(header, "its name has letters that only some mail servers take.")
    return f"{found.local_part}@{found.ascii_domain}"


def as_it_travels(address: str) -> str:
    """The address with its host in ASCII, as heads and servers have it; one that is none stays as it is."""
    try:
        return address_of("To", address, smtputf8=True)
    except BadEnvelope:
        return address


def moment(header: str, at: datetime) -> str:
    """A date of RFC 5322, in UTC. Raises BadEnvelope."""
    if at.tzinfo is None:
        raise BadEnvelope(header, "it names no time zone.")
    return format_datetime(at.astimezone(UTC).replace(microsecond=0))


def message_id(value: str) -> str:
    """The id as it came. Raises BadEnvelope."""
    found = MESSAGE_ID.fullmatch(value)
    if found is None or not ascii_host(found["host"]):
        raise BadEnvelope("Message-ID", "it is not like <words@host>.")
    return value


def unsubscribe(url: str, mailto: str) -> str:
    """Where to unsubscribe, for programs: the https address first. Raises BadEnvelope."""
    ways = []
    if url and LOCAL.fullmatch(url):
        ways.append(url)
    elif url:
        found = link("", url)
        if not found.allowed or found.url != url or set("<>,") & set(url):
            raise BadEnvelope("List-Unsubscribe", "it is not one plain https address.")
        ways.append(url)
    if mailto:
        parts = MAILTO.fullmatch(mailto)
        if parts is None:
            raise BadEnvelope("List-Unsubscribe", "it is not an address like mailto:out@acme.example.")
        ways.append(f"mailto:{address_of('List-Unsubscribe', parts['address'])}{parts['rest'] or ''}")
    return ",\r\n ".join(f"<{way}>" for way in ways)


def extra(name: str, value: str) -> str:
    """A header of our own, X-…, in ASCII. Raises BadEnvelope."""
    if not EXTRA_NAME.fullmatch(name):
        raise BadEnvelope("Extra headers", "only X-… may be added.")
    if not PRINTABLE.fullmatch(value) or "=?" in value or len(value) > LONGEST_LINE - len(name) - 2:
        raise BadEnvelope(name, "it is not one line of plain ASCII.")
    return value.strip()


def require_plain(header: str, value: str) -> None:
    """Raises BadEnvelope where a line could end or turn, or a character is not seen."""
    if hidden_in(value) or set(value) & set("\r\n\t"):
        raise BadEnvelope(header, "it holds a character that nobody sees or that ends a line.")
