"""Typed-over actions count as undone, and what is undone or decided together is told again when that is known."""

from django.db import migrations

# No turn of the clock meanwhile; the number is that of services/outcomes.py.
LOCK = "SELECT pg_advisory_xact_lock(71300511)"
ADDED_UP = """
INSERT INTO approvals_outcomerollup
  (cell_id, week, hundredth, held, way, unknown, unchanged, edited, rejected, undone)
SELECT o.cell_id, date_trunc('week', o.at AT TIME ZONE 'UTC')::date, coalesce(floor(o.confidence * 100), -1)::smallint,
  o.held, o.way, count(*) FILTER (WHERE o.label = ''), count(*) FILTER (WHERE o.label = 'unchanged'),
  count(*) FILTER (WHERE o.label = 'edited'), count(*) FILTER (WHERE o.label = 'rejected'),
  count(*) FILTER (WHERE o.label IN ('reverted', 'contested', 'corrected'))
FROM approvals_celloutcome o GROUP BY 1, 2, 3, 4, 5"""
# As in 0016: table, event, and whose outcome that moves. A press links its decisions after each was made.
MOVES = [
    ("approvals_bulkitem", "INSERT", "SELECT suggestion_id FROM now WHERE decision_id IS NOT NULL"),
    ("approvals_bulkitem", "UPDATE",
     "SELECT now.suggestion_id FROM now JOIN was USING (id) WHERE now.decision_id IS DISTINCT FROM was.decision_id"),
    ("approvals_note", "INSERT",
     "SELECT s.supersedes_id FROM now JOIN approvals_suggestion s ON s.id = now.suggestion_id "
     "WHERE now.kind = 'take_back' AND s.supersedes_id IS NOT NULL"),
]  # fmt: skip
FUNCTION = """
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO approvals_outcomedue (suggestion_id) {moved};
  RETURN NULL;
END $$"""
TRIGGER = """
CREATE TRIGGER outcome_due_{event} AFTER {event} ON {table}
REFERENCING {seen} FOR EACH STATEMENT EXECUTE FUNCTION {name}()"""
SEEN = {"INSERT": "NEW TABLE AS now", "UPDATE": "OLD TABLE AS was NEW TABLE AS now"}


def note(table, event, moved):
    name = f"crmgov_outcome_due_{table}_{event}".lower()
    return migrations.RunSQL(
        [
            FUNCTION.format(name=name, moved=moved),
            TRIGGER.format(name=name, table=table, event=event, seen=SEEN[event]),
        ],
        [f"DROP TRIGGER outcome_due_{event} ON {table}", f"DROP FUNCTION {name}()"],
    )


# What people decided before is told again in the first turn of the clock.
DECIDED = """
INSERT INTO approvals_outcomedue (suggestion_id)
SELECT DISTINCT suggestion_id FROM approvals_celloutcome WHERE way = 'decided'"""


class Migration(migrations.Migration):

    dependencies = [
        ("approvals", "0021_review_integrity"),
    ]

    operations = [
        *(note(*move) for move in MOVES),
        migrations.RunSQL([LOCK, "DELETE FROM approvals_outcomerollup", ADDED_UP], migrations.RunSQL.noop),
        migrations.RunSQL(DECIDED, migrations.RunSQL.noop),
    ]
