"""The database is the referee: one door to governed tables, an append-only ledger, one canonical form.

Recipe and costs: each trigger is per statement. The door is open only while a change set row of *this*
transaction is named in `crmgov.change_set`; an invented id, or one of an earlier transaction, is refused.
TRUNCATE is let through only in databases named test_..., for the flush after transactional tests: never
give a production database such a name.
"""

from django.db import migrations

GOVERNED = ["account", "contact", "opportunity", "buyingrole", "ticket", "task"]
APPEND_ONLY = ["changeset", "fieldchange"]

FUNCTIONS = r"""
CREATE FUNCTION crmgov_one_door() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    IF current_database() LIKE 'test\_%' THEN RETURN NULL; END IF;
  ELSIF EXISTS (SELECT 1 FROM records_changeset
                WHERE id = nullif(current_setting('crmgov.change_set', true), '')::uuid
                  AND xact = pg_current_xact_id_if_assigned()) THEN
    RETURN NULL;
  END IF;
  RAISE EXCEPTION '% on % refused: no change set of this transaction', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege',
          HINT = 'Governed records are written by crmgov.records.services.changes.apply only.';
END $$;

CREATE FUNCTION crmgov_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'TRUNCATE' AND current_database() LIKE 'test\_%' THEN RETURN NULL; END IF;
  RAISE EXCEPTION '% on % refused: append-only', TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;

-- RFC 8785 of a ledger value: a scalar, or a list of scalars (Postgres puts a blank after each comma).
CREATE FUNCTION crmgov_canonical(value jsonb) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN value IS NULL THEN 'null'
              WHEN jsonb_typeof(value) = 'array' THEN
                   (SELECT '[' || coalesce(string_agg(item::text, ',' ORDER BY place), '') || ']'
                    FROM jsonb_array_elements(value) WITH ORDINALITY AS list(item, place))
              ELSE value::text END
$$;

CREATE FUNCTION crmgov_commitment(salt bytea, old jsonb, new jsonb) RETURNS bytea
  LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT sha256(salt || '\x1f'::bytea || convert_to(crmgov_canonical(old), 'UTF8')
                     || '\x1f'::bytea || convert_to(crmgov_canonical(new), 'UTF8'))
$$;
"""

DROP_FUNCTIONS = """
DROP FUNCTION crmgov_commitment(bytea, jsonb, jsonb);
DROP FUNCTION crmgov_canonical(jsonb);
DROP FUNCTION crmgov_append_only();
DROP FUNCTION crmgov_one_door();
"""


def guard(table, name, function):
    events = (
        "INSERT OR UPDATE OR DELETE OR TRUNCATE" if function == "crmgov_one_door" else "UPDATE OR DELETE OR TRUNCATE"
    )
    return migrations.RunSQL(
        f"CREATE TRIGGER {name} BEFORE {events} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {function}()",
        f"DROP TRIGGER {name} ON {table}",
    )


class Migration(migrations.Migration):
    dependencies = [("records", "0001_initial")]
    operations = [
        migrations.RunSQL(FUNCTIONS, DROP_FUNCTIONS),
        *[guard(f"records_{table}", "one_door", "crmgov_one_door") for table in GOVERNED],
        *[guard(f"records_{table}", "append_only", "crmgov_append_only") for table in APPEND_ONLY],
    ]
