"""The files of the look, as the tests read them."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CSS = sorted((ROOT / "static" / "css").glob("*.css"))
SCRIPTS = sorted((ROOT / "static" / "js").glob("*.js"))
TEMPLATES = sorted(
    path
    for folder in ("templates", "approvals/templates", "crmgov")
    for path in (ROOT / folder).rglob("*.html")
)
COMMENTS = re.compile(r"/\*.*?\*/|{#.*?#}|{% comment %}.*?{% endcomment %}", re.DOTALL)


def source(path: Path) -> str:
    """The text without its comments."""
    return COMMENTS.sub("", path.read_text())


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))
