"""Approved messages, senders that are killed at any moment, and people who opt out at the same one."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Barrier, Thread

from django.db import connections, transaction

from approvals.models import Delivery, Execution, Suggestion
from approvals.services import sending
from crmgov.kernel.actors import Actor, ActorType
from crmgov.records.models import Contact
from crmgov.records.services import consent
from tests.decisions import scene as decided
from tests.decisions.scene import LATER
from tests.messages import scene
from tests.messages.server import Server, listening
from tests.messages.ways import Way

DUE = LATER + timedelta(seconds=30)
# Under the cap of an account.
AN_ACCOUNT = 20
ONE_IN_OPTS_OUT = 10
WORKERS = 3
SETTLES_SECONDS = 120.0
ENDED = ("succeeded", "failed", "unknown", "cancelled")
THEMSELVES = Actor(ActorType.HUMAN, "contact", "themselves")


@dataclass
class Trial:
    """By the log of the mail server: what it has more than once, and from whom it should have nothing."""

    kills: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    duplicates: int = 0
    to_suppressed: int = 0
    done_but_not_there: int = 0
    there_but_not_said: int = 0
    seconds: float = 0.0

    @property
    def held(self) -> bool:
        wrong = self.duplicates + self.to_suppressed + self.done_but_not_there + self.there_but_not_said
        return wrong == 0 and set(self.statuses) <= set(ENDED) and self.statuses["succeeded"] > 0


def propose(number: int) -> list[Suggestion]:
    """So many messages to as many people, twenty to an account."""
    decided.publish(**decided.UNHURRIED)
    decided.reviewer()
    accounts = [decided.account(f"Account {place}") for place in range(-(-number // AN_ACCOUNT))]
    return [
        scene.propose(
            scene.reader(f"r{place}@a{place // AN_ACCOUNT}.example", account=accounts[place // AN_ACCOUNT])
        )
        for place in range(number)
    ]


def prepare(number: int) -> None:
    """The same, approved."""
    proposed, sara = propose(number), decided.reviewer()
    for one in proposed:
        scene.approve(one, sara)


def opt_out(contact: Contact, at: datetime) -> None:
    with transaction.atomic():
        consent.withdraw(contact=contact, channel="email", actor=THEMSELVES, at=at)


def kill_senders(kills: int) -> Trial:
    """Kill senders at random moments while they send everything that is approved; then let them finish."""
    out = Contact.objects.filter(email__regex=f"^r[0-9]*{ONE_IN_OPTS_OUT - 1}@")
    for contact in out:
        opt_out(contact, LATER)
    trial, started, chance = Trial(), time.monotonic(), random.Random(7)
    with listening(Server(seconds=0.01)) as mail, _senders(mail.port) as crew:
        while trial.kills < kills:
            time.sleep(chance.uniform(0.0, 0.25))
            crew.kill(chance.randrange(WORKERS))
            trial.kills += 1
        _let_finish()
    trial.seconds = time.monotonic() - started
    _count(trial, mail, {contact.email for contact in out})
    return trial


def _let_finish() -> None:
    """Until nothing waits, or nothing has moved for a while: a busy machine is slow and not at fault."""
    waiting = Execution.objects.filter(status="pending")
    left, deadline = waiting.count(), time.monotonic() + SETTLES_SECONDS
    while left and time.monotonic() < deadline:
        time.sleep(0.2)
        if (now := waiting.count()) < left:
            left, deadline = now, time.monotonic() + SETTLES_SECONDS


def _count(trial: Trial, mail: Server, silent: set[str]) -> None:
    rows = Execution.objects.values_list("status", "decision__message__message_id")
    trial.statuses = Counter(status for status, _ in rows)
    taken = Counter(one.message_id for one in mail.kept)
    trial.duplicates = sum(number - 1 for number in taken.values())
    trial.to_suppressed = sum(one.recipient in silent for one in mail.kept)
    trial.done_but_not_there = sum(status == "succeeded" and not taken[key] for status, key in rows)
    trial.there_but_not_said = sum(
        status not in ("succeeded", "unknown") and taken[key] > 0 for status, key in rows
    )


@dataclass
class _Crew:
    zygote: subprocess.Popen[str]
    pids: list[int] = field(default_factory=list)

    def start(self) -> int:
        assert self.zygote.stdin is not None
        assert self.zygote.stdout is not None
        self.zygote.stdin.write("\n")
        self.zygote.stdin.flush()
        return int(self.zygote.stdout.readline())

    def kill(self, place: int) -> None:
        os.kill(self.pids[place], signal.SIGKILL)
        self.pids[place] = self.start()


@contextmanager
def _senders(port: int) -> Iterator[_Crew]:
    told = {
        "database": connections["owner"].settings_dict["NAME"],
        "port": port,
        "due": DUE.isoformat(),
        "started": time.time(),
    }
    command = [sys.executable, "-m", "tests.races.senders", json.dumps(told)]
    quiet = subprocess.DEVNULL
    zygote = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=quiet, text=True)
    crew = _Crew(zygote)
    try:
        assert zygote.stdout is not None
        while zygote.stdout.readline() != "ready\n":
            assert zygote.poll() is None
        crew.pids = [crew.start() for _ in range(WORKERS)]
        yield crew
    finally:
        for pid in crew.pids:
            os.kill(pid, signal.SIGKILL)
        zygote.kill()
        zygote.wait()


@dataclass
class Races:
    """`late` were claimed after the opt-out was committed; `before` and `never` are the two right ends."""

    before: int = 0
    never: int = 0
    late: int = 0


def unsubscribe_while_sending(number: int) -> Races:
    """Each reader opts out at the moment their message leaves: was it claimed when that was committed?"""
    races, chance = Races(), random.Random(7)
    proposed, sara = propose(number), decided.reviewer()
    for suggestion in proposed:
        # One is due at a time: who opts out is who is written to.
        scene.approve(suggestion, sara)
        _race(suggestion, chance.uniform(0.0, 0.3), races)
    return races


def _race(suggestion: Suggestion, wait: float, races: Races) -> None:
    assert suggestion.record_id is not None
    contact = Contact.objects.get(pk=suggestion.record_id)
    claimed = Delivery.objects.filter(execution__suggestion=suggestion)
    together, at_commit = Barrier(2), []

    def out() -> None:
        try:
            together.wait()
            time.sleep(wait)
            opt_out(contact, DUE)
            at_commit.append(claimed.exists())
        finally:
            connections.close_all()

    def send() -> None:
        try:
            together.wait()
            sending.work_off(clock=lambda: DUE, transport=Way())
        finally:
            connections.close_all()

    both = [Thread(target=out), Thread(target=send)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    if not claimed.exists():
        races.never += 1
    elif at_commit[0]:
        races.before += 1
    else:
        races.late += 1
