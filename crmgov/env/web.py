"""The web process: which port it gets, how it is started, when it answers."""

import ipaddress
import os
import socket
import sys
import urllib.request

from crmgov.env.environment import SHOW_DEMO_LOGINS, Misconfigured
from crmgov.env.supervisor import Child
from crmgov.env.terminal import say

PORTS_TO_TRY = 50
# Long polls of agents hold a thread for up to 25 s without holding a database connection.
THREADS = 16


def free_port(host: str, wanted: int) -> int:
    """The wanted port or the next free one, saying so."""
    for port in range(wanted, min(wanted + PORTS_TO_TRY, 65536)):
        if _is_free(host, port):
            if port != wanted:
                say("up", f"port {wanted} is busy: using {port}")
            return port
    raise Misconfigured(f"The ports from {wanted} up are all busy: choose another with --port.")


def _is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        # The same option the server sets: connections lingering from the last run do not count as busy.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError:
            raise Misconfigured(f"Port {port} needs root: choose one above 1023 with --port.") from None
        except OSError:
            return False
    return True


def child(host: str, port: int) -> Child:
    options = {
        "--interface": "wsgi",
        "--host": host,
        "--port": str(port),
        "--http": "1",
        "--workers": os.environ.get("WEB_CONCURRENCY", "1"),
        "--blocking-threads": str(THREADS),
        "--backpressure": str(4 * THREADS),
        "--workers-kill-timeout": "10",  # agents holding a long poll must not hold up a stop
        "--log-level": "error",
    }
    granian = [sys.executable, "-m", "granian"]  # not its script: that names the folder it was installed in
    words = [word for option in options.items() for word in option]
    told = {SHOW_DEMO_LOGINS: "1"} if is_loopback(host) else {}
    return Child("web", [*granian, *words, "--no-ws", "crmgov.wsgi:application"], told)


def address(host: str, port: int) -> str:
    shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"


def answers(address: str) -> bool:
    """True when the process serves requests; says nothing about the database."""
    try:
        with urllib.request.urlopen(f"{address}/healthz", timeout=2):  # noqa: S310
            return True
    except OSError:
        return False


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
