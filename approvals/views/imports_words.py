"""What imports are called on screen: their status, steps, counts and reasons in words. File text is made visible."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from approvals.templatetags.phrases import visible
from crmgov.records.models import Import, ImportFate, ImportFile, ImportRevert, ImportRun

from .plates import address

Fate, Status = ImportFate.Fate, Import.Status
ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8 with its mark",
    "utf-16": "UTF-16",
    "cp1252": "Windows-1252",
    "iso-8859-1": "ISO-8859-1",
    "latin-1": "ISO-8859-1",
}
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}
STATUSES: dict[str, dict[str, str]] = {
    Status.OPEN: {"text": "Being prepared", "icon": "note", "tone": ""},
    Status.CHECKING: {"text": "Being checked", "icon": "clock", "tone": "accent"},
    Status.READY: {"text": "Waits for you to confirm", "icon": "hand", "tone": "warn"},
    Status.RUNNING: {"text": "Running", "icon": "import", "tone": "accent"},
    Status.DONE: {"text": "Done", "icon": "check", "tone": "ok"},
    Status.FAILED: {"text": "Stopped", "icon": "alert", "tone": "danger"},
    Status.DISCARDED: {"text": "Discarded", "icon": "x", "tone": ""},
    Status.REVERTING: {"text": "Being put back", "icon": "undo", "tone": "accent"},
    Status.REVERTED: {"text": "Put back", "icon": "undo", "tone": ""},
}
FATES: dict[str, dict[str, str]] = {
    Fate.NEW: {"text": "New", "icon": "plus", "tone": "ok"},
    Fate.CHANGED: {"text": "Changed", "icon": "swap", "tone": ""},
    Fate.CONFLICT: {"text": "Conflict", "icon": "split", "tone": "warn"},
    Fate.UNCHANGED: {"text": "Unchanged", "icon": "check", "tone": ""},
    Fate.REFUSED: {"text": "Refused", "icon": "stop", "tone": "danger"},
}
# A day in the order the parts stand in a pattern.
PARTS = {"%d": "day", "%m": "month", "%Y": "year", "%y": "year", "%b": "month", "%B": "month"}
# Kilo, mega, giga as files are shown everywhere.
UNITS = ("bytes", "kB", "MB", "GB")


def size(count: int) -> str:
    """Return a size of a file: "812 bytes", "1.4 MB"."""
    figure, unit = float(count), 0
    while figure >= 1000 and unit < len(UNITS) - 1:
        figure, unit = figure / 1000, unit + 1
    return f"{figure:.0f} {UNITS[unit]}" if unit == 0 or figure >= 10 else f"{figure:.1f} {UNITS[unit]}"


def counted(number: int, one: str, many: str = "") -> str:
    """Return "1 row", "1,204 rows"."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def object_words(name: str) -> str:
    """Return an object of the catalog as a heading says it: "buying_roles" as "Buying roles"."""
    return name.replace("_", " ").capitalize()


def reason_words(reason: str) -> str:
    return reason.replace("_", " ").capitalize()


def title(found: Import) -> str:
    return f"Import from {visible(found.source.name)}"


def files_words(names: Sequence[str]) -> str:
    """Return what a list says of the files: "contacts.csv and 2 more"."""
    if not names:
        return "No file yet"
    more = len(names) - 1
    return visible(names[0]) + (f" and {more} more" if more else "")


def head(found: Import, *, manages: bool) -> dict[str, Any]:
    """Return what imports/_head.html draws."""
    status = STATUSES[found.status]
    if found.status == Status.READY and not manages:
        status = {**status, "text": "Waits for an admin to confirm"}
    may_discard = manages and found.status in {Status.OPEN, Status.READY}
    return {
        "title": title(found),
        "status": status,
        "facts": [found.get_adapter_display(), counted(len(found.files.all()), "file")],
        "by": str(found.made_by),
        "at": found.made_at,
        "url": address("import", found.pk),
        "discards": address("import_discard", found.pk) if may_discard else "",
    }


def reads(file: ImportFile) -> str:
    """Return how a file is read, in one line: "Windows-1252, semicolon"."""
    reading: Mapping[str, Any] = file.reading
    encoding = str(reading.get("encoding", ""))
    delimiter = DELIMITERS.get(str(reading.get("delimiter", "")), "")
    return ", ".join(word for word in (ENCODINGS.get(encoding, encoding), delimiter) if word)


def step_name(run: ImportRun) -> str:
    """Return the name of a step: an adapter's own, else what its rows become."""
    said = visible(run.step or run.object).replace("_", " ")
    return said[:1].upper() + said[1:]


def stopped_revert(last: ImportRevert) -> dict[str, str] | None:
    """Return why putting an import back broke off; None when it did not."""
    if last.status != ImportRevert.Status.FAILED:
        return None
    problem = visible(last.outcome.get("problem", ""))
    return {
        "tone": "danger",
        "title": "Putting this import back stopped.",
        "text": f"{problem} What was put back stays so; the rest can be proposed again.",
    }


def pattern(dates: str) -> str:
    """Return a date pattern in words, "day/month/year"; the time of day is left out."""
    said = dates.partition("%H")[0].partition("%I")[0].rstrip("T, ")
    for sign, word in PARTS.items():
        said = said.replace(sign, word)
    return visible(said) or "year-month-day"
