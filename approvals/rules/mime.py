"""A message as the bytes that are sent. The same envelope gives the same bytes, so that they can be approved."""

from __future__ import annotations

import binascii
import hashlib
import html as entities
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser

from approvals.rules.characters import hidden_in
from approvals.rules.message_headers import (
    BadEnvelope,
    extra,
    mailbox,
    message_id,
    moment,
    unsubscribe,
    words,
)
from approvals.rules.message_html import clean

__all__ = ["BadEnvelope", "Envelope", "ReadBack", "build", "digest", "read_back"]

ONE_CLICK = "List-Unsubscribe=One-Click"
PAGE = '<!DOCTYPE html>\n<html>\n<head><meta charset="utf-8"></head>\n<body>\n{body}\n</body>\n</html>\n'


@dataclass(frozen=True)
class Envelope:
    """One mail to one person. `html` as `message_html.clean` wrote it; `text` is its plain part.

    Commercial mail has to say where to unsubscribe (`list_unsubscribe`, an https address that takes a POST) and the
    sender's `postal_address`, in lines; other mail may. `smtputf8` allows letters beyond ASCII in the recipient's
    name before the @, which only some servers take.
    """

    sender_name: str
    sender_address: str
    recipient_address: str
    subject: str
    html: str
    text: str
    message_id: str
    date: datetime
    reply_to: str = ""
    recipient_name: str = ""
    list_unsubscribe: str = ""
    unsubscribe_mailto: str = ""
    unsubscribe_words: str = "Unsubscribe"
    postal_address: str = ""
    commercial: bool = True
    smtputf8: bool = False
    extra: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class ReadBack:
    """What a mail program reads in the bytes; `recipients` over To, Cc and Bcc."""

    sender: str
    recipients: tuple[str, ...]
    subject: str
    message_id: str
    list_unsubscribe: tuple[str, ...]
    one_click: bool
    html: str
    text: str


def build(envelope: Envelope) -> bytes:
    """Return the mail, with CRLF, as SMTP sends it before dot-stuffing. Raises BadEnvelope naming the header."""
    _require_complete(envelope)
    head = _head(envelope)
    parts = (
        ("text/plain", envelope.text.rstrip("\n") + _foot_in_text(envelope) + "\n"),
        ("text/html", PAGE.format(body=envelope.html + _foot_in_html(envelope))),
    )
    # What is encoded never holds “=_”, so no body can hold the boundary.
    said = "\0".join(word for pair in (*head, *parts) for word in pair)
    boundary = f"=_{digest(said.encode())[:40]}"
    lines = [f"{name}: {value}" for name, value in head]
    lines.append(f'Content-Type: multipart/alternative;\r\n boundary="{boundary}"')
    lines.append("")
    for kind, body in parts:
        lines += [f"--{boundary}", f"Content-Type: {kind}; charset=utf-8"]
        lines += ["Content-Transfer-Encoding: quoted-printable", "", _quoted(body)]
    return "\r\n".join([*lines, f"--{boundary}--", ""]).encode()


def digest(mail: bytes) -> str:
    """SHA-256 of the bytes, in hex."""
    return hashlib.sha256(mail).hexdigest()


def read_back(mail: bytes) -> ReadBack:
    """Read a mail as another program would."""
    read = BytesParser(EmailMessage, policy=policy.SMTP).parsebytes(mail)
    recipients = [
        one.addr_spec
        for name in ("To", "Cc", "Bcc")
        for header in read.get_all(name, [])
        for one in header.addresses
    ]
    return ReadBack(
        sender=_one(read, "From"),
        recipients=tuple(recipients),
        subject=str(read.get("Subject", "")),
        message_id=str(read.get("Message-ID", "")).strip(),
        list_unsubscribe=tuple(
            part.strip(" <>") for part in str(read.get("List-Unsubscribe", "")).split(",") if part
        ),
        one_click=str(read.get("List-Unsubscribe-Post", "")) == ONE_CLICK,
        html=_part(read, "html"),
        text=_part(read, "plain"),
    )


def _one(read: EmailMessage, name: str) -> str:
    found = [one.addr_spec for header in read.get_all(name, []) for one in header.addresses]
    return found[0] if len(found) == 1 else ""


def _part(read: EmailMessage, kind: str) -> str:
    part = read.get_body((kind,))
    return part.get_content().replace("\r\n", "\n") if part is not None else ""


def _require_complete(envelope: Envelope) -> None:
    if envelope.commercial and not envelope.list_unsubscribe:
        raise BadEnvelope("List-Unsubscribe", "commercial mail has to say where to unsubscribe.")
    if envelope.commercial and not envelope.postal_address.strip():
        raise BadEnvelope("Postal address", "commercial mail has to name where the sender lives.")
    if not envelope.subject.strip():
        raise BadEnvelope("Subject", "there is none.")
    if not envelope.text.strip() or not envelope.html.strip():
        raise BadEnvelope("Body", "there is none.")
    for name, value in (
        ("Postal address", envelope.postal_address),
        ("Unsubscribe", envelope.unsubscribe_words),
    ):
        if hidden_in(value) or "\r" in value:
            raise BadEnvelope(name, "it holds a character that nobody sees.")
    cleaned = clean(envelope.html)
    if (cleaned.html, cleaned.text) != (envelope.html, envelope.text):
        raise BadEnvelope("Body", "it was not cleaned, or its plain text says something else.")


def _head(envelope: Envelope) -> list[tuple[str, str]]:
    """The headers in their order, without those of the body."""
    head = [
        ("From", mailbox("From", envelope.sender_name, envelope.sender_address)),
        (
            "To",
            mailbox("To", envelope.recipient_name, envelope.recipient_address, smtputf8=envelope.smtputf8),
        ),
        ("Subject", words("Subject", envelope.subject)),
        ("Date", moment("Date", envelope.date)),
        ("Message-ID", message_id(envelope.message_id)),
    ]
    if envelope.reply_to:
        head.insert(1, ("Reply-To", mailbox("Reply-To", "", envelope.reply_to)))
    ways = unsubscribe(envelope.list_unsubscribe, envelope.unsubscribe_mailto)
    if ways:
        head.append(("List-Unsubscribe", ways))
    if envelope.list_unsubscribe:
        head.append(("List-Unsubscribe-Post", ONE_CLICK))
    head += [(name, extra(name, value)) for name, value in envelope.extra]
    if len({name.lower() for name, _ in head}) != len(head):
        raise BadEnvelope("Extra headers", "one of them stands there twice.")
    return [*head, ("MIME-Version", "1.0")]


def _foot_in_text(envelope: Envelope) -> str:
    lines = [line.strip() for line in envelope.postal_address.splitlines() if line.strip()]
    if envelope.list_unsubscribe:
        lines.append(f"{envelope.unsubscribe_words}: {envelope.list_unsubscribe}")
    return "\n\n-- \n" + "\n".join(lines) if lines else ""


def _foot_in_html(envelope: Envelope) -> str:
    lines = [entities.escape(line.strip()) for line in envelope.postal_address.splitlines() if line.strip()]
    if envelope.list_unsubscribe:
        url, said = entities.escape(envelope.list_unsubscribe), entities.escape(envelope.unsubscribe_words)
        lines.append(f'<a href="{url}">{said}</a>')
    return f"\n<hr>\n<p>{'<br>'.join(lines)}</p>" if lines else ""


def _quoted(body: str) -> str:
    """Quoted-printable with CRLF, lines of at most 76."""
    return binascii.b2a_qp(body.encode(), istext=True).decode().replace("\n", "\r\n")
