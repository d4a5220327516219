"""Decisions, attempts, gate readings and policy versions only grow."""

from django.db import migrations

APPEND_ONLY = ["decision", "attempt", "gatereading", "policyversion"]


class Migration(migrations.Migration):
    dependencies = [("approvals", "0002_initial"), ("records", "0002_guards")]
    operations = [
        migrations.RunSQL(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON approvals_{table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION crmgov_append_only()",
            f"DROP TRIGGER append_only ON approvals_{table}",
        )
        for table in APPEND_ONLY
    ]
