"""The room for machine learning is entered by who trains and by nobody else."""

from __future__ import annotations

import subprocess
import sys

HEAVY = {"sklearn", "numpy", "scipy", "skops", "duckdb", "pandas"}
# What a worker of the web server does before its first request, and the rest of the floor.
SERVE = """
import crmgov.wsgi
from django.urls import get_resolver
assert get_resolver().url_patterns
import scoring.models, scoring.services.baseline, scoring.selectors.scores, scoring.tasks
"""


def loaded_by(code: str) -> set[str]:
    """The top-level packages that this code imports, by the interpreter's own account."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", code], capture_output=True, text=True, check=True
    )
    names = (
        line.rsplit("|", 1)[1].strip() for line in done.stderr.splitlines() if line.startswith("import time:")
    )
    return {name.split(".")[0] for name in names}


def test_the_web_process_and_the_floor_load_no_numbers() -> None:
    loaded = loaded_by(SERVE)

    assert {"django", "approvals", "scoring"} <= loaded
    assert loaded & HEAVY == set()


def test_the_ruler_sees_what_is_loaded() -> None:
    assert loaded_by("import scoring.learning.measures") >= {"numpy", "scipy"}


def test_cards_and_summaries_can_be_read_without_numbers() -> None:
    assert loaded_by("import scoring.learning.cards, scoring.learning.summaries") & HEAVY == set()
