"""The conversation with a mail server: bounded in time, encrypted where that was asked for, and its bytes unchanged."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult

from approvals.providers.smtp import Patience, Smtp
from approvals.providers.transport import Envelope, Kind
from tests.messages import server

MAIL = Envelope(
    "hello@demo.example",
    "ines@polder.example",
    "<1@demo.example>",
    b"Message-ID: <1@demo.example>\r\n\r\n.\r\n..x\r\n",
)
SHORT = Patience(answer=2.0, offer=0.6, hand_over=0.6)


def test_the_bytes_arrive_as_they_are_also_where_lines_begin_with_dots() -> None:
    with server.listening(server.Server()) as mail:
        way = Smtp(server.sending_to(mail.port))
        assert way.offer(MAIL).kind is Kind.READY
        assert way.hand_over(MAIL).kind is Kind.TAKEN
        way.close()

    assert [one.content for one in mail.kept] == [MAIL.mime]


def test_what_is_called_off_is_not_sent_and_the_connection_goes_on() -> None:
    with server.listening(server.Server()) as mail:
        way = Smtp(server.sending_to(mail.port))
        way.offer(MAIL)
        way.withdraw()
        way.offer(MAIL)
        way.hand_over(MAIL)
        way.close()

    assert (len(mail.kept), mail.connections) == (1, 1)


def test_a_connection_that_rested_too_long_is_opened_again() -> None:
    with server.listening(server.Server()) as mail:
        way = Smtp(server.sending_to(mail.port))
        way.offer(MAIL)
        way.hand_over(MAIL)
        connection: Any = way._connection
        connection.sock.shutdown(socket.SHUT_RDWR)
        assert way.offer(MAIL).kind is Kind.READY
        way.close()

    assert mail.connections == 2


@contextmanager
def trickling(line: bytes, times: int = 50) -> Iterator[int]:
    """A server that says one letter every now and then, so that no single wait is ever long."""
    over, listener = Event(), socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError), listener.accept()[0] as caller:
            for letter in line * times:
                if over.wait(0.1):
                    return
                caller.send(bytes([letter]))

    thread = Thread(target=serve)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        over.set()
        listener.close()
        thread.join()


def test_a_server_that_trickles_is_cut_off() -> None:
    with trickling(b"220-wait a little longer\r\n") as port:
        began = time.monotonic()
        answer = Smtp(server.sending_to(port), patience=SHORT).offer(MAIL)

    assert answer.kind is Kind.AWAY
    assert time.monotonic() - began < 3


def test_without_the_cut_it_would_hold_its_sender(monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard taken out."""
    monkeypatch.setattr(socket.socket, "shutdown", lambda self, how: None)
    began = time.monotonic()
    with trickling(b"220-wait\r\n", times=4) as port:
        Smtp(server.sending_to(port), patience=replace(SHORT, offer=0.2)).offer(MAIL)

    assert time.monotonic() - began > 2


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of 127.0.0.1, signed by itself: certificate and key in one file."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    key = path.with_name("key.pem")
    words = (
        "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
    )
    subprocess.run(["openssl", *words.split(), "-keyout", key, "-out", path], check=True, capture_output=True)
    path.write_bytes(path.read_bytes() + key.read_bytes())
    return path


def test_starttls_and_login_and_only_with_a_certificate_that_fits(certificate: Path) -> None:
    theirs = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    theirs.load_cert_chain(certificate)
    ours = ssl.create_default_context(cafile=certificate)

    def login(server_: SMTP, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=(data.login, data.password) == (b"crm", b"secret"), handled=False)

    told = {"tls_context": theirs, "require_starttls": True, "authenticator": login, "auth_required": True}
    with server.listening(server.Server(), **told) as mail:
        asked = replace(server.sending_to(mail.port), security="starttls", user="crm", password="secret")
        good = Smtp(asked, tls=ours)
        assert good.offer(MAIL).kind is Kind.READY
        assert good.hand_over(MAIL).kind is Kind.TAKEN
        good.close()
        stranger = Smtp(asked).offer(MAIL)
        wrong = Smtp(replace(asked, password="wrong"), tls=ours).offer(MAIL)
        plain = Smtp(replace(asked, security="none", user=""), tls=ours).offer(MAIL)

    assert {stranger.kind, wrong.kind} == {Kind.AWAY}
    assert "certificate" in stranger.words
    assert wrong.words.startswith("The mail server refused our login")
    assert "wrong" not in wrong.words
    assert plain.kind in (Kind.AWAY, Kind.REFUSED)
    assert len(mail.kept) == 1


def test_a_server_without_starttls_gets_nothing_in_clear() -> None:
    with server.listening(server.Server()) as mail:
        asked = replace(server.sending_to(mail.port), security="starttls")
        answer = Smtp(asked).offer(MAIL)

    assert answer.kind is Kind.AWAY
    assert "STARTTLS" in answer.words
