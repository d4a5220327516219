"""Plain CSV files: a person says what the rows of each file are. Our own exports say it by their names."""

from __future__ import annotations

from collections.abc import Sequence

from crmgov.records.imports.steps import Bundle, Step, Unprepared

from . import own_steps
from .own_sheets import OBJECTS, object_of
from .portal import in_order

# What a person may say the rows are, in an order in which references find what they name.
ORDER = tuple(name for name in OBJECTS if name != "leads")


class PlainCsv:
    """Any file; one step per file and object chosen for it. A file of ours is read as it was written."""

    name = "csv"

    def recognises(self, file_name: str, headings: Sequence[str]) -> bool:
        return True

    def steps(self, bundle: Bundle) -> list[Step]:
        ours = {name: file for name, file in bundle.files.items() if object_of(name)}
        unsaid = sorted(set(bundle.files) - {chosen.file for chosen in bundle.chosen} - set(ours))
        if unsaid:
            raise Unprepared(f"Say what the rows of {', '.join(unsaid)} are, or remove the file.")
        by_hand = sorted((one for one in bundle.chosen if one.file not in ours), key=lambda one: one.file)
        found = [Step(one.object, one.file, one.object, one.mapping) for one in by_hand]
        return in_order(
            [*found, *(step for name, file in ours.items() for step in own_steps.steps(name, file))]
        )
