# ruff: noqa: N802 (the names are those of aiosmtpd)
"""A mail server that behaves as it is told, and keeps a log of its own of what it took."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from email import message_from_bytes
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import settings
from django.test import override_settings


@dataclass(frozen=True, slots=True)
class Taken:
    """One message that the server has."""

    sender: str
    recipient: str
    message_id: str
    content: bytes
    at: float


@dataclass
class Server:
    """`mail`, `rcpt` and `data` are answers, empty for the usual ones.

    After the bytes it waits `seconds`, and instead of answering it hangs up (`hangs_up`). What it `kept` it has,
    whatever the client was told; a message it refuses is not kept.
    """

    mail: str = ""
    rcpt: str = ""
    data: str = ""
    before_data: str = ""
    hangs_up: bool = False
    hangs_up_once: bool = False
    keeps: bool = True
    seconds: float = 0.0
    meanwhile: Callable[[], None] | None = None
    port: int = 0
    kept: list[Taken] = field(default_factory=list)
    connections: int = 0

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self.mail or "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if not self.rcpt or self.rcpt.startswith("2"):
            envelope.rcpt_tos.append(address)
        return self.rcpt or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.meanwhile is not None:
            await asyncio.get_running_loop().run_in_executor(None, self.meanwhile)
        if self.keeps and (not self.data or self.data.startswith("2")):
            self._keep(envelope)
        if self.seconds:
            await asyncio.sleep(self.seconds)
        if self.hangs_up or self.hangs_up_once:
            self.hangs_up_once = False
            transport: Any = server.transport
            transport.abort()
        return self.data or "250 Queued"

    def _keep(self, envelope: Envelope) -> None:
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        message_id = str(message_from_bytes(content)["Message-ID"])
        for recipient in envelope.rcpt_tos:
            self.kept.append(Taken(str(envelope.mail_from), recipient, message_id, content, time.time()))


class _Smtp(SMTP):
    """The command DATA may be turned down before any byte of the message."""

    async def smtp_DATA(self, arg: str) -> None:
        behavior: Server = self.event_handler
        if behavior.before_data:
            await self.push(behavior.before_data)
        else:
            await super().smtp_DATA(arg)


class _Controller(Controller):
    def factory(self) -> SMTP:
        return _Smtp(self.handler, **self.SMTP_kwargs)


@contextmanager
def listening(server: Server, **told: Any) -> Iterator[Server]:
    """On a free port of this machine; `told` is what aiosmtpd takes besides, such as a certificate."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        server.port = free.getsockname()[1]
    controller = _Controller(server, hostname="127.0.0.1", port=server.port, ready_timeout=10, **told)
    controller.start()
    try:
        yield server
    finally:
        controller.stop()


@contextmanager
def running(**behavior: Any) -> Iterator[Server]:
    """The same, with settings that send there without a limit per domain."""
    with listening(Server(**behavior)) as server, override_settings(MESSAGES=sending_to(server.port)):
        yield server


def sending_to(port: int) -> Any:
    return replace(
        settings.MESSAGES,
        host="127.0.0.1",
        port=port,
        security="none",
        domain_a_minute=100_000,
        connections=50,
    )
