"""Processes that send what is due until they are killed: `python -m tests.races.senders`, forked on each line read.

Forked from a process that is ready: what starts anew must not take longer than what is killed.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from datetime import datetime, timedelta
from typing import Any

IDLE_SECONDS = 0.02


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django

    django.setup()
    from django.conf import settings
    from django.db import connections

    from tests.messages.server import sending_to

    told: dict[str, Any] = json.loads(sys.argv[1])
    owner = connections.settings["owner"]
    owner["NAME"] = told["database"]
    connections.settings["default"].update(owner)
    settings.MESSAGES = sending_to(told["port"])
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    print("ready", flush=True)
    for _ in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _work(datetime.fromisoformat(told["due"]), told["started"])
        print(pid, flush=True)


def _work(due: datetime, started: float) -> None:
    """As the clock of the product does, every moment instead of every five seconds."""
    from approvals.services import sending

    signal.signal(signal.SIGINT, signal.SIG_DFL)
    while True:
        if not sending.work_off(clock=lambda: due + timedelta(seconds=time.time() - started)):
            time.sleep(IDLE_SECONDS)


if __name__ == "__main__":
    main()
