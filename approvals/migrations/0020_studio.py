"""Outcomes added up week by week, for the threshold studio; what is told already is added up at once."""

import django.db.models.deletion
from django.db import migrations, models


ADDED_UP = """
INSERT INTO approvals_outcomerollup
  (cell_id, week, hundredth, held, way, unknown, unchanged, edited, rejected, undone)
SELECT o.cell_id, date_trunc('week', o.at AT TIME ZONE 'UTC')::date, coalesce(floor(o.confidence * 100), -1)::smallint,
  o.held, o.way, count(*) FILTER (WHERE o.label = ''), count(*) FILTER (WHERE o.label = 'unchanged'),
  count(*) FILTER (WHERE o.label = 'edited'), count(*) FILTER (WHERE o.label = 'rejected'),
  count(*) FILTER (WHERE o.label IN ('reverted', 'contested'))
FROM approvals_celloutcome o GROUP BY 1, 2, 3, 4, 5"""


class Migration(migrations.Migration):

    dependencies = [
        ("approvals", "0019_autonomy"),
    ]

    operations = [
        migrations.CreateModel(
            name='OutcomeRollup',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('week', models.DateField()),
                ('hundredth', models.SmallIntegerField()),
                ('held', models.CharField(blank=True, choices=[('', 'By nothing else'), ('queue', 'For a person'), ('block', 'For good')], default='', max_length=5)),
                ('way', models.CharField(choices=[('decided', 'A person decided'), ('ran', 'Ran by itself'), ('blocked', 'Blocked'), ('shadowed', 'Only compared'), ('closed', 'Closed without a decision')], max_length=8)),
                ('unknown', models.IntegerField(default=0)),
                ('unchanged', models.IntegerField(default=0)),
                ('edited', models.IntegerField(default=0)),
                ('rejected', models.IntegerField(default=0)),
                ('undone', models.IntegerField(default=0)),
                ('cell', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rollups', to='approvals.cell')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('cell', 'week', 'hundredth', 'held', 'way'), name='rollup_is_one_row'), models.CheckConstraint(condition=models.Q(('hundredth__gte', -1), ('hundredth__lte', 100)), name='rollup_is_of_a_share')],
            },
        ),
        migrations.RunSQL(ADDED_UP, migrations.RunSQL.noop),
    ]
