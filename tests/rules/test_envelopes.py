"""What leaves goes to one reader, from one sender, in headers that hide nothing (INVARIANTS S3, S6, S7)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.rules import envelopes, resending

SENDER, READER, NAME = "hello@demo.example", "ines@polder.example", "<1@demo.example>"
GOOD = (
    f"From: Demo <{SENDER}>\r\nTo: {READER}\r\nSubject: Welcome\r\nMessage-ID: {NAME}\r\n"
    "Date: Fri, 20 Nov 2026 10:05:00 +0000\r\n\r\nDear Ines\r\n"
)


def problem(mime: str | bytes, recipient: str = READER) -> str:
    raw = mime if isinstance(mime, bytes) else mime.encode()
    return envelopes.problem(raw, sender=SENDER, recipient=recipient, message_id=NAME)


def test_what_was_written_as_it_should_be_may_leave() -> None:
    assert problem(GOOD) == ""
    assert problem(GOOD.replace(READER, READER.upper())) == ""


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        (f"To: {READER}", f"To: {READER}, eve@elsewhere.example"),
        (f"To: {READER}", "To: eve@elsewhere.example"),
        (f"To: {READER}", f"To: {READER}\r\nTo: eve@elsewhere.example"),
        (f"To: {READER}", f"To: {READER}\r\nCc: eve@elsewhere.example"),
        (f"To: {READER}", f"To: {READER}\r\nBcc: eve@elsewhere.example"),
        (f"To: {READER}", f"To: {READER}\r\nResent-To: eve@elsewhere.example"),
        (f"To: {READER}\r\n", ""),
        (SENDER, "boss@demo.example"),
        (f"From: Demo <{SENDER}>", f"From: Demo <{SENDER}>, eve@elsewhere.example"),
        ("From: Demo", "Sender: eve@elsewhere.example\r\nFrom: Demo"),
        (NAME, "<2@demo.example>"),
        ("Welcome", "Wel\x00come"),
        ("Welcome", "Wel\x1bcome"),
        ("Welcome", "Welcome\rBcc: eve@elsewhere.example"),
        ("Welcome", "Welcome\nBcc: eve@elsewhere.example"),
        ("Welcome", "=?utf-8?q?Wel=E2=80=AEcome?="),
        ("Welcome", "=?utf-8?q?Wel=0D=0ABcc=3A_eve=40elsewhere=2Eexample?="),
        ("Date: Fri, 20 Nov 2026 10:05:00 +0000\r\n", ""),
    ],
)
def test_another_reader_another_sender_or_a_hidden_sign_stops_it(was: str, becomes: str) -> None:
    assert was in GOOD
    assert problem(GOOD.replace(was, becomes, 1)) != ""


@pytest.mark.parametrize(
    "recipient",
    ["", "ines", "a@b@c", "a b@c.example", "a@c.example>\r\nRCPT TO:<x@y.example", "a,b@c.example"],
)
def test_what_is_no_address_is_told_to_no_server(recipient: str) -> None:
    assert problem(GOOD.replace(READER, recipient), recipient) != ""


@given(st.binary(max_size=400))
def test_no_bytes_make_it_fail(mime: bytes) -> None:
    assert problem(mime) != ""


def test_the_waits_grow_and_end() -> None:
    waits = [resending.wait_after(tries) for tries in range(1, 9)]

    assert waits[:4] == [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60)]
    assert waits[6] == timedelta(minutes=60)
    assert waits[7] is None
