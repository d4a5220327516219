"""Texts with their categories out of a CSV file. What is wrong with the file is said with row and column."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple


class Unreadable(Exception):
    """The file holds no labeled texts; the sentence says where it does not."""


class Labeled(NamedTuple):
    """Texts and the category of each, in the order of the file; rows that lack one of both are left out."""

    texts: list[str]
    categories: list[str]


def read(path: Path, *, text: str, label: str, positives: Sequence[str]) -> Labeled:
    """The texts of a UTF-8 file with commas and a heading row. Raises Unreadable."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines, strict=True)
            _require_columns(reader.fieldnames or [], (text, label), path.name)
            pairs = [(row[text] or "", (row[label] or "").strip()) for row in reader]
    except OSError as error:
        raise Unreadable(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise Unreadable(f"{path.name} is not UTF-8. Save it as CSV in UTF-8.") from error
    except csv.Error as error:
        raise Unreadable(f"{path.name} is no CSV file from row {reader.line_num} on: {error}.") from error
    kept = [(said, category) for said, category in pairs if said.strip() and category]
    _require_positives({category for _, category in kept}, positives, label)
    return Labeled([said for said, _ in kept], [category for _, category in kept])


def _require_columns(heading: Sequence[str], wanted: Sequence[str], name: str) -> None:
    twice = sorted({one for one in heading if heading.count(one) > 1})
    if twice:
        raise Unreadable(f"{name} has the column {twice[0]} more than once. Give each a name of its own.")
    for one in wanted:
        if one not in heading:
            raise Unreadable(f"{name} has no column {one}. It has {', '.join(heading) or 'no heading'}.")


def _require_positives(known: set[str], positives: Sequence[str], label: str) -> None:
    for one in positives:
        if one not in known:
            some = ", ".join(sorted(known)[:10])
            raise Unreadable(f"No text has {one} under {label}. There are {some or 'no categories at all'}.")
    if known <= set(positives):
        raise Unreadable(f"Every text is of these categories under {label}: nothing tells them from others.")
