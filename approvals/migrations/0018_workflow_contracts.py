"""What a workflow is for and may touch is written down, one row for each revision; contracts only grow. Suggestions
may belong to a run, of which a sample is decided first. Three stewards are named, and who was stays readable."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


APPEND_ONLY = ["workflowcontract", "steward"]
GUARD = (
    "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON approvals_%s "
    "FOR EACH STATEMENT EXECUTE FUNCTION crmgov_append_only()"
)


class Migration(migrations.Migration):

    dependencies = [
        ("approvals", "0017_custom_rules"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='WorkflowContract',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.IntegerField()),
                ('trigger', models.CharField(max_length=300)),
                ('record_types', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=16), size=None)),
                ('segments', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), default=list, size=None)),
                ('excluded', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), default=list, size=None)),
                ('reads', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=120), default=list, size=None)),
                ('writes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=120), default=list, size=None)),
                ('actions', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), size=None)),
                ('needs_history', models.BooleanField(default=False)),
                ('review_rule', models.CharField(max_length=300)),
                ('sla_hours', models.PositiveSmallIntegerField()),
                ('rollback_rule', models.CharField(max_length=300)),
                ('metric', models.CharField(choices=[('kept', 'Share of its suggestions kept unchanged'), ('hours', 'Hours until a person decides'), ('hand_edits', 'Changes of its fields by hand, a week'), ('empty', 'Share of records with the field empty'), ('stale', 'Share of records with the field unchanged for half a year')], max_length=20)),
                ('metric_field', models.CharField(blank=True, default='', max_length=120)),
                ('started_on', models.DateField()),
                ('baseline', models.DecimalField(decimal_places=4, max_digits=12, null=True)),
                ('baseline_of', models.IntegerField(default=0)),
                ('minutes_saved', models.DecimalField(decimal_places=1, max_digits=6)),
                ('review_due', models.DateField()),
                ('why', models.CharField(max_length=300)),
                ('saved_at', models.DateTimeField()),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('saved_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('workflow', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='contracts', to='approvals.workflow')),
            ],
            options={
                'ordering': ['workflow', '-number'],
            },
        ),
        migrations.AddField(
            model_name='suggestion',
            name='contract',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='approvals.workflowcontract'),
        ),
        migrations.AddConstraint(
            model_name='workflowcontract',
            constraint=models.UniqueConstraint(fields=('workflow', 'number'), name='contract_revision_is_used_once'),
        ),
        migrations.AddConstraint(
            model_name='workflowcontract',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('record_types', []), _negated=True), models.Q(('actions', []), _negated=True)), name='contract_names_records_and_actions'),
        ),
        migrations.AddConstraint(
            model_name='workflowcontract',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('metric__in', ['kept', 'hours', 'hand_edits']), ('metric_field', '')), models.Q(('metric__in', ['empty', 'stale']), models.Q(('metric_field', ''), _negated=True)), _connector='OR'), name='contract_names_the_field_it_measures'),
        ),
        migrations.AddField(
            model_name='suggestion',
            name='held_by_run',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='suggestion',
            name='in_run_sample',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='suggestion',
            name='run_lot',
            field=models.FloatField(null=True),
        ),
        migrations.CreateModel(
            name='Run',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120)),
                ('status', models.CharField(choices=[('open', 'Nothing is held'), ('sampling', 'A sample is decided first'), ('going_on', 'Goes on'), ('stopped', 'Stopped'), ('people', 'People decide the rest'), ('withdrawn', 'The rest was withdrawn')], default='open', max_length=10)),
                ('proposed', models.IntegerField(default=0)),
                ('started_at', models.DateTimeField()),
                ('judged_at', models.DateTimeField(null=True)),
                ('sampled', models.SmallIntegerField(null=True)),
                ('kept', models.SmallIntegerField(null=True)),
                ('settled_at', models.DateTimeField(null=True)),
                ('settled_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('workflow', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='runs', to='approvals.workflow')),
            ],
            options={
                'ordering': ['-started_at', '-id'],
            },
        ),
        migrations.AddField(
            model_name='suggestion',
            name='run',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='suggestions', to='approvals.run'),
        ),
        migrations.AddIndex(
            model_name='suggestion',
            index=models.Index(condition=models.Q(('run__isnull', False)), fields=['run', 'run_lot'], name='suggestion_of_run'),
        ),
        migrations.AddConstraint(
            model_name='suggestion',
            constraint=models.CheckConstraint(condition=models.Q(('held_by_run', False), models.Q(('run__isnull', False), ('status', 'queued')), _connector='OR'), name='only_what_is_queued_is_held_by_a_run'),
        ),
        migrations.AddConstraint(
            model_name='run',
            constraint=models.UniqueConstraint(fields=('workflow', 'name'), name='run_name_is_used_once_per_workflow'),
        ),
        migrations.AddConstraint(
            model_name='run',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['people', 'withdrawn']), _negated=True), ('settled_by__isnull', False), _connector='OR'), name='settled_run_names_who_settled_it'),
        ),
        migrations.CreateModel(
            name='Steward',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('duty', models.CharField(choices=[('data_quality', 'Data quality'), ('consent', 'Consent'), ('experiments', 'Experiments')], max_length=16)),
                ('why', models.CharField(max_length=300)),
                ('named_at', models.DateTimeField()),
                ('named_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['duty', '-id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('duty__in', ['data_quality', 'consent', 'experiments'])), name='steward_has_a_known_duty')],
            },
        ),
        *(
            migrations.RunSQL(GUARD % table, f"DROP TRIGGER append_only ON approvals_{table}")
            for table in APPEND_ONLY
        ),
    ]
