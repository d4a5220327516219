"""The files of a whole import as its adapter reads them, and the steps that follow."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from crmgov.records.imports.adapters import adapter_of
from crmgov.records.imports.catalog import plan_of
from crmgov.records.imports.files import open_csv
from crmgov.records.imports.steps import Bundle, Chosen, Step, Unprepared
from crmgov.records.models import Import, ImportFile, ImportRun

from .import_files import spooled
from .import_passes import mapping_of


@contextmanager
def bundle_of(parent: Import) -> Iterator[Bundle]:
    """Give the files as paths until the block ends, read as a person or a look at them said."""
    with ExitStack() as stack:
        files = {
            file.name: open_csv(
                stack.enter_context(spooled(file)),
                encoding=file.reading["encoding"],
                delimiter=file.reading["delimiter"],
            )
            for file in ImportFile.objects.filter(parent=parent).select_related("parent").order_by("name")
        }
        yield Bundle(files, _chosen(parent))


def steps_of(parent: Import, bundle: Bundle) -> list[Step]:
    """Return the steps in the order of writing. Raises Unprepared, BadMapping, Invalid with a sentence."""
    if not bundle.files:
        raise Unprepared("This import has no files yet.")
    steps = adapter_of(parent.adapter).steps(bundle)
    missing = sorted({step.file for step in steps} - set(bundle.files))
    if missing:
        raise Unprepared(f"{', '.join(missing)} is needed to read the others. Add it.")
    unread = sorted(set(bundle.files) - {step.file for step in steps})
    if unread:
        raise Unprepared(
            f"Nothing of {', '.join(unread)} would be read. Remove the file to go on without it."
        )
    for step in steps:
        mapping_of(step, plan_of(step.object), bundle.files[step.file])
    return steps


def fits(runs: Sequence[ImportRun], steps: Sequence[Step]) -> bool:
    """Are these steps the ones that were previewed?"""
    return [(run.step, run.file_name, run.object, run.mapping) for run in runs] == [
        (step.name, step.file, step.object, stored(step)) for step in steps
    ]


def stored(step: Step) -> dict[str, Any]:
    """The mapping as it comes back from the database: lists for tuples."""
    found: dict[str, Any] = json.loads(json.dumps(step.mapping or {}))
    return found


def _chosen(parent: Import) -> tuple[Chosen, ...]:
    if parent.adapter != Import.Adapter.CSV:
        return ()
    runs = ImportRun.objects.filter(parent=parent).order_by("position")
    return tuple(Chosen(run.file_name, run.object, run.mapping) for run in runs)
