"""What became of accounts, contacts and deals, read out of the ledger and of what sources tell of before.

Rebuilt as a whole and set-based; doing so twice leaves the same rows. Rules:
- A change that was put back, and the putting back, are no outcomes; a record whose making was put back has none.
- A change told twice, by a source and by our ledger, is one outcome, at the earlier of the two times.
- Churned: a customer's lifecycle became churned. The first value a record came with is no change: it has no time.
- Renewed: the renewal date of a customer moved at least four weeks ahead; less is a correction.
- Won, lost: a deal's stage became one of that kind. A deal that came to us closed is dated by its close date, if that
  lies in the past. Won of a contact: a lead became an opportunity or a customer.
- An archived record keeps what became of it before. Merged records will have to hand theirs on.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection, transaction

from scoring.features.replays import day

# Two rebuilds at once would delete each other's rows.
LOCK = 7_201_501
# Every change of what outcomes are read from, in order, with the value before it.
STORY = """
CREATE TEMPORARY TABLE story ON COMMIT DROP AS
WITH RECURSIVE reverts(root, change_set, depth) AS (
  SELECT r.reverses, r.id, 1 FROM records_changeset r JOIN records_changeset o ON o.id = r.reverses
  WHERE r.reverses IS NOT NULL AND o.reverses IS NULL
  UNION ALL
  SELECT v.root, r.id, v.depth + 1 FROM reverts v JOIN records_changeset r ON r.reverses = v.change_set),
undone AS (
  SELECT v.root, f.record_id, f.field FROM reverts v JOIN records_fieldchange f ON f.change_set_id = v.change_set
  GROUP BY v.root, f.record_id, f.field HAVING max(v.depth) %% 2 = 1),
unmade AS (
  SELECT f.record_id FROM reverts v JOIN records_fieldchange f ON f.change_set_id = v.change_set
  WHERE f.field = 'archived_at' GROUP BY f.record_id HAVING max(v.depth) %% 2 = 1),
told AS (
  SELECT f.record_type, f.record_id, f.field, f.old #>> '{}' AS old, f.new #>> '{}' AS new, f.at, f.id AS place,
    'ledger' AS known_by
  FROM records_fieldchange f JOIN records_changeset s ON s.id = f.change_set_id
  WHERE (f.record_type, f.field) IN (VALUES ('account', 'lifecycle'), ('account', 'renewal_date'),
      ('contact', 'lifecycle'), ('opportunity', 'stage'))
    AND s.reverses IS NULL
    AND NOT EXISTS (SELECT 1 FROM undone u
      WHERE u.root = f.change_set_id AND u.record_id = f.record_id AND u.field = f.field)
  UNION ALL
  SELECT e.record_type, e.record_id, e.field, e.old #>> '{}', e.new #>> '{}', e.at, 0, 'source'
  FROM records_earlierchange e
  WHERE (e.record_type, e.field) IN (VALUES ('account', 'lifecycle'), ('account', 'renewal_date'),
      ('contact', 'lifecycle'), ('opportunity', 'stage')))
SELECT t.record_type, t.record_id, t.field, t.new, t.at, t.known_by,
  coalesce(lag(t.new) OVER w, t.old) AS old, row_number() OVER w = 1 AS is_first
