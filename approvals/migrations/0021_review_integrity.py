"""So long a decision was in sight, and the second looks at those that were high-risk."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("approvals", "0020_studio"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='decision',
            name='visible_ms',
            field=models.IntegerField(null=True),
        ),
        migrations.CreateModel(
            name='SecondLook',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('drawn_at', models.DateTimeField()),
                ('answer', models.CharField(blank=True, choices=[('', 'Not answered yet'), ('approve', 'Would approve'), ('reject', 'Would reject')], default='', max_length=7)),
                ('note', models.CharField(blank=True, default='', max_length=300)),
                ('answered_at', models.DateTimeField(null=True)),
                ('decision', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='second_look', to='approvals.decision')),
                ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='second_looks', to=settings.AUTH_USER_MODEL)),
                ('queue', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='approvals.queue')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('answer', '')), fields=['queue', 'drawn_at'], name='second_look_that_waits'), models.Index(condition=models.Q(('answer', ''), _negated=True), fields=['queue'], include=('answer',), name='second_look_answered')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('answer', ''), ('answered_at', None), ('person', None)), models.Q(('answer__in', ['approve', 'reject']), ('answered_at__isnull', False), ('person__isnull', False)), _connector='OR'), name='second_look_names_who_answered')],
            },
        ),
    ]
