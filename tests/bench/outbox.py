"""Approved messages through one worker to a mail server on this machine, against a bare smtplib loop.

Both keep one connection. A server that answers at once shows what a claim, a ledger of deliveries and asking it all
again cost; one that takes 50 ms over each message, as those across a network do, shows what is left of it.
"""

from __future__ import annotations

import os
import smtplib
from datetime import timedelta
from typing import Any

from django.db import connections

from approvals.models import Execution, Message
from approvals.services import sending
from tests.bench.rounds import ROUNDS, alternate, report
from tests.messages.server import running
from tests.races import outbox

# To a round; fewer while one works on it.
MESSAGES = int(os.environ.get("BENCH_ROWS", "50"))
WANTED = 0.6
NEVER = outbox.DUE + timedelta(days=2)
TAKES_SECONDS = {"answers at once": 0.0, "takes 50 ms": 0.05}


def run() -> dict[str, Any]:
    rounds = len(TAKES_SECONDS) * (ROUNDS + 1)
    # The last turn of the peer is laid out, too.
    outbox.prepare(MESSAGES * (rounds + 1))
    Execution.objects.update(due_at=NEVER)
    with connections["owner"].cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return {
        "bench": "outbox",
        "results": [_against(said, seconds) for said, seconds in TAKES_SECONDS.items()],
    }


def _against(said: str, seconds: float) -> dict[str, Any]:
    bytes_: list[tuple[str, bytes]] = []

    def lay() -> None:
        """The next messages become due; those of the round before have left."""
        Execution.objects.filter(status="pending", due_at__lt=NEVER).update(due_at=NEVER)
        due = list(
            Execution.objects.filter(status="pending").order_by("id").values_list("pk", flat=True)[:MESSAGES]
        )
        Execution.objects.filter(pk__in=due).update(due_at=outbox.DUE)
        found = Message.objects.filter(decision__execution__in=due)
        bytes_[:] = [(one.recipient, bytes(one.mime)) for one in found]
        assert len(bytes_) == MESSAGES

    with running(seconds=seconds) as server:

        def ours(_: int) -> None:
            before = len(server.kept)
            sending.work_off(clock=lambda: outbox.DUE)
            assert len(server.kept) == before + MESSAGES

        def bare(_: int) -> None:
            with smtplib.SMTP("127.0.0.1", server.port) as connection:
                for recipient, mime in bytes_:
                    connection.sendmail("hello@demo.example", [recipient], mime)

        taken = alternate({"ours": ours, "smtplib": bare}, before=lay)
    result = report(f"{MESSAGES} messages, a mail server that {said}", taken)
    rate = round(1 / result["ours_over"]["smtplib"], 3)
    result["share_of_their_rate"] = rate
    print(f"  ours sends at {rate} of its rate (wanted: {WANTED})")
    return result
