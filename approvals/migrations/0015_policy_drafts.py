"""A draft knows the version it changes and who discarded it; what it would have changed, and what publishing did."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# Drafts that wait were written against what was in force then.
AGAINST = """
UPDATE approvals_policydraft d SET against = coalesce(
  (SELECT max(v.number) FROM approvals_policyversion v WHERE v.published_at <= d.drafted_at), 1)"""


class Migration(migrations.Migration):

    dependencies = [
        ("approvals", "0014_reminders_refused"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='policydraft',
            name='discarded_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='policydraft',
            name='against',
            field=models.IntegerField(default=1),
            preserve_default=False,
        ),
        migrations.RunSQL(AGAINST, migrations.RunSQL.noop),
        migrations.CreateModel(
            name='PolicyRegating',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('held', models.IntegerField(default=0)),
                ('blocked', models.IntegerField(default=0)),
                ('followed_at', models.DateTimeField()),
                ('version', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='regating', to='approvals.policyversion')),
            ],
        ),
        migrations.CreateModel(
            name='PolicyReplay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('since', models.DateTimeField()),
                ('made_at', models.DateTimeField()),
                ('suggestions', models.IntegerField()),
                ('unreadable', models.IntegerField()),
                ('is_cut', models.BooleanField()),
                ('draft', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='replay', to='approvals.policydraft')),
            ],
        ),
        migrations.CreateModel(
            name='PolicyReplayLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('was', models.CharField(max_length=10)),
                ('becomes', models.CharField(max_length=10)),
                ('rules', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None)),
                ('replay', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='approvals.policyreplay')),
                ('suggestion', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='approvals.suggestion')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('replay', 'suggestion'), name='suggestion_is_replayed_once')],
            },
        ),
    ]
