"""`script/bench NAME`: five rounds in a scratch database, medians and ratios on screen and as JSON."""

from __future__ import annotations

import importlib
import json
import logging
import os
import sys
from pathlib import Path

# By module: “import” is no name for one.
NAMES = {
    "apply": "apply",
    "contactability": "contactability",
    "desk": "desk",
    "gate": "gate",
    "import": "imports",
    "intake": "intake",
    "outbox": "outbox",
    "publish": "publish",
    "replay": "replay",
    "revert": "revert",
    "scoring": "scoring",
    "slice": "slice",
    "viewflow": "viewflow",
    "workflows": "workflows",
}
# The peer brings models of its own.
SETTINGS = {"viewflow": "tests.bench.viewflow_settings"}


def main(argv: list[str]) -> int:
    if len(argv) != 1 or argv[0] not in NAMES:
        print(f"Say which: {', '.join(NAMES)}.")
        return 2
    os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS.get(argv[0], "tests.settings")
    import django

    django.setup()
    # A line for each request would drown the numbers.
    logging.disable(logging.INFO)
    from django.db import connections
    from django.test.utils import setup_databases, teardown_databases

    from crmgov.env import databases, environment

    databases.ensure(environment.read())
    made = setup_databases(verbosity=0, interactive=False, databases={"default", "owner"})
    try:
        result = importlib.import_module(f"tests.bench.{NAMES[argv[0]]}").run()
    finally:
        connections.close_all()
        teardown_databases(made, verbosity=0)
    folder = Path("build/bench")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{argv[0]}.json").write_text(json.dumps(result, indent=2) + "\n")
    print(f"written to {folder}/{argv[0]}.json")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
