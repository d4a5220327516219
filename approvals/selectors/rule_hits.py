"""What each rule of the gate held lately, and what it alone held; one query over the newest stored readings."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from approvals.models import Suggestion
from approvals.rules.custom_findings import CANNOT_SAY
from crmgov.people.models import User

LOOKS_BACK = timedelta(days=30)
# The newest readings of that time, as a replay reads them.
MOST = 20_000
EXAMPLES = 8

# The last reading of each suggestion counts: what was judged twice is one hit. Readings are taken by number, which has
# an index and grows with the clock. Alone: nothing else held it; of a watched rule: nothing at all did.
HITS = """
WITH newest AS MATERIALIZED (
  SELECT id, suggestion_id, findings, monitored, read_at FROM approvals_gatereading ORDER BY id DESC LIMIT %(most)s),
latest AS MATERIALIZED (
  SELECT DISTINCT ON (suggestion_id) id, suggestion_id, findings, monitored FROM newest
  WHERE read_at BETWEEN %(since)s AND %(at)s ORDER BY suggestion_id, id DESC),
said AS (
  SELECT l.id, l.suggestion_id, w.watched, f.value ->> 'rule' AS rule,
    bool_or(starts_with(f.value ->> 'sentence', %(cannot_say)s)
      AND position(%(why)s in f.value ->> 'sentence') > 0) AS unsaid,
    count(*) OVER (PARTITION BY l.id, w.watched) AS rules, jsonb_array_length(l.findings) AS findings
  FROM latest l
  CROSS JOIN LATERAL (VALUES (false, l.findings), (true, l.monitored)) w(watched, found)
  CROSS JOIN LATERAL jsonb_array_elements(w.found) f
  GROUP BY l.id, l.suggestion_id, w.watched, f.value ->> 'rule', l.findings),
hits AS (
  SELECT *, CASE WHEN watched THEN findings = 0 ELSE rules = 1 END AS alone FROM said)
SELECT watched, rule, count(*), count(*) FILTER (WHERE alone), count(*) FILTER (WHERE unsaid),
  (array_agg(suggestion_id ORDER BY alone DESC, id DESC))[1:%(examples)s]
FROM hits GROUP BY watched, rule
UNION ALL
SELECT NULL, '', count(*), (SELECT count(*) FROM newest), 0, '{}' FROM latest"""


@dataclass(frozen=True, slots=True)
class Hits:
    """Suggestions that the rule held, of them those that nothing else held, and those of which it could not say."""

    held: int = 0
    alone: int = 0
    unsaid: int = 0
    examples: Sequence[UUID] = ()


NONE = Hits()


@dataclass(frozen=True, slots=True)
class Counted:
    """Rule -> hits, in force and watched; of so many suggestions. `is_cut`: there were more readings than are read."""

    held: dict[str, Hits]
    watched: dict[str, Hits]
    judged: int
    is_cut: bool


def counted(*, at: datetime) -> Counted:
    """Of the suggestions judged in the last 30 days; one query."""
    held: dict[str, Hits] = {}
    watched: dict[str, Hits] = {}
    judged, read = 0, 0
    for is_watched, rule, hits, alone, unsaid, examples in _rows(at):
        if is_watched is None:
            judged, read = hits, alone
        else:
            (watched if is_watched else held)[rule] = Hits(hits, alone, unsaid, examples)
    return Counted(held, watched, judged, is_cut=read >= MOST)


def examples_for(user: User, suggestion_ids: Collection[UUID]) -> list[Suggestion]:
    """Those of them this person sees, in this order; one query."""
    rows = Suggestion.objects.for_user(user).select_related("agent", "proposed_by")
    found = {one.pk: one for one in rows.filter(pk__in=suggestion_ids)}
    return [found[key] for key in suggestion_ids if key in found]


def _rows(at: datetime) -> list[tuple[Any, ...]]:
    start, _, why = CANNOT_SAY.partition("{}")
    values: dict[str, Any] = {
        "most": MOST,
        "since": at - LOOKS_BACK,
        "at": at,
        "examples": EXAMPLES,
        "cannot_say": start,
        "why": why,
    }
    with connection.cursor() as cursor:
        cursor.execute(HITS, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
