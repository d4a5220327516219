from __future__ import annotations

from django.db import migrations, models

STATUSES = [
    ("proposed", "Waiting for a second person"),
    ("running", "Running"),
    ("done", "Done"),
    ("withdrawn", "Withdrawn"),
    ("failed", "Stopped"),
]


class Migration(migrations.Migration):
    dependencies = [("records", "0010_consent_told_by")]

    operations = [
        migrations.AlterField(
            model_name="importrevert",
            name="status",
            field=models.CharField(choices=STATUSES, default="proposed", max_length=10),
        ),
    ]
