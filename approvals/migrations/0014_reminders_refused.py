"""How often in a row a reminder was refused for good, so that it is not tried without end."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("approvals", "0013_bulk")]

    operations: ClassVar = [
        migrations.AddField("reminded", "refused", models.PositiveSmallIntegerField(default=0)),
    ]
