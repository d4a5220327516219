"""What putting a whole import back would do, read from the ledger alone: nothing is tried out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from crmgov.records import registry
from crmgov.records.models import ChangeSet, ImportRun

from . import import_children
from .import_children import OURS
from .import_reverts import TOUCHED, Outcome

PAGE = 50
# `ours` are the change sets of the import, `written` the records it wrote. A record it made goes to the archive when
# nobody else ever wrote it; any other one gets back the fields of which the import's value is still the last word.
# A record it made that others hang on (`held`) stays.
OUTLOOK = f"""
WITH {OURS},
written AS MATERIALIZED (
  SELECT DISTINCT c.record_type, c.record_id FROM records_fieldchange c
  WHERE c.change_set_id IN (SELECT id FROM ours) AND c.record_id > %(after)s ORDER BY c.record_id LIMIT %(most)s),
last AS (
  SELECT DISTINCT ON (c.record_id, c.field) c.record_id, c.field, c.record_label, c.new,
         c.change_set_id IN (SELECT id FROM ours) AS is_ours, c.change_set_id IN (SELECT id FROM back) AS is_back
  FROM records_fieldchange c JOIN written w ON w.record_id = c.record_id
  ORDER BY c.record_id, c.field, c.id DESC),
wrote AS (
  SELECT DISTINCT c.record_id, c.field FROM records_fieldchange c JOIN written w ON w.record_id = c.record_id
  WHERE c.change_set_id IN (SELECT id FROM ours)),
made AS (
  SELECT DISTINCT e.record_id FROM records_recordevent e JOIN written w ON w.record_id = e.record_id
  WHERE e.kind = 'created' AND e.change_set_id IN (SELECT id FROM ours)),
others AS (
  SELECT DISTINCT c.record_id FROM records_fieldchange c JOIN made m ON m.record_id = c.record_id
  WHERE c.change_set_id NOT IN (SELECT id FROM ours) AND c.change_set_id NOT IN (SELECT id FROM back)),
told AS (
  SELECT w.record_type, w.record_id, max(l.record_label) AS label, bool_or(m.record_id IS NOT NULL) AS is_made,
         bool_or(o.record_id IS NOT NULL) AS is_touched,
         bool_or(l.field = 'archived_at' AND l.new <> 'null' AND NOT l.is_ours) AS is_archived,
         count(*) FILTER (WHERE x.record_id IS NOT NULL AND l.is_ours) AS back,
         array_agg(l.field ORDER BY l.field) FILTER (WHERE x.record_id IS NOT NULL AND NOT l.is_ours
                                               AND NOT l.is_back) AS stay, bool_or(k.record_id IS NOT NULL) AS is_held
  FROM written w JOIN last l ON l.record_id = w.record_id
  LEFT JOIN wrote x ON x.record_id = l.record_id AND x.field = l.field
  LEFT JOIN made m ON m.record_id = w.record_id LEFT JOIN others o ON o.record_id = w.record_id
  LEFT JOIN unnest(%(held)s::uuid[]) AS k(record_id) ON k.record_id = w.record_id
  GROUP BY w.record_type, w.record_id),
judged AS (
  SELECT record_type, record_id, label, stay, is_made AND is_touched AS is_touched, is_archived, is_held,
         CASE WHEN coalesce(is_archived, false) OR is_held THEN 'stay'
              WHEN is_made AND NOT is_touched THEN 'archive'
              WHEN is_made OR back = 0 THEN 'stay' ELSE 'put_back' END AS result
  FROM told)
"""  # noqa: S608 (our own names)
COUNTS = "SELECT result, count(*) FROM judged GROUP BY result"
ROWS = """
SELECT record_type, record_id, label, result, stay, is_touched, is_archived, is_held FROM judged ORDER BY record_id"""
FIRST = UUID(int=0)


@dataclass(frozen=True, slots=True)
class RevertPlan:
    """`counts` in records: archive, put_back, stay. `records`: how many would be written.

    `lists` names what no ledger covers and therefore stays: {"object", "rows", "say"}. `outcomes` is a page of
    records, `after` where the next page begins (None at the end).
    """

    counts: dict[str, int]
    records: int
    lists: list[dict[str, Any]]
    outcomes: list[Outcome]
    after: UUID | None


def outlook(runs: Sequence[ImportRun], *, after: UUID | None = None) -> RevertPlan:
    """Return the plan with one page of its records."""
    held = import_children.held([run.pk for run in runs])
    counts = _counts(runs, held)
    rows = _ask(ROWS, runs, held, after=after or FIRST, most=PAGE + 1)
    page = rows[:PAGE]
    return RevertPlan(
        counts,
        counts["archive"] + counts["put_back"],
        _without_ledger(runs),
        [_outcome(held, *row) for row in page],
        page[-1][1] if len(rows) > PAGE else None,
    )


def counts_of(runs: Sequence[ImportRun]) -> dict[str, int]:
    """Return how many records would be archived, get values back, and stay as they are."""
    return _counts(runs, import_children.held([run.pk for run in runs]))


def _counts(runs: Sequence[ImportRun], held: Mapping[UUID, str]) -> dict[str, int]:
    found = dict(_ask(COUNTS, runs, held, after=FIRST, most=None))
    return {name: found.get(name, 0) for name in ("archive", "put_back", "stay")}


def _ask(
    question: str, runs: Sequence[ImportRun], held: Mapping[UUID, str], *, after: UUID, most: int | None
) -> list[tuple[Any, ...]]:
    params: dict[str, Any] = {
        "runs": [run.pk for run in runs],
        "held": list(held),
        "after": after,
        "most": most,
    }
    with connection.cursor() as cursor:
        cursor.execute(OUTLOOK + question, params)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def _outcome(
    held: Mapping[UUID, str],
    record_type: str,
    record_id: UUID,
    label: str,
    result: str,
    stay: list[str] | None,
    is_touched: bool,
    is_archived: bool | None,
    is_held: bool,
) -> Outcome:
    if is_archived:
        say = "It is archived already."
    elif is_held:
        say = held[record_id]
    elif result == "stay" and is_touched:
        say = TOUCHED
    elif stay:
        fields = ", ".join(registry.label(record_type, name) for name in stay)
        say = f"Somebody changed {fields} since; that stays."
    else:
        say = "It was put back already." if result == "stay" else ""
    return Outcome(record_type, record_id, label, result, say[:500])


def _without_ledger(runs: Sequence[ImportRun]) -> list[dict[str, Any]]:
    """Steps that wrote rows and no ledger: lists, the timeline, consent, histories."""
    covered = set(
        ChangeSet.objects.filter(import_run_id__in=[run.pk for run in runs])
        .values_list("import_run_id", flat=True)
        .distinct()
    )
    found = []
    for run in runs:
        rows = run.counts.get("new", 0) + run.counts.get("changed", 0)
        if rows and run.pk not in covered:
            what = run.object.replace("_", " ")
            say = f"{rows} {what} from {run.file_name} stay: they have no ledger to go back by."
            found.append({"object": run.object, "rows": rows, "say": say})
    return found
