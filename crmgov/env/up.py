"""`manage.py up`: everything a running product needs, from one terminal.

Deliberately without Django in this process: it decides, starts and watches. Django runs in its children.
"""

import argparse
import os
import signal
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from crmgov.env import databases, environment, postgres, single, web
from crmgov.env.environment import Environment, Misconfigured
from crmgov.env.folders import Folders, find
from crmgov.env.heartbeat import HeartbeatWatch
from crmgov.env.preparation import Preparation, runtime_dsn
from crmgov.env.supervisor import Child, Supervisor
from crmgov.env.terminal import say

WEB_SECONDS = 60.0
WORKER_THREADS = 4
POSTGRES_LOOK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Options:
    host: str
    port: int
    demo: bool


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")), help="default 8000")
    parser.add_argument("--no-demo", action="store_true", help="leave an empty embedded database empty")


def main(arguments: list[str]) -> int:
    """Run until Ctrl-C; returns the exit code. Raises Misconfigured with a sentence."""
    parser = argparse.ArgumentParser(prog="manage.py up", description="Start database, web, worker and beat.")
    add_arguments(parser)
    given = parser.parse_args(arguments)
    return run(Options(host=given.host, port=given.port, demo=not given.no_demo))


def run(options: Options) -> int:
    surroundings = environment.read()
    if surroundings.embedded and options.demo and not web.is_loopback(options.host):
        raise Misconfigured(
            f"The demo logins have known passwords, so the demo never listens on {options.host}: "
            "start with --no-demo, or set DATABASE_URL."
        )
    lock = single.take(surroundings.home)
    # SIGINT too: a shell starts background jobs with it ignored, and ignoring is inherited.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    starter = Starter(surroundings, options, lock)
    try:
        starter.start()
        starter.supervisor.run()
    except KeyboardInterrupt:
        pass
    finally:
        starter.stop()
    return 0


@dataclass(slots=True)
class Starter:
    """One run of `up`: the order in which things start and stop."""

    surroundings: Environment
    options: Options
    lock: IO[str]
    supervisor: Supervisor = field(default_factory=lambda: Supervisor(say=say))
    folders: Folders | None = None
    address: str = ""

    def start(self) -> None:
        port = web.free_port(self.options.host, self.options.port)
        self.address = web.address(self.options.host, port)
        web_child = web.child(self.options.host, port)
        embedded = find(self.surroundings.home) if self.surroundings.embedded else None
        preparation = Preparation(self.surroundings, embedded)
        # Importing Django takes the web process seconds; with nothing to migrate it may begin at once.
        # Not on a public address: first the database must be known not to hold the demo logins.
        early = preparation.looks_current() and web.is_loopback(self.options.host)
        if early:
            self.supervisor.add(web_child)
        self.start_postgres()
        preparation.run(demo=self.options.demo)
        self.refuse_demo_logins_in_public(preparation)
        if not early:
            say("up", "starting web, worker and beat")
            self.supervisor.add(web_child)
        self.wait_for_web()
        self.start_workers()
        self.greet(preparation)

    def start_postgres(self) -> None:
        if not self.surroundings.embedded:
            say("up", "database: the one in DATABASE_URL")
            databases.install_given_broker(self.surroundings)
            return
        expected = find(self.surroundings.home)
        first = not (expected.data / "PG_VERSION").exists()
        say(
            "up", f"starting Postgres{' for the first time' if first else ''}; its data is in {expected.data}"
        )
        self.folders = databases.ensure(self.surroundings)

    def refuse_demo_logins_in_public(self, preparation: Preparation) -> None:
        if web.is_loopback(self.options.host) or not preparation.demo_people():
            return
        raise Misconfigured(
            "This database holds the demo logins with known passwords: "
            f"it is not served on {self.options.host}. "
            "Listen on 127.0.0.1, or use another database."
        )

    def wait_for_web(self) -> None:
        deadline = time.monotonic() + WEB_SECONDS
        while not web.answers(self.address):
            self.supervisor.look()
            if time.monotonic() > deadline:
                raise Misconfigured(f"The web process does not answer after {WEB_SECONDS:.0f} s; see above.")
            time.sleep(0.05)

    def start_workers(self) -> None:
        worker = worker_child(self.address)
        self.supervisor.add(worker)
        self.supervisor.add(beat_child(self.surroundings.home))
        dsn = runtime_dsn(self.surroundings, self.folders)
        self.supervisor.watches = [HeartbeatWatch(dsn=dsn, worker=worker, say=say)]
        if self.folders is not None:
            self.supervisor.watches.append(PostgresWatch(self.surroundings, self.folders))

    def greet(self, preparation: Preparation) -> None:
        single.note(self.lock, f"process {os.getpid()}, {self.address}")
        say("up", f"ready: {self.address}")
        if self.surroundings.embedded and web.is_loopback(self.options.host):
            for login in preparation.demo_people():
                say("up", f"  log in as {login.email:<20} {login.password:<20} {login.name}: {login.can}")
        if link := preparation.first_admin_link(self.address):
            say("up", f"make the first admin, once, at {link}")
        say("up", "stop with Ctrl-C")
        self.supervisor.take_signals()

    def stop(self) -> None:
        self.supervisor.take_signals()
        say("up", "stopping")
        self.supervisor.stop()
        if self.folders is not None:
            postgres.stop(self.folders)
        say("up", "stopped")


@dataclass(slots=True)
class PostgresWatch:
    """Starts our server again when it was killed; its clients reconnect by themselves."""

    surroundings: Environment
    folders: Folders
    looked: float = 0.0

    def __call__(self) -> None:
        now = time.monotonic()
        if now - self.looked < POSTGRES_LOOK_SECONDS:
            return
        self.looked = now
        if postgres.pid(self.folders) is None:
            say("up", "Postgres is gone; starting it again")
            postgres.ensure_running(self.surroundings.home)


# Under root Celery warns of pickled messages; ours are JSON only.
QUIET = ["-W", "ignore:You're running the worker with superuser privileges"]
CELERY = [sys.executable, *QUIET, "-m", "celery", "--quiet", "-A", "crmgov"]
ALONE = ["--without-gossip", "--without-mingle", "--without-heartbeat"]


def worker_child(address: str) -> Child:
    told = (
        {} if os.environ.get("SITE_URL") or os.environ.get("CSRF_TRUSTED_ORIGINS") else {"SITE_URL": address}
    )
    threads = os.environ.get("CRMGOV_WORKER_THREADS", str(WORKER_THREADS))
    return Child(
        "worker", [*CELERY, "worker", "--pool", "threads", "-c", threads, "-l", "info", *ALONE], told
    )


def beat_child(home: Path) -> Child:
    return Child("beat", [*CELERY, "beat", "-l", "warning", "--pidfile=", "-s", str(home / "beat.schedule")])
