from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("records", "0007_mail_events_and_other_roles")]

    operations = [
        migrations.AddField(model_name="export", name="marks", field=models.JSONField(default=dict)),
    ]
