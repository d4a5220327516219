"""Small hand-made tables of a warehouse, whose keys do meet, and what became of them."""

from __future__ import annotations

from pathlib import Path

from crmgov.records.models import Import
from tests.imports.whole import bring, outcomes


def table(*lines: str) -> str:
    """A table as text: headings, then rows."""
    return "\n".join(lines) + "\n"


def bring_tables(folder: Path, adapter: str, **tables: str) -> Import:
    """Write the tables as files and import them as one."""
    paths = []
    for name, text in tables.items():
        path = folder / f"{name}_data.csv"
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    return bring(paths, adapter)


def became(whole: Import, table_name: str) -> dict[str, tuple[int, int, int, dict[str, int]]]:
    """Return per step of a table: new, changed, unchanged, refused by reason; without steps that read nothing."""
    steps = outcomes(whole)[f"{table_name}_data.csv"]
    return {name: found[1:] for name, found in steps.items() if found[0]}
