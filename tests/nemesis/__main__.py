"""`script/nemesis NAME`: what survives. Exits with 1 where something was lost, done twice, or decided twice."""

from __future__ import annotations

import importlib
import sys

# The trial, and how often (or how many rows) it is as usual.
NAMES = {
    "race": ("race", 200),
    "kill": ("kill", 200),
    "import": ("import_kill", 50_000),
    "desk": ("desk", 2_000),
    "earning": ("earning", 2_000),
    "gate": ("gate", 100_000),
    "pause": ("pause", 20),
    "outbox": ("outbox", 300),
    "unsubscribe": ("unsubscribe", 500),
    "scoring": ("scoring", 100_000),
}


def main(argv: list[str]) -> int:
    if not argv or argv[0] not in NAMES or len(argv) > 2 or not all(word.isdigit() for word in argv[1:]):
        print(f"Say which, and how often if not as usual: {' or '.join(NAMES)} [NUMBER].")
        return 2
    module, usual = NAMES[argv[0]]
    run = importlib.import_module(f"tests.nemesis.{module}").run
    return int(run(int(argv[1]) if len(argv) > 1 else usual))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
