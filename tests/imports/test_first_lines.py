"""What stood in a file before is known, and memory does not grow with it."""

from __future__ import annotations

import tracemalloc

from crmgov.records.imports.first_lines import FirstLines


def test_the_first_line_and_what_it_said_are_known() -> None:
    lines = FirstLines()
    lines.put("Ærø ' -- 1", 7, "mark")

    assert lines.get("Ærø ' -- 1") == (7, "mark")
    assert lines.get("ærø ' -- 1") is None
    assert FirstLines().get("Ærø ' -- 1") is None


def test_memory_does_not_grow_with_the_file() -> None:
    lines = FirstLines()
    tracemalloc.start()
    try:
        for number in range(20_000):
            lines.put(f"id {number}", number, "x" * 32)
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert held < 1_000_000
    assert lines.get("id 19999") == (19_999, "x" * 32)
