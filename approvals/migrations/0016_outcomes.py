"""What became of suggestions, cell by cell; whose outcome is to be told again is written down by triggers."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# Table, event, and whose outcome that moves, from the rows the statement wrote (`now`) and what they were (`was`).
MOVES = [
    ("approvals_suggestion", "INSERT", "SELECT id FROM now WHERE status <> 'queued' AND agent_id IS NOT NULL"),
    ("approvals_suggestion", "UPDATE",
     "SELECT now.id FROM now JOIN was USING (id) WHERE now.status <> was.status AND now.agent_id IS NOT NULL"),
    ("approvals_decision", "INSERT", "SELECT suggestion_id FROM now"),
    ("approvals_execution", "UPDATE",
     "SELECT now.suggestion_id FROM now JOIN was USING (id) WHERE now.status <> was.status"),
    ("approvals_contestedchange", "INSERT",
     "SELECT x.suggestion_id FROM now JOIN approvals_execution x ON x.id = now.execution_id"),
    ("approvals_auditsample", "INSERT",
     "SELECT x.suggestion_id FROM now JOIN approvals_execution x ON x.id = now.execution_id"),
    ("approvals_auditsample", "UPDATE",
     "SELECT x.suggestion_id FROM now JOIN approvals_execution x ON x.id = now.execution_id"),
    ("records_changeset", "INSERT",
     "SELECT z.suggestion_id FROM now JOIN records_changeset z ON z.id = now.reverses "
     "WHERE now.reverses IS NOT NULL AND z.suggestion_id IS NOT NULL"),
]  # fmt: skip
FUNCTION = """
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO approvals_outcomedue (suggestion_id) {moved};
  RETURN NULL;
END $$"""
TRIGGER = """
CREATE TRIGGER outcome_due_{event} AFTER {event} ON {table}
REFERENCING {seen} FOR EACH STATEMENT EXECUTE FUNCTION {name}()"""
SEEN = {"INSERT": "NEW TABLE AS now", "UPDATE": "OLD TABLE AS was NEW TABLE AS now"}


def note(table, event, moved):
    name = f"crmgov_outcome_due_{table}_{event}".lower()
    return migrations.RunSQL(
        [
            FUNCTION.format(name=name, moved=moved),
            TRIGGER.format(name=name, table=table, event=event, seen=SEEN[event]),
        ],
        [f"DROP TRIGGER outcome_due_{event} ON {table}", f"DROP FUNCTION {name}()"],
    )


# What was closed before is told in the first turn of the clock.
ALL = "INSERT INTO approvals_outcomedue (suggestion_id) SELECT id FROM approvals_suggestion WHERE status <> 'queued'"


class Migration(migrations.Migration):

    dependencies = [
        ("approvals", "0015_policy_drafts"),
        ('records', '0013_task_lists'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='OutcomeDue',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('suggestion_id', models.UUIDField()),
            ],
        ),
        migrations.CreateModel(
            name='Cell',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('action', models.CharField(max_length=20)),
                ('field_group', models.CharField(max_length=20)),
                ('segment', models.CharField(blank=True, default='', max_length=40)),
                ('moved_at', models.DateTimeField(null=True)),
                ('agent', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cells', to='approvals.agent')),
                ('workflow_version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cells', to='approvals.workflowversion')),
            ],
        ),
        migrations.CreateModel(
            name='CellOutcome',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('field_group', models.CharField(max_length=20)),
                ('confidence', models.DecimalField(decimal_places=4, max_digits=5, null=True)),
                ('way', models.CharField(choices=[('decided', 'A person decided'), ('ran', 'Ran by itself'), ('blocked', 'Blocked'), ('shadowed', 'Only compared'), ('closed', 'Closed without a decision')], max_length=8)),
                ('label', models.CharField(blank=True, choices=[('', 'Nobody said'), ('unchanged', 'Kept unchanged'), ('edited', 'Edited'), ('rejected', 'Rejected'), ('reverted', 'Put back later'), ('contested', 'Found wrong afterwards')], default='', max_length=9)),
                ('held', models.CharField(blank=True, choices=[('', 'By nothing else'), ('queue', 'For a person'), ('block', 'For good')], default='', max_length=5)),
                ('only_level', models.BooleanField(default=False)),
                ('one_by_one', models.BooleanField(default=True)),
                ('drawn', models.CharField(blank=True, default='', max_length=7)),
                ('at', models.DateTimeField()),
                ('cell', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='outcomes', to='approvals.cell')),
                ('suggestion', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='outcomes', to='approvals.suggestion')),
            ],
        ),
        migrations.CreateModel(
            name='AuditSample',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('drawn', models.CharField(choices=[('uniform', 'Drawn by chance'), ('risk', 'Drawn for its risk'), ('asked', 'Drawn for the threshold studio')], max_length=7)),
                ('position', models.IntegerField(default=0)),
                ('drawn_at', models.DateTimeField()),
                ('verdict', models.CharField(blank=True, choices=[('', 'Not read yet'), ('right', 'Right'), ('wrong', 'Wrong')], default='', max_length=5)),
                ('read_at', models.DateTimeField(null=True)),
                ('note', models.CharField(blank=True, default='', max_length=300)),
                ('execution', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='audit', to='approvals.execution')),
                ('read_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('verdict', '')), fields=['drawn_at', 'id'], name='audit_that_waits')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('read_at', None), ('read_by', None), ('verdict', '')), models.Q(models.Q(('verdict', ''), _negated=True), ('read_at__isnull', False), ('read_by__isnull', False)), _connector='OR'), name='audit_verdict_names_its_reader')],
            },
        ),
        migrations.AddIndex(
            model_name='cell',
            index=models.Index(condition=models.Q(('moved_at__isnull', False)), fields=['moved_at'], name='cell_that_moved'),
        ),
        migrations.AddConstraint(
            model_name='cell',
            constraint=models.UniqueConstraint(fields=('agent', 'workflow_version', 'action', 'field_group', 'segment'), name='cell_is_one_row'),
        ),
        migrations.AddIndex(
            model_name='celloutcome',
            index=models.Index(fields=['cell', 'at', 'id'], name='outcome_of_cell_by_time'),
        ),
        migrations.AddConstraint(
            model_name='celloutcome',
            constraint=models.UniqueConstraint(fields=('suggestion', 'field_group'), name='suggestion_has_one_outcome_per_group'),
        ),
        migrations.AddConstraint(
            model_name='celloutcome',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('way', 'decided'), _negated=True), models.Q(('label', ''), _negated=True), _connector='OR'), name='decided_outcome_has_a_label'),
        ),
        *(note(*move) for move in MOVES),
        migrations.RunSQL(ALL, migrations.RunSQL.noop),
    ]
