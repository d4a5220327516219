"""What ran by itself is marked as such, looked at, and contested; contests only grow."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# As approvals/rules/noticing.py says it when an execution is made.
MARK = """
UPDATE approvals_execution x SET by_itself = true, customer_visible = s.action = 'assign_owner' OR EXISTS (
  SELECT 1 FROM approvals_suggestionitem i WHERE i.suggestion_id = s.id AND (s.record_type, i.field) IN (
    ('account', 'owner'), ('opportunity', 'owner'), ('contact', 'owner'), ('contact', 'first_name'),
    ('contact', 'last_name'), ('contact', 'email'), ('contact', 'language'), ('ticket', 'status'),
    ('ticket', 'priority')))
FROM approvals_decision d, approvals_suggestion s
WHERE d.id = x.decision_id AND s.id = x.suggestion_id AND d.policy_version_id IS NOT NULL AND s.level = 'execute'"""
GUARD = (
    "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON approvals_contestedchange "
    "FOR EACH STATEMENT EXECUTE FUNCTION crmgov_append_only()"
)


class Migration(migrations.Migration):

    dependencies = [
        ("approvals", "0010_queue_matching"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ContestedChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('change_set_id', models.UUIDField(unique=True)),
                ('person_label', models.CharField(max_length=200)),
                ('reason', models.CharField(blank=True, default='', max_length=300)),
                ('restored', models.JSONField(default=list)),
                ('kept', models.JSONField(default=dict)),
                ('revert_id', models.UUIDField(null=True)),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='SeenExecution',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name='execution',
            name='by_itself',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='execution',
            name='customer_visible',
            field=models.BooleanField(default=False),
        ),
        migrations.RunSQL(MARK, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name='execution',
            index=models.Index(condition=models.Q(('by_itself', True), ('status', 'succeeded')), fields=['-customer_visible', '-finished_at', '-id'], name='execution_done_by_ai'),
        ),
        migrations.AddField(
            model_name='contestedchange',
            name='execution',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='contest', to='approvals.execution'),
        ),
        migrations.AddField(
            model_name='contestedchange',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='seenexecution',
            name='execution',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='seen', to='approvals.execution'),
        ),
        migrations.AddField(
            model_name='seenexecution',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='contestedchange',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('restored', []), ('revert_id', None)), models.Q(models.Q(('restored', []), _negated=True), ('revert_id__isnull', False)), _connector='OR'), name='contest_names_what_put_it_back'),
        ),
        migrations.AddConstraint(
            model_name='seenexecution',
            constraint=models.UniqueConstraint(fields=('person', 'execution'), name='seen_once_by_each_person'),
        ),
        migrations.RunSQL(GUARD, "DROP TRIGGER append_only ON approvals_contestedchange"),
    ]
