"""When records are scored: every night all of them, every few minutes those that something happened to."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Max

from scoring.models import Changed, ScoringRun, TrainedModel
from scoring.selectors.populations import POPULATIONS

from . import outcomes, runs
from .signals import run_started

CONSUMER = "scoring"
# UTC. A worker that was off at night does it when it is back.
NIGHT_HOUR = 2
BATCH = 20_000
# So far behind the newest taken event may one lie that was written before and committed after it.
LATE_COMMITS = 100_000
# An event touches its record and what that hangs on. One statement per batch; the receipt and the mark together. It
# waits since it was taken: an import that began before a run and was committed after it is not in what the run read.
TAKE = """
WITH untaken AS (
  SELECT e.id, e.record_type, e.record_id, greatest(e.at, %(at)s::timestamptz) AS at FROM records_recordevent e
  WHERE e.id > coalesce((SELECT max(r.event_id) FROM records_eventreceipt r WHERE r.consumer = %(consumer)s), 0)
      - %(late)s
    AND NOT EXISTS (SELECT FROM records_eventreceipt r WHERE r.consumer = %(consumer)s AND r.event_id = e.id)
  ORDER BY e.id LIMIT %(batch)s),
taken AS (
  INSERT INTO records_eventreceipt (consumer, event_id, taken_at) SELECT %(consumer)s, u.id, %(at)s FROM untaken u
  ON CONFLICT DO NOTHING RETURNING event_id),
told AS (SELECT u.record_type, u.record_id, u.at FROM untaken u JOIN taken t ON t.event_id = u.id),
roles AS (SELECT b.opportunity_id, b.contact_id, o.account_id, t.at
  FROM told t JOIN records_buyingrole b ON b.id = t.record_id AND t.record_type = 'buying_role'
  JOIN records_opportunity o ON o.id = b.opportunity_id),
touched(record_type, record_id, at) AS (
  SELECT record_type, record_id, at FROM told
  UNION ALL SELECT 'account', c.account_id, t.at FROM told t JOIN records_contact c ON c.id = t.record_id
    AND t.record_type = 'contact'
  UNION ALL SELECT 'account', o.account_id, t.at FROM told t JOIN records_opportunity o ON o.id = t.record_id
    AND t.record_type = 'opportunity'
  UNION ALL SELECT 'account', k.account_id, t.at FROM told t JOIN records_ticket k ON k.id = t.record_id
    AND t.record_type = 'ticket'
  UNION ALL SELECT 'contact', k.contact_id, t.at FROM told t JOIN records_ticket k ON k.id = t.record_id
    AND t.record_type = 'ticket'
  UNION ALL SELECT 'opportunity', opportunity_id, at FROM roles
  UNION ALL SELECT 'contact', contact_id, at FROM roles
  UNION ALL SELECT 'account', account_id, at FROM roles),
marked AS (
  INSERT INTO scoring_changed (record_type, record_id, since)
  SELECT record_type, record_id, max(at) FROM touched
  WHERE record_id IS NOT NULL AND record_type = ANY(%(types)s)
  GROUP BY record_type, record_id ORDER BY record_id
  ON CONFLICT (record_id) DO UPDATE SET since = greatest(scoring_changed.since, excluded.since))
SELECT count(*) FROM taken"""
# Two takers at once would mark in two orders.
LOCK = 7_201_503


def take_news(*, at: datetime) -> int:
    """Mark every record that something happened to since; return how many events were taken."""
    taken = 0
    while count := _take(at):
        taken += count
    return taken


@transaction.atomic(durable=True)
def _take(at: datetime) -> int:
    kinds = TrainedModel.objects.filter(status__in=runs.IN_USE).values_list("kind", flat=True)
    types = sorted({POPULATIONS[kind].record_type for kind in kinds})
    if not types:
        # Nobody reads the list: whoever is put in use scores everybody first.
        return 0
    named: dict[str, Any] = {
        "consumer": CONSUMER,
        "late": LATE_COMMITS,
        "batch": BATCH,
        "at": at,
        "types": types,
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        cursor.execute(TAKE, named)
        return int(cursor.fetchone()[0])


def start_due(*, at: datetime) -> int:
    """Score everybody once a night and by a model that never did, else those that changed; return how many began."""
    take_news(at=at)
    models = list(TrainedModel.objects.filter(status__in=runs.IN_USE).only("pk", "kind"))
    wanted = {model.pk: scope for model in models if (scope := _wanted(model, at))}
    if ScoringRun.Scope.ALL in wanted.values():
        outcomes.rebuild()
    for model_id, scope in wanted.items():
        runs.start(model_id=model_id, scope=scope, at=at)
    return len(wanted)


def _wanted(model: TrainedModel, at: datetime) -> ScoringRun.Scope | None:
    """Which run is due. One that ended with a reason counts as done: the next night is soon enough."""
    so_far = ScoringRun.objects.filter(trained=model)
    if so_far.filter(status=ScoringRun.Status.RUNNING).exists():
        return None
    if not so_far.filter(scope=ScoringRun.Scope.ALL, started_at__gte=_last_night(at)).exists():
        return ScoringRun.Scope.ALL
    of = POPULATIONS[model.kind]
    read_until = so_far.filter(status=ScoringRun.Status.DONE).aggregate(read=Max("as_of"))["read"]
    waiting = Changed.objects.filter(record_type=of.record_type)
    if read_until is not None:
        # The other model in use may be behind and still need the rest.
        waiting = waiting.filter(since__gt=read_until)
    return ScoringRun.Scope.CHANGED if waiting.exists() else None


def _last_night(at: datetime) -> datetime:
    night = at.replace(hour=NIGHT_HOUR, minute=0, second=0, microsecond=0)
    return night if night <= at else night - timedelta(days=1)


def take_up() -> int:
    """Ring for every run under way; ringing for one that somebody works at costs a look at a lock."""
    under_way = list(ScoringRun.objects.filter(status=ScoringRun.Status.RUNNING).values_list("pk", flat=True))
    for run_id in under_way:
        run_started.send(sender=ScoringRun, run_id=run_id)
    return len(under_way)
