"""A Chromium for browser tests: the one that is there, else one we can get, else a loud skip.

With CI=true a missing browser is a failure: a suite that silently lost its screens proves nothing.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connections
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
INSTALL_SECONDS = 180
# So long a test waits for what must come: a machine with more to do than this suite answers late, not wrongly.
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)
SERVER_FINISHES_SECONDS = 5.0
# A request may stand between two of its queries when somebody looks.
IDLE_LOOKS = 3
BUSY = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
  AND state <> 'idle'"""
# Under root the sandbox does not start; the other flags keep Chromium from calling home.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def find() -> str | None:
    """The path of a Chromium: one on PATH, or one Playwright brought."""
    for name in NAMES:
        # Playwright wants a path, not a name.
        if path := shutil.which(name):
            return path
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def install() -> str | None:
    """Try Playwright's own download, then the system's packages as root; returns the path or None."""
    commands = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        commands.append(["apt-get", "install", "-y", "-q", "chromium"])
    for command in commands:
        try:
            subprocess.run(command, timeout=INSTALL_SECONDS, capture_output=True, check=False)
        except subprocess.TimeoutExpired:
            continue
        if path := find():
            return path
    return None


def _missing() -> str:
    return (
        "No Chromium on this machine: install one (Debian: apt-get install chromium) for the browser tests."
    )


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests of a worker."""
    path = find()
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail(_missing())
        pytest.skip(_missing())
    # Playwright's event loop lives in this thread from here on, and Django refuses its database beside one.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A fresh page with JavaScript, in a fresh context."""
    with chromium.new_context(locale="en-US", timezone_id="UTC") as context:
        context.set_default_timeout(PATIENCE_MS)
        yield context.new_page()


@pytest.fixture
def plain_page(chromium: Browser) -> Iterator[Page]:
    """The same with JavaScript off."""
    context: BrowserContext
    with chromium.new_context(locale="en-US", timezone_id="UTC", java_script_enabled=False) as context:
        context.set_default_timeout(PATIENCE_MS)
        yield context.new_page()


@pytest.fixture(autouse=True)
def the_server_finishes(request: pytest.FixtureRequest) -> Iterator[None]:
    """Wait for what a closed page had asked in its last moment: the tables are emptied after it, not under it."""
    yield
    if "live_server" in request.fixturenames:
        _wait_until_idle()


def _wait_until_idle() -> None:
    deadline, idle = time.monotonic() + SERVER_FINISHES_SECONDS, 0
    while idle < IDLE_LOOKS and time.monotonic() < deadline:
        with connections["owner"].cursor() as cursor:
            cursor.execute(BUSY)
            idle = 0 if cursor.fetchone()[0] else idle + 1
        time.sleep(0.02)


@pytest.fixture
def complaints(page: Page) -> Iterator[list[str]]:
    """What the browser complained about: policy violations and errors. There may be none."""
    heard: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        # A refusal is an answer of ours, which Chromium logs as a failed load.
        if message.type == "error" and "status of 4" not in message.text:
            heard.append(message.text)

    page.on("console", hear)
    page.on("pageerror", lambda error: heard.append(str(error)))
    yield heard
    assert heard == []


if __name__ == "__main__":
    found = find() or install()
    print(found or f"{_missing()} They are {'a failure' if os.environ.get('CI') == 'true' else 'skipped'}.")