FROM told t WHERE NOT EXISTS (SELECT 1 FROM unmade u WHERE u.record_id = t.record_id)
WINDOW w AS (PARTITION BY t.record_id, t.field ORDER BY t.at, t.place, t.new, t.old)"""

CUSTOMERS = "('customer', 'evangelist')"
# Each gives record_type, record_id, kind, at, known_by.
CHURNED = f"""
SELECT record_type, record_id, 'churned', at, known_by FROM story
WHERE record_type = 'account' AND field = 'lifecycle' AND new = 'churned' AND old IN {CUSTOMERS}"""  # noqa: S608
BOUGHT = """
SELECT record_type, record_id, 'won', at, known_by FROM story
WHERE record_type = 'contact' AND field = 'lifecycle' AND new IN ('opportunity', 'customer', 'evangelist')
  AND old NOT IN ('opportunity', 'customer', 'evangelist', 'churned')"""
RENEWED = f"""
SELECT moved.record_type, moved.record_id, 'renewed', moved.at, moved.known_by FROM story moved
JOIN records_account x ON x.id = moved.record_id
WHERE moved.record_type = 'account' AND moved.field = 'renewal_date'
  AND ({day("moved.new")}) - ({day("moved.old")}) >= 28
  AND coalesce(
    (SELECT s.new FROM story s WHERE s.record_id = moved.record_id AND s.field = 'lifecycle' AND s.at <= moved.at
     ORDER BY s.at DESC LIMIT 1),
    (SELECT coalesce(s.old, s.new) FROM story s WHERE s.record_id = moved.record_id AND s.field = 'lifecycle'
     ORDER BY s.at LIMIT 1), x.lifecycle) IN {CUSTOMERS}"""  # noqa: S608
CLOSED = """
SELECT moved.record_type, moved.record_id, stage.kind, moved.at, moved.known_by FROM story moved
JOIN records_stage stage ON stage.name = moved.new AND stage.kind IN ('won', 'lost')
LEFT JOIN records_stage before ON before.name = moved.old
WHERE moved.record_type = 'opportunity' AND moved.field = 'stage' AND before.kind IS DISTINCT FROM stage.kind
  AND moved.old IS NOT NULL
UNION ALL
SELECT moved.record_type, moved.record_id, stage.kind, o.close_date::timestamp AT TIME ZONE 'UTC', 'source'
FROM story moved
JOIN records_stage stage ON stage.name = moved.new AND stage.kind IN ('won', 'lost')
JOIN records_opportunity o ON o.id = moved.record_id
WHERE moved.record_type = 'opportunity' AND moved.field = 'stage' AND moved.is_first AND moved.old IS NULL
  AND o.close_date <= moved.at::date"""
FOUND = """
CREATE TEMPORARY TABLE found ON COMMIT DROP AS
SELECT DISTINCT ON (record_id, kind, at) record_type, record_id, kind, at, known_by
FROM ({all}) every(record_type, record_id, kind, at, known_by) ORDER BY record_id, kind, at, known_by"""
GONE = """
DELETE FROM scoring_outcome o WHERE NOT EXISTS (
  SELECT 1 FROM found f WHERE (f.record_type, f.record_id, f.kind, f.at, f.known_by)
    = (o.record_type, o.record_id, o.kind, o.at, o.known_by))"""
NEW = """
INSERT INTO scoring_outcome (record_type, record_id, kind, at, known_by)
SELECT f.record_type, f.record_id, f.kind, f.at, f.known_by FROM found f
ORDER BY f.at, f.record_id, f.kind ON CONFLICT (record_id, kind, at) DO NOTHING"""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """`new` outcomes were written and `gone` ones removed; `there` are there now."""

    new: int
    gone: int
    there: int


@transaction.atomic(durable=True)
def rebuild() -> Rebuilt:
    """Read all outcomes again from the ledger and the sources' histories. Writes nothing where nothing changed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        cursor.execute("SELECT set_config('work_mem', '64MB', true)")
        # Dropped at the end of the transaction; a caller who rebuilds twice within one has them still.
        cursor.execute("DROP TABLE IF EXISTS story, found")
        cursor.execute(STORY, [])
        cursor.execute("CREATE INDEX ON story (record_id, field, at)")
        cursor.execute("ANALYZE story")
        cursor.execute(FOUND.format(all=" UNION ALL ".join((CHURNED, BOUGHT, RENEWED, CLOSED))))
        cursor.execute(GONE)
        gone = cursor.rowcount
        cursor.execute(NEW)
        new = cursor.rowcount
        cursor.execute("SELECT count(*) FROM scoring_outcome")
        (there,) = cursor.fetchone()
    return Rebuilt(new, gone, there)
