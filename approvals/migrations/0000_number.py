"""The number people say to each other: "suggestion 4812"."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = []
    operations = [
        migrations.RunSQL("CREATE SEQUENCE approvals_suggestion_number", "DROP SEQUENCE approvals_suggestion_number")
    ]
