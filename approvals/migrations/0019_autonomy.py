"""Where each cell stands, what was offered and signed, and what became of it; its events only grow."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


GUARD = (
    "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON approvals_cellevent "
    "FOR EACH STATEMENT EXECUTE FUNCTION crmgov_append_only()"
)


# Whose outcome moves when a person types another value over what AI had written by itself within a week.
TYPED_OVER = """
CREATE FUNCTION crmgov_outcome_due_typed_over() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO approvals_outcomedue (suggestion_id)
  SELECT DISTINCT z.suggestion_id FROM now
  JOIN records_changeset e ON e.id = now.change_set_id AND e.authority = 'hand_edit'
  JOIN records_fieldchange f ON f.record_id = now.record_id AND f.field = now.field AND f.id < now.id
    AND f.new = now.old AND f.at >= now.at - interval '7 days'
  JOIN records_changeset z ON z.id = f.change_set_id AND z.actor_type = 'ai' AND z.suggestion_id IS NOT NULL;
  RETURN NULL;
END $$"""
TYPED_OVER_TRIGGER = """
CREATE TRIGGER outcome_due_typed_over AFTER INSERT ON records_fieldchange
REFERENCING NEW TABLE AS now FOR EACH STATEMENT EXECUTE FUNCTION crmgov_outcome_due_typed_over()"""
# What ran before is told again in the first turn of the clock.
RAN = "INSERT INTO approvals_outcomedue (suggestion_id) SELECT suggestion_id FROM approvals_celloutcome WHERE way = 'ran'"


class Migration(migrations.Migration):

    dependencies = [
        ("approvals", "0018_workflow_contracts"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CellEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('offered', 'Offered'), ('withdrawn', 'Offer withdrawn'), ('declined', 'Offer declined'), ('signed', 'Signed'), ('demoted', 'Demoted'), ('alarm', 'Alarm')], max_length=9)),
                ('why', models.CharField(max_length=500)),
                ('person_label', models.CharField(blank=True, default='', max_length=200)),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='CellLetter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('taken_at', models.DateTimeField()),
                ('sent_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='CellStanding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('restarted_at', models.DateTimeField(null=True)),
                ('demoted_at', models.DateTimeField(null=True)),
                ('kept', models.IntegerField(default=0)),
                ('failed', models.IntegerField(default=0)),
                ('e_value', models.FloatField(default=1.0)),
                ('proven_at', models.IntegerField(null=True)),
                ('drawn', models.IntegerField(default=0)),
                ('wrong', models.IntegerField(default=0)),
                ('waiting', models.IntegerField(default=0)),
                ('fall_e_value', models.FloatField(default=1.0)),
                ('fallen_at', models.IntegerField(null=True)),
                ('alarms', models.IntegerField(default=0)),
                ('followed_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='CellTally',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ran', models.IntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='Offer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(choices=[('open', 'Waits for a signature'), ('signed', 'Signed'), ('declined', 'Declined'), ('withdrawn', 'Withdrawn')], default='open', max_length=9)),
                ('target', models.FloatField()),
                ('alpha', models.FloatField()),
                ('kept', models.IntegerField()),
                ('failed', models.IntegerField()),
                ('e_value', models.FloatField()),
                ('proven_after', models.IntegerField()),
                ('since', models.DateTimeField()),
                ('made_at', models.DateTimeField()),
                ('fall_to', models.FloatField()),
                ('early_actions', models.FloatField(null=True)),
                ('early_wrong', models.FloatField(null=True)),
                ('late_actions', models.FloatField(null=True)),
                ('late_wrong', models.FloatField(null=True)),
                ('closed_at', models.DateTimeField(null=True)),
                ('reason', models.CharField(blank=True, default='', max_length=300)),
                ('sole_admin', models.BooleanField(default=False)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='grant',
            name='one_open_grant_per_cell',
        ),
        migrations.AddField(
            model_name='grant',
            name='cell',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='grants', to='approvals.cell'),
        ),
        migrations.AddField(
            model_name='grant',
            name='revoked_reason',
            field=models.CharField(blank=True, default='', max_length=300),
        ),
        migrations.AddField(
            model_name='pauseswitch',
            name='cause',
            field=models.CharField(choices=[('wrong', 'A wrong action'), ('maintenance', 'Maintenance'), ('other', 'Something else')], default='other', max_length=11),
        ),
        migrations.AddConstraint(
            model_name='grant',
            constraint=models.UniqueConstraint(condition=models.Q(('cell', None), ('revoked_at', None)), fields=('agent', 'workflow_version', 'action', 'field_group', 'segment'), name='one_open_grant_per_cell'),
        ),
        migrations.AddConstraint(
            model_name='grant',
            constraint=models.UniqueConstraint(condition=models.Q(('revoked_at', None)), fields=('cell',), name='one_open_grant_earned_by_a_cell'),
        ),
        migrations.AddConstraint(
            model_name='grant',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('revoked_at__isnull', False), ('revoked_by', None), _negated=True), models.Q(('revoked_reason', ''), _negated=True), _connector='OR'), name='grant_taken_back_by_nobody_says_why'),
        ),
        migrations.AddField(
            model_name='cellevent',
            name='cell',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='approvals.cell'),
        ),
        migrations.AddField(
            model_name='cellevent',
            name='person',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='cellletter',
            name='event',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='letter', to='approvals.cellevent'),
        ),
        migrations.AddField(
            model_name='cellletter',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='cellstanding',
            name='cell',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='standing', to='approvals.cell'),
        ),
        migrations.AddField(
            model_name='celltally',
            name='cell',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='tally', to='approvals.cell'),
        ),
        migrations.AddField(
            model_name='offer',
            name='cell',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='offers', to='approvals.cell'),
        ),
        migrations.AddField(
            model_name='offer',
            name='closed_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='offer',
            name='grant',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='offer', to='approvals.grant'),
        ),
        migrations.AddField(
            model_name='offer',
            name='policy_version',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='approvals.policyversion'),
        ),
        migrations.AddIndex(
            model_name='cellevent',
            index=models.Index(fields=['cell', 'at', 'id'], name='event_of_cell_by_time'),
        ),
        migrations.AddConstraint(
            model_name='offer',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'open')), fields=('cell',), name='one_open_offer_per_cell'),
        ),
        migrations.AddConstraint(
            model_name='offer',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at', None), ('status', 'open')), models.Q(models.Q(('status', 'open'), _negated=True), ('closed_at__isnull', False)), _connector='OR'), name='offer_that_is_closed_says_when'),
        ),
        migrations.AddConstraint(
            model_name='offer',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_by__isnull', False), ('grant__isnull', False), ('status', 'signed')), models.Q(models.Q(('status', 'signed'), _negated=True), ('grant', None)), _connector='OR'), name='signed_offer_names_its_grant_and_signer'),
        ),
        migrations.AddConstraint(
            model_name='offer',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'declined'), _negated=True), ('closed_by__isnull', False), _connector='OR'), name='declined_offer_names_who_declined'),
        ),
        migrations.RunSQL(GUARD, "DROP TRIGGER append_only ON approvals_cellevent"),
        migrations.RunSQL(
            [TYPED_OVER, TYPED_OVER_TRIGGER],
            [
                "DROP TRIGGER outcome_due_typed_over ON records_fieldchange",
                "DROP FUNCTION crmgov_outcome_due_typed_over()",
            ],
        ),
        migrations.AlterField(
            model_name='celloutcome',
            name='label',
            field=models.CharField(blank=True, choices=[('', 'Nobody said'), ('unchanged', 'Kept unchanged'), ('edited', 'Edited'), ('rejected', 'Rejected'), ('reverted', 'Put back later'), ('contested', 'Found wrong afterwards'), ('corrected', 'Typed over within a week')], default='', max_length=9),
        ),
        migrations.RunSQL(RAN, migrations.RunSQL.noop),
    ]
