"""An index that answers the features of an account without its activities: a year of one account lies side by side.

It belongs to the scores alone, so it is kept here and not in the state of `records`.
"""

from django.db import migrations

MAKE = """
CREATE INDEX activity_for_scores ON records_activity (account_id, occurred_at)
INCLUDE (kind, contact_id, ticket_id, recorded_at) WHERE account_id IS NOT NULL"""


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0009_where_activities_belong"),
        ('scoring', '0006_label_candidates'),
    ]

    operations = [migrations.RunSQL(MAKE, "DROP INDEX activity_for_scores")]
