import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


GUARD = (
    "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON scoring_{table} "
    "FOR EACH STATEMENT EXECUTE FUNCTION crmgov_append_only()"
)


class Migration(migrations.Migration):

    dependencies = [
        ('records', '0002_guards'),
        ('scoring', '0002_models'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='trainedmodel',
            name='trainer',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='trainings', to=settings.AUTH_USER_MODEL),
        ),
        migrations.CreateModel(
            name='ModelEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('trained', 'Trained'), ('put_in_use', 'Put in use'), ('put_beside', 'Scores beside the one in use'), ('retired', 'Retired'), ('reviewed', 'Reviewed'), ('stood_down', 'A segment stands down'), ('stood_up', 'A segment holds again')], max_length=12)),
                ('why', models.CharField(blank=True, default='', max_length=500)),
                ('by', models.CharField(max_length=200)),
                ('sole_admin', models.BooleanField(default=False)),
                ('at', models.DateTimeField()),
                ('trained', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='scoring.trainedmodel')),
            ],
            options={
                'indexes': [models.Index(fields=['trained', '-at', '-id'], name='model_event_by_model'), models.Index(fields=['-at', '-id'], name='model_event_by_time')],
            },
        ),
        migrations.CreateModel(
            name='WatchFinding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('code', models.CharField(max_length=12)),
                ('segment', models.CharField(blank=True, default='', max_length=40)),
                ('feature', models.CharField(blank=True, default='', max_length=120)),
                ('size', models.FloatField()),
                ('line', models.FloatField()),
                ('alarm', models.BooleanField()),
                ('sentence', models.CharField(max_length=500)),
                ('cause', models.CharField(blank=True, default='', max_length=500)),
                ('trained', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='findings', to='scoring.trainedmodel')),
            ],
            options={
                'indexes': [models.Index(fields=['trained', '-at', '-id'], name='watch_finding_by_model')],
            },
        ),
        *[
            migrations.RunSQL(GUARD.format(table=table), f"DROP TRIGGER append_only ON scoring_{table}")
            for table in ("modelevent", "watchfinding")
        ],
    ]
