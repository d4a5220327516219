"""What watched custom rules would have said stands with each reading, beside its findings."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("approvals", "0016_outcomes")]

    operations: ClassVar = [
        migrations.AddField("gatereading", "monitored", models.JSONField(default=list)),
    ]
