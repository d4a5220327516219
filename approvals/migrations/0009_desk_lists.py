"""Orders and saved views of the inbox, and the keys of a person."""

from __future__ import annotations

import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("approvals", "0008_notes_on_the_way"),
        ('people', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='KeyboardPreference',
            fields=[
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='keyboard', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('enabled', models.BooleanField(default=True)),
                ('keys', models.JSONField(default=dict)),
            ],
        ),
        migrations.CreateModel(
            name='SavedView',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=40)),
                ('view', models.CharField(max_length=16)),
                ('order', models.CharField(max_length=16)),
                ('filters', models.JSONField(default=dict)),
                ('position', models.SmallIntegerField(default=0)),
                ('shared', models.BooleanField(default=False)),
            ],
            options={
                'ordering': ['position', 'pk'],
            },
        ),
        migrations.RemoveIndex(
            model_name='suggestion',
            name='queued_by_value',
        ),
        migrations.AddIndex(
            model_name='suggestion',
            index=models.Index(condition=models.Q(('status', 'queued')), fields=['value_at_stake', 'id'], name='queued_by_value'),
        ),
        migrations.AddIndex(
            model_name='suggestion',
            index=models.Index(condition=models.Q(('status', 'queued')), fields=['queue', 'value_at_stake', 'id'], name='queued_by_queue_and_value'),
        ),
        migrations.AddIndex(
            model_name='suggestion',
            index=models.Index(condition=models.Q(('status', 'queued')), fields=['made_at', 'id'], name='queued_by_made'),
        ),
        migrations.AddIndex(
            model_name='suggestion',
            index=models.Index(condition=models.Q(('status', 'queued')), fields=['queue', 'made_at', 'id'], name='queued_by_queue_and_made'),
        ),
        migrations.AddField(
            model_name='savedview',
            name='owner',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='saved_views', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='savedview',
            constraint=models.UniqueConstraint(models.F('owner'), django.db.models.functions.text.Lower('name'), name='person_names_a_view_once'),
        ),
    ]
