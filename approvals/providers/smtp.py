"""SMTP (RFC 5321): one connection, kept for many messages, on which nothing lasts longer than is said here.

What breaks before the bytes began to leave is tried again. What breaks after them and before the server's word is
UNKNOWN (RFC 1047): a second try could be a second mail.
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from threading import Timer

from crmgov.env.environment import Messages

from .transport import Answer, Envelope, Kind, cleaned

LINE_OF_A_DOT = re.compile(rb"(?m)^\.")
# The server wants another login or none at all: nothing about this message.
ABOUT_US = frozenset({421, 454, 530, 534, 535, 538})
BROKE = (OSError, smtplib.SMTPException)


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: for one answer, for all up to the bytes, and for the bytes with their answer."""

    answer: float = 20.0
    offer: float = 45.0
    hand_over: float = 90.0


class Smtp:
    """A `Transport`. The connection opens with the first message and again after it broke."""

    def __init__(
        self, server: Messages, *, patience: Patience = Patience(), tls: ssl.SSLContext | None = None
    ) -> None:
        self._server, self._patience = server, patience
        self._tls = tls or ssl.create_default_context()
        self._connection: smtplib.SMTP | None = None

    def offer(self, envelope: Envelope) -> Answer:
        used_before = self._connection is not None
        answer = self._offer_once(envelope)
        if answer.kind is Kind.AWAY and used_before:
            # A server ends connections that rested for a while: that says nothing about the next one.
            return self._offer_once(envelope)
        return answer

    def hand_over(self, envelope: Envelope) -> Answer:
        connection = self._connection
        if connection is None:
            return Answer(Kind.NOT_NOW, "The connection broke before any of it was sent.")
        try:
            with self._within(connection, self._patience.offer):
                code, words = connection.docmd("DATA")
        except BROKE as error:
            self._drop()
            return Answer(Kind.NOT_NOW, cleaned(f"Broke before any of it was sent: {error}"))
        if code != 354:
            return self._declined(code, words)
        return self._send(connection, envelope.mime)

    def withdraw(self) -> None:
        if self._connection is not None:
            try:
                with self._within(self._connection, self._patience.answer):
                    self._connection.rset()
            except BROKE:
                self._drop()

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(*BROKE), self._within(connection, self._patience.answer):
                connection.quit()
            connection.close()

    def _offer_once(self, envelope: Envelope) -> Answer:
        connection = self._connection or self._new()
        try:
            with self._within(connection, self._patience.offer):
                if self._connection is None:
                    self._open(connection)
                    self._connection = connection
                return self._introduce(connection, envelope)
        except BROKE as error:
            connection.close()
            self._connection = None
            return Answer(Kind.AWAY, _why(error))
        except ValueError:
            # smtplib refuses line breaks in commands and letters it cannot write.
            self.withdraw()
            return Answer(Kind.REFUSED, "No mail server can be told this address.")

    def _introduce(self, connection: smtplib.SMTP, envelope: Envelope) -> Answer:
        options = []
        if not envelope.mime.isascii() and connection.has_extn("8bitmime"):
            options.append("BODY=8BITMIME")
        if not f"{envelope.sender}{envelope.recipient}".isascii():
            if not connection.has_extn("smtputf8"):
                return Answer(Kind.REFUSED, "The mail server takes no addresses with letters beyond ASCII.")
            options.append("SMTPUTF8")
        code, words = connection.mail(envelope.sender, options)
        if code != 250:
            return self._declined(code, words)
        code, words = connection.rcpt(envelope.recipient)
        return Answer(Kind.READY) if code in (250, 251) else self._declined(code, words)

    def _send(self, connection: smtplib.SMTP, mime: bytes) -> Answer:
        """Once a byte has left only a number from the server says what became of it."""
        body = LINE_OF_A_DOT.sub(b"..", mime)
        end = b".\r\n" if body.endswith(b"\r\n") else b"\r\n.\r\n"
        try:
            with self._within(connection, self._patience.hand_over):
                connection.send(body + end)
                code, words = connection.getreply()
        except BROKE as error:
            self._drop()
            return Answer(Kind.UNKNOWN, cleaned(f"Broke after it was sent and before the answer: {error}"))
        if 200 <= code < 300:
            return Answer(Kind.TAKEN, cleaned(words))
        if 400 <= code < 600:
            return self._declined(code, words, about_us=frozenset())
        self._drop()
        return Answer(Kind.UNKNOWN, cleaned(f"The answer was no answer: {code} {words!r}"))

    def _declined(self, code: int, words: bytes, *, about_us: frozenset[int] = ABOUT_US) -> Answer:
        said = f"{code} {cleaned(words)}"
        if code == 421 or code < 0:
            self._drop()
        else:
            self.withdraw()
        if code in about_us or code < 0:
            return Answer(Kind.AWAY, said)
        return Answer(Kind.REFUSED if 500 <= code < 600 else Kind.NOT_NOW, said)

    def _new(self) -> smtplib.SMTP:
        """Not connected yet: what connects in its constructor cannot be cut off meanwhile."""
        seconds, name = self._patience.answer, _our_name()
        if self._server.security == "tls":
            made: smtplib.SMTP = smtplib.SMTP_SSL(local_hostname=name, timeout=seconds, context=self._tls)
        else:
            made = smtplib.SMTP(local_hostname=name, timeout=seconds)
        # What the certificate is checked against; only the constructor sets it.
        made._host = self._server.host  # type: ignore[attr-defined]
        return made

    def _open(self, connection: smtplib.SMTP) -> None:
        code, words = connection.connect(self._server.host, self._server.port)
        if code != 220:
            raise smtplib.SMTPConnectError(code, words)
        connection.ehlo_or_helo_if_needed()
        if self._server.security == "starttls":
            connection.starttls(context=self._tls)
            connection.ehlo_or_helo_if_needed()
        if self._server.user:
            connection.login(self._server.user, self._server.password)

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    @contextmanager
    def _within(self, connection: smtplib.SMTP, seconds: float) -> Iterator[None]:
        """Cut the line when the time is over: the limit per answer alone lets a server trickle for hours."""

        def cut() -> None:
            line = connection.sock
            if line is not None:
                with suppress(OSError):
                    # Not the method of a TLS socket, which would take its state from under the waiting thread.
                    socket.socket.shutdown(line, socket.SHUT_RDWR)

        timer = Timer(seconds, cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()


@cache
def _our_name() -> str:
    """As which host we greet; asking the resolver for each connection can take seconds."""
    name = socket.getfqdn()
    return name if "." in name else "[127.0.0.1]"


def _why(error: Exception) -> str:
    """What a person who looks after the server can act on; never what was sent for the login."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return cleaned(f"The mail server refused our login: {error.smtp_code} {cleaned(error.smtp_error)}")
    if isinstance(error, smtplib.SMTPResponseException):
        return cleaned(f"{error.smtp_code} {cleaned(error.smtp_error)}")
    return cleaned(f"The mail server could not be reached: {error}")
