"""Experiments with the letters of workflows, who got what, and what a workflow costs."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


GUARD = (
    "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON approvals_%s "
    "FOR EACH STATEMENT EXECUTE FUNCTION crmgov_append_only()"
)


class Migration(migrations.Migration):

    dependencies = [
        ('approvals', '0026_actions'),
        ('records', '0014_contacting'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Experiment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80)),
                ('hypothesis', models.CharField(max_length=300)),
                ('holdout', models.PositiveSmallIntegerField(default=0)),
                ('goal', models.CharField(choices=[('reply', 'They write back'), ('purchase', 'They buy')], max_length=8)),
                ('days', models.PositiveSmallIntegerField()),
                ('least', models.DecimalField(decimal_places=1, max_digits=4)),
                ('drafted_at', models.DateTimeField()),
                ('started_at', models.DateTimeField(null=True)),
                ('sole_admin', models.BooleanField(default=False)),
                ('ended_at', models.DateTimeField(null=True)),
                ('ended_why', models.CharField(blank=True, default='', max_length=300)),
                ('control', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='approvals.templateversion')),
                ('drafted_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('ended_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('started_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('variant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='approvals.templateversion')),
                ('workflow', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='experiments', to='approvals.workflow')),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='Assignment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('unit', models.UUIDField()),
                ('arm', models.CharField(choices=[('holdout', 'No letter'), ('a', 'A, as it was'), ('b', 'B, the other text')], max_length=7)),
                ('at', models.DateTimeField()),
                ('experiment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='assignments', to='approvals.experiment')),
            ],
        ),
        migrations.CreateModel(
            name='LetterDue',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('assignment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='people', to='approvals.assignment')),
                ('contact', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='records.contact')),
            ],
            options={
                'verbose_name_plural': 'letters due',
            },
        ),
        migrations.CreateModel(
            name='WorkflowCost',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('labour_hour', models.DecimalField(decimal_places=2, max_digits=10)),
                ('build', models.DecimalField(decimal_places=2, max_digits=14)),
                ('running_month', models.DecimalField(decimal_places=2, max_digits=12)),
                ('currency', models.CharField(max_length=3)),
                ('why', models.CharField(max_length=300)),
                ('saved_at', models.DateTimeField()),
                ('saved_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('workflow', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='costs', to='approvals.workflow')),
            ],
            options={
                'ordering': ['workflow', '-id'],
            },
        ),
        migrations.AddConstraint(
            model_name='experiment',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at', None), ('started_at__isnull', False)), fields=('workflow', 'control'), name='one_experiment_at_a_time_with_a_letter'),
        ),
        migrations.AddConstraint(
            model_name='experiment',
            constraint=models.CheckConstraint(condition=models.Q(('control', models.F('variant')), _negated=True), name='experiment_compares_two_different_texts'),
        ),
        migrations.AddConstraint(
            model_name='experiment',
            constraint=models.CheckConstraint(condition=models.Q(('holdout__lte', 50)), name='experiment_holds_out_half_at_most'),
        ),
        migrations.AddConstraint(
            model_name='experiment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('started_at', None), ('started_by', None)), models.Q(('started_at__isnull', False), ('started_by__isnull', False), models.Q(('sole_admin', True), models.Q(('started_by', models.F('drafted_by')), _negated=True), _connector='OR')), _connector='OR'), name='experiment_is_started_by_a_second_person'),
        ),
        migrations.AddConstraint(
            model_name='experiment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('ended_by', None)), models.Q(('ended_at__isnull', False), ('ended_by__isnull', False), models.Q(('ended_why', ''), _negated=True)), _connector='OR'), name='experiment_ends_by_somebody_with_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='assignment',
            constraint=models.UniqueConstraint(fields=('experiment', 'unit'), name='a_unit_has_one_arm_of_an_experiment'),
        ),
        migrations.AddConstraint(
            model_name='assignment',
            constraint=models.CheckConstraint(condition=models.Q(('arm__in', ['holdout', 'a', 'b'])), name='assignment_arm_is_known'),
        ),
        migrations.AddConstraint(
            model_name='letterdue',
            constraint=models.UniqueConstraint(fields=('assignment', 'contact'), name='a_letter_is_due_once_to_a_contact_of_a_unit'),
        ),
        migrations.AddConstraint(
            model_name='workflowcost',
            constraint=models.CheckConstraint(condition=models.Q(('build__gte', 0), ('labour_hour__gte', 0), ('running_month__gte', 0)), name='workflow_costs_are_not_negative'),
        ),
        *(
            migrations.RunSQL(GUARD % table, f"DROP TRIGGER append_only ON approvals_{table}")
            for table in ("assignment", "letterdue", "workflowcost")
        ),
    ]
