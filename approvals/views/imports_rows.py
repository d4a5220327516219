"""The refused rows of a step as a file, for whoever mends them at the source."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from typing import cast
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_safe

from approvals.http import ReviewerRequest, refusals
from crmgov.kernel.refusals import NotFound
from crmgov.records.models import ImportRefusal
from crmgov.records.selectors import imports as selector

from .imports import require_reader
from .lists import neutral

HEADINGS = ("file", "line", "column", "value", "reason", "what is wrong")


@require_safe
@login_required
@refusals
def refused(request: ReviewerRequest, import_id: UUID, run_id: UUID) -> HttpResponse:
    """Every refused row with its place, value and reason, streamed; no cell of it is a formula."""
    require_reader(request.user)
    found = selector.import_of(import_id=import_id, user=request.user)
    run = next((one for one in found.runs.all() if one.pk == run_id), None)
    if run is None:
        raise NotFound("There is no such step in this import.")
    rows = selector.refused_rows(run=run)
    answer = StreamingHttpResponse(_lines(run.file_name, rows), content_type="text/csv; charset=utf-8")
    # Our own name: the file's may hold anything.
    answer["Content-Disposition"] = f'attachment; filename="refused-{run.position}-{run.object}.csv"'
    return cast("HttpResponse", answer)


class _Echo:
    """What csv.writer writes to: it hands each line back."""

    def write(self, line: str) -> str:
        return line


def _lines(file_name: str, rows: Iterable[ImportRefusal]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield writer.writerow(HEADINGS)
    name = neutral(file_name)
    for one in rows:
        cells = (one.column, one.value, one.reason, one.say)
        yield writer.writerow([name, one.line, *(neutral(cell) for cell in cells)])
