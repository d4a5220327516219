import crmgov.kernel.ids
import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


# What people said, what labels meant and what was trained stays; what counts now is the newest row.
GUARD = (
    "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
    "FOR EACH STATEMENT EXECUTE FUNCTION crmgov_append_only()"
)
APPEND_ONLY = ("scoring_textlabel", "scoring_textexample", "scoring_textmodel")


class Migration(migrations.Migration):

    dependencies = [
        ('scoring', '0004_trainings'),
        # The function that keeps rows as they are.
        ('records', '0002_guards'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='TextModel',
            fields=[
                ('id', models.UUIDField(default=crmgov.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(unique=True)),
                ('card', models.JSONField()),
                ('file', models.BinaryField()),
                ('sha256', models.CharField(max_length=64)),
                ('trained_at', models.DateTimeField()),
                ('trained_by', models.CharField(max_length=160)),
            ],
        ),
        migrations.CreateModel(
            name='TextExample',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('label', models.CharField(max_length=40)),
                ('positive', models.BooleanField()),
                ('record_type', models.CharField(blank=True, default='', max_length=16)),
                ('record_id', models.UUIDField(null=True)),
                ('text', models.TextField(blank=True, default='')),
                ('origin', models.CharField(choices=[('correction', 'Said on a page'), ('import', 'From a file')], max_length=10)),
                ('said_at', models.DateTimeField()),
                ('said_by_label', models.CharField(max_length=160)),
                ('said_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['record_id', 'label', '-id'], name='text_example_of_record'), models.Index(fields=['label', '-id'], name='text_example_of_label')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('record_id__isnull', False), ('record_type__in', ['ticket', 'activity']), ('text', '')), models.Q(('record_id', None), ('record_type', ''), models.Q(('text', ''), _negated=True)), _connector='OR'), name='text_example_is_of_a_record_or_brings_its_text')],
            },
        ),
        migrations.CreateModel(
            name='TextLabel',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=40)),
                ('version', models.PositiveIntegerField()),
                ('sort', models.CharField(choices=[('flag', 'flag'), ('sentiment', 'sentiment'), ('topic', 'topic')], max_length=10)),
                ('name', models.CharField(max_length=60)),
                ('noun', models.CharField(max_length=60)),
                ('meaning', models.CharField(max_length=500)),
                ('examples', models.JSONField(default=list)),
                ('active', models.BooleanField(default=True)),
                ('written_at', models.DateTimeField()),
                ('written_by_label', models.CharField(max_length=160)),
                ('written_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('key', 'version'), name='text_label_version_is_used_once')],
            },
        ),
        migrations.CreateModel(
            name='TextReading',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('record_type', models.CharField(max_length=16)),
                ('record_id', models.UUIDField(unique=True)),
                ('flags', models.JSONField(default=dict)),
                ('raised', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), default=list, size=None)),
                ('read_at', models.DateTimeField()),
                ('model', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='readings', to='scoring.textmodel')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('record_type__in', ['ticket', 'activity'])), name='text_reading_is_of_a_text')],
            },
        ),
        *[
            migrations.RunSQL(GUARD.format(table=table), f"DROP TRIGGER append_only ON {table}")
            for table in APPEND_ONLY
        ],
    ]
