"""Where an export is written: a folder, or a zip that is handed to a browser."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from itertools import chain
from pathlib import Path
from typing import IO, Protocol

from crmgov.kernel.refusals import Invalid


class Write(Protocol):
    """Writes one file; returns its name and the number of its rows, nothing for an empty one that is not kept."""

    def __call__(
        self, name: str, headings: Sequence[str], rows: Iterable[list[str]], *, keep_empty: bool
    ) -> dict[str, int]: ...


class NotEmpty(Invalid):
    """An export goes into an empty folder, so that no file of another one stands beside."""


@contextmanager
def writer(into: Path | IO[bytes]) -> Iterator[Write]:
    """Give what writes files there. What was begun is taken away when it breaks. Raises NotEmpty, Invalid."""
    if isinstance(into, Path):
        yield from _folder(into)
        return
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        yield _each(lambda name: archive.open(name, "w", force_zip64=True))


def _folder(folder: Path) -> Iterator[Write]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise NotEmpty(f"{folder} is not empty. Name a new folder.")
    except OSError as error:
        raise Invalid(f"{folder} cannot be written: {error.strerror}.") from error
    made: list[Path] = []

    def opened(name: str) -> IO[bytes]:
        made.append(folder / name)
        return made[-1].open("xb")

    try:
        yield _each(opened)
    except BaseException:
        for path in made:
            path.unlink(missing_ok=True)
        raise


def _each(opened: Callable[[str], IO[bytes]]) -> Write:
    def write(
        name: str, headings: Sequence[str], rows: Iterable[list[str]], *, keep_empty: bool
    ) -> dict[str, int]:
        waiting = iter(rows)
        first = next(waiting, None)
        if first is None and not keep_empty:
            return {}
        count = 0
        with opened(name) as raw, TextIOWrapper(raw, "utf-8", newline="") as text:
            out = csv.writer(text)
            out.writerow(headings)
            for count, cells in enumerate(chain([first] if first else [], waiting), start=1):  # noqa: B007
                out.writerow(cells)
        return {name: count}

    return write
