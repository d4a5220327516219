import crmgov.kernel.ids
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


# What was trained stays as it was trained: whoever wants another file or card trains another version.
GUARD = """
CREATE FUNCTION crmgov_trained_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (OLD.id, OLD.kind, OLD.version, OLD.method, OLD.schema, OLD.card, OLD.file, OLD.sha256,
                             OLD.trained_at, OLD.trained_by)
       IS NOT DISTINCT FROM (NEW.id, NEW.kind, NEW.version, NEW.method, NEW.schema, NEW.card, NEW.file, NEW.sha256,
                             NEW.trained_at, NEW.trained_by) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a trained model stays as it was trained' USING ERRCODE = 'integrity_constraint_violation';
END
$$;
CREATE TRIGGER trained_stays BEFORE UPDATE OR DELETE ON scoring_trainedmodel
    FOR EACH ROW EXECUTE FUNCTION crmgov_trained_stays();
"""
BACK = """
DROP TRIGGER trained_stays ON scoring_trainedmodel;
DROP FUNCTION crmgov_trained_stays();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('scoring', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Changed',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('record_type', models.CharField(max_length=16)),
                ('record_id', models.UUIDField()),
                ('since', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Outcome',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('record_type', models.CharField(max_length=16)),
                ('record_id', models.UUIDField()),
                ('kind', models.CharField(choices=[('churned', 'Churned'), ('renewed', 'Renewed'), ('won', 'Won'), ('lost', 'Lost')], max_length=8)),
                ('at', models.DateTimeField()),
                ('known_by', models.CharField(max_length=8)),
            ],
        ),
        migrations.CreateModel(
            name='ScoringRun',
            fields=[
                ('id', models.UUIDField(default=crmgov.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('scope', models.CharField(choices=[('all', 'Everybody'), ('changed', 'Those that changed')], max_length=8)),
                ('status', models.CharField(choices=[('running', 'Running'), ('done', 'Done'), ('failed', 'Failed')], default='running', max_length=8)),
                ('as_of', models.DateTimeField()),
                ('total', models.PositiveIntegerField()),
                ('done', models.PositiveIntegerField(default=0)),
                ('changed', models.PositiveIntegerField(default=0)),
                ('after', models.UUIDField(null=True)),
                ('problem', models.CharField(blank=True, default='', max_length=500)),
                ('started_at', models.DateTimeField()),
                ('beat_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='SegmentStanding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('segment', models.CharField(blank=True, default='', max_length=40)),
                ('standing', models.CharField(choices=[('calibrated', 'Calibrated'), ('stands_down', 'Stands down'), ('not_proven', 'Not proven')], max_length=12)),
                ('why', models.CharField(max_length=500)),
                ('outcomes', models.PositiveIntegerField()),
                ('positives', models.PositiveIntegerField()),
                ('since', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='TrainedModel',
            fields=[
                ('id', models.UUIDField(default=crmgov.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('churn_risk', 'Churn risk'), ('lead_fit', 'Lead fit'), ('win', 'Chance to win')], max_length=12)),
                ('version', models.PositiveIntegerField()),
                ('status', models.CharField(choices=[('candidate', 'Candidate'), ('challenger', 'Challenger'), ('champion', 'In use'), ('retired', 'Retired')], default='candidate', max_length=10)),
                ('method', models.CharField(max_length=12)),
                ('schema', models.CharField(max_length=20)),
                ('card', models.JSONField()),
                ('file', models.BinaryField()),
                ('sha256', models.CharField(max_length=64)),
                ('trained_at', models.DateTimeField()),
                ('trained_by', models.CharField(max_length=200)),
                ('purpose', models.CharField(blank=True, default='', max_length=500)),
                ('limits', models.CharField(blank=True, default='', max_length=1000)),
                ('review_due', models.DateField()),
                ('since', models.DateTimeField(null=True)),
                ('put_in_use_by', models.CharField(blank=True, default='', max_length=200)),
                ('why', models.CharField(blank=True, default='', max_length=500)),
                ('retired_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='score',
            name='one_current_score_per_record_kind_and_model',
        ),
        migrations.AlterField(
            model_name='score',
            name='kind',
            field=models.CharField(choices=[('churn_risk', 'Churn risk'), ('lead_fit', 'Lead fit'), ('win', 'Chance to win')], max_length=12),
        ),
        migrations.AddIndex(
            model_name='changed',
            index=models.Index(fields=['record_type', 'record_id'], name='changed_by_record'),
        ),
        migrations.AddConstraint(
            model_name='changed',
            constraint=models.UniqueConstraint(fields=('record_id',), name='record_waits_once_to_be_scored_again'),
        ),
        migrations.AddIndex(
            model_name='outcome',
            index=models.Index(fields=['kind', 'at', 'record_id'], name='outcome_by_kind_and_time'),
        ),
        migrations.AddConstraint(
            model_name='outcome',
            constraint=models.UniqueConstraint(fields=('record_id', 'kind', 'at'), name='outcome_is_counted_once'),
        ),
        migrations.AddConstraint(
            model_name='outcome',
            constraint=models.CheckConstraint(condition=models.Q(('known_by__in', ['ledger', 'source'])), name='outcome_is_known_by_something'),
        ),
        migrations.AddField(
            model_name='trainedmodel',
            name='owner',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='trained_models', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='segmentstanding',
            name='trained',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='standings', to='scoring.trainedmodel'),
        ),
        migrations.AddField(
            model_name='scoringrun',
            name='trained',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='runs', to='scoring.trainedmodel'),
        ),
        migrations.AddField(
            model_name='score',
            name='trained',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='scores', to='scoring.trainedmodel'),
        ),
        migrations.AddConstraint(
            model_name='score',
            constraint=models.UniqueConstraint(condition=models.Q(('current', True)), fields=('record_id', 'kind', 'model', 'model_version'), name='one_current_score_per_record_kind_model_and_version'),
        ),
        migrations.AddIndex(
            model_name='trainedmodel',
            index=models.Index(fields=['kind', '-version'], name='trained_model_by_version'),
        ),
        migrations.AddConstraint(
            model_name='trainedmodel',
            constraint=models.UniqueConstraint(fields=('kind', 'version'), name='trained_model_version_is_used_once'),
        ),
        migrations.AddConstraint(
            model_name='trainedmodel',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'champion')), fields=('kind',), name='one_trained_model_in_use_per_kind'),
        ),
        migrations.AddConstraint(
            model_name='trainedmodel',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'challenger')), fields=('kind',), name='one_challenger_per_kind'),
        ),
        migrations.AddConstraint(
            model_name='trainedmodel',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'champion'), _negated=True), ('since__isnull', False), _connector='OR'), name='trained_model_in_use_says_since_when'),
        ),
        migrations.AddConstraint(
            model_name='segmentstanding',
            constraint=models.UniqueConstraint(fields=('trained', 'segment'), name='one_standing_per_model_and_segment'),
        ),
        migrations.AddIndex(
            model_name='scoringrun',
            index=models.Index(fields=['trained', '-started_at'], name='scoring_run_by_time'),
        ),
        migrations.AddConstraint(
            model_name='scoringrun',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'running')), fields=('trained',), name='one_scoring_run_at_a_time'),
        ),
        migrations.RunSQL(GUARD, BACK),
    ]
