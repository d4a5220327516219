"""Of two suggestions that would make the same, one is open: a race cannot leave two, another value is not lost."""

from django.db import migrations, models

# What waits already keeps its place; nothing new is taken for the same as it.
KEEP = """UPDATE approvals_suggestion SET asks = id::text
WHERE status = 'queued' AND action IN ('create_record', 'create_task')"""


class Migration(migrations.Migration):

    dependencies = [
        ("approvals", "0004_decided_payload"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="suggestion",
            name="one_open_task_suggestion_per_purpose",
        ),
        migrations.AddField(
            model_name="suggestion",
            name="asks",
            field=models.CharField(blank=True, default="", max_length=64),
        ),
        migrations.RunSQL(KEEP, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="suggestion",
            constraint=models.UniqueConstraint(
                condition=models.Q(("action__in", ["create_record", "create_task"]), ("status", "queued")),
                fields=("action", "record_type", "record_id", "team", "account_id", "title", "asks"),
                name="one_open_suggestion_to_make_the_same",
                nulls_distinct=False,
            ),
        ),
    ]
