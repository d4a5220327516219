"""One command starts everything, survives the death of any part, and stops cleanly."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import suppress

import psutil
import pytest

from tests.env.product import Product, until

LOGIN = "/session/login/"
# A restart waits up to half a minute by itself, and a machine with more to do starts late.
AGAIN_SECONDS = 300.0


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    running = Product()
    try:
        yield running.start()
    finally:
        running.remove()


def test_it_says_each_step_and_serves(product: Product) -> None:
    for words in (
        "starting Postgres for the first time",
        "bringing tables up to date",
        "ready: http://127.0.0.1:",
    ):
        assert product.said(words)
    assert product.status("/healthz") == 200
    assert product.status("/session/login/") == 200
    until(lambda: product.status("/readyz") == 200, "a heartbeat", AGAIN_SECONDS)


def test_without_a_demo_it_prints_the_link_for_the_first_admin(product: Product) -> None:
    link = next(line for line in product.lines if "/people/first-admin/" in line)

    assert product.status(link.rpartition(product.address)[2]) == 200


def test_a_second_start_over_the_same_folder_is_refused_with_the_address(product: Product) -> None:
    done = product.manage("up")

    assert done.returncode == 1
    assert "already runs" in done.stderr
    assert product.address in done.stderr


@pytest.mark.parametrize("name", ["worker", "beat", "web"])
def test_a_killed_child_is_started_again(product: Product, name: str) -> None:
    before = product.child(name)
    assert before is not None
    before.send_signal(signal.SIGKILL)

    def replaced() -> bool:
        now = product.child(name)
        return now is not None and now.pid != before.pid

    until(replaced, f"a new {name}", AGAIN_SECONDS)
    until(lambda: product.status("/session/login/") == 200, "the login page", AGAIN_SECONDS)


def test_a_killed_web_worker_process_is_started_again(product: Product) -> None:
    def working() -> list[psutil.Process]:
        """The page may still come from the orphan of a web process killed before; wait for the new one's own."""
        web = product.child("web")
        with suppress(psutil.Error):
            children = web.children() if web is not None else []
            return [one for one in children if "resource_tracker" not in " ".join(one.cmdline())]
        return []

    until(lambda: bool(working()), "a web worker process", AGAIN_SECONDS)
    working()[0].send_signal(signal.SIGKILL)

    until(lambda: product.status("/session/login/") in (0, 502), "the end of the old one", AGAIN_SECONDS)
    until(lambda: product.status("/session/login/") == 200, "the login page", AGAIN_SECONDS)


def test_a_killed_postgres_is_started_again_and_the_heart_beats_on(product: Product) -> None:
    before = product.postmaster()
    assert before is not None
    os.kill(before, signal.SIGKILL)

    until(lambda: product.postmaster() not in (None, before), "a new Postgres", AGAIN_SECONDS)
    until(lambda: product.status("/session/login/") == 200, "the login page", AGAIN_SECONDS)
    time.sleep(15)
    until(lambda: product.status("/readyz") == 200, "a fresh heartbeat", AGAIN_SECONDS)


def test_a_killed_supervisor_leaves_nothing_but_postgres_and_the_next_start_takes_over(
    product: Product,
) -> None:
    left = product.everything()
    postmaster = product.postmaster()
    assert product.process is not None
    product.process.kill()
    product.process.wait()
    until(lambda: not any(alive(process) for process in left), "the end of all children", AGAIN_SECONDS)
    assert product.postmaster() == postmaster

    product.start()

    assert product.postmaster() == postmaster
    assert product.said("tables are up to date")
    assert product.status(LOGIN) == 200


def test_a_backup_of_the_running_product_is_restored_only_once_it_stopped(product: Product) -> None:
    file = product.home / "all.backup"
    assert (
        product.manage("createsuperuser", "--no-input", "--email", "a@example.com", "--name", "A").returncode
        == 0
    )
    assert product.manage("backup", str(file)).returncode == 0

    refused = product.manage("restore", str(file))
    assert "not empty (1 users)" in refused.stderr
    refused = product.manage("restore", str(file), "--wipe")
    assert "already runs" in refused.stderr

    product.interrupt()
    restored = product.manage("restore", str(file), "--wipe")
    assert restored.stdout.strip().endswith("1 users."), restored.stderr


def test_ctrl_c_stops_everything_and_a_busy_port_is_passed_over(product: Product) -> None:
    with socket.create_server(("127.0.0.1", product.port)):
        product.start()
    assert product.said(f"port {product.port} is busy: using ")
    assert not product.address.endswith(f":{product.port}")
    everything = product.everything()
    assert len(everything) >= 4

    assert product.interrupt() == 0

    assert not any(alive(process) for process in everything)
    assert product.postmaster() is None
    assert product.lines[-1].endswith("stopped")


def alive(process: psutil.Process) -> bool:
    return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
