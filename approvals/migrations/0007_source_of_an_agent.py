from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0006_waiting_events"),
        ("records", "0010_consent_told_by"),
    ]

    operations = [
        migrations.AddField(
            model_name="agent",
            name="source",
            field=models.OneToOneField(
                null=True,
                blank=True,
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="agent",
                to="records.source",
            ),
        ),
    ]
