"""Messages: templates, standing approvals, approved bytes, deliveries, and what people said of unknown ones."""

import crmgov.kernel.ids
import datetime
import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models


GUARD = (
    "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON approvals_%s "
    "FOR EACH STATEMENT EXECUTE FUNCTION crmgov_append_only()"
)


class Migration(migrations.Migration):

    dependencies = [
        ('approvals', '0022_outcomes_mended'),
        ('people', '0001_initial'),
        ('records', '0013_task_lists'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.SmallIntegerField()),
                ('recipient', models.CharField(max_length=254)),
                ('mime_digest', models.CharField(max_length=64)),
                ('claimed_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Message',
            fields=[
                ('id', models.UUIDField(default=crmgov.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('channel', models.CharField(default='email', max_length=6)),
                ('purpose', models.CharField(max_length=40)),
                ('recipient', models.CharField(max_length=254)),
                ('subject', models.CharField(max_length=200)),
                ('html', models.TextField()),
                ('text', models.TextField()),
                ('message_id', models.CharField(max_length=200, unique=True)),
                ('mime', models.BinaryField()),
                ('mime_digest', models.CharField(max_length=64)),
                ('made_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='MessageTemplate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80, unique=True)),
                ('purpose', models.CharField(max_length=40)),
                ('made_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='Settlement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.SmallIntegerField()),
                ('choice', models.CharField(choices=[('delivered', 'It was delivered'), ('send_again', 'Send it again'), ('leave', 'Leave it')], max_length=10)),
                ('person_label', models.CharField(max_length=200)),
                ('note', models.CharField(blank=True, default='', max_length=300)),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='StandingApproval',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('segments', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), default=list, size=None)),
                ('lifecycles', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=12), default=list, size=None)),
                ('until', models.DateTimeField()),
                ('why', models.CharField(max_length=300)),
                ('signed_at', models.DateTimeField()),
                ('sole_admin', models.BooleanField(default=False)),
                ('ended_at', models.DateTimeField(null=True)),
            ],
            options={
                'ordering': ['-signed_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='TemplateVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.IntegerField()),
                ('subject', models.CharField(max_length=200)),
                ('body', models.TextField()),
                ('why', models.CharField(max_length=300)),
                ('saved_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['template', '-number'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='execution',
            name='done_execution_names_its_change_set',
        ),
        migrations.AddField(
            model_name='execution',
            name='leaves',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='suggestion',
            name='purpose',
            field=models.CharField(blank=True, default='', max_length=40),
        ),
        migrations.AlterField(
            model_name='suggestion',
            name='action',
            field=models.CharField(choices=[('set_fields', 'Set fields'), ('create_record', 'Create a record'), ('assign_owner', 'Assign an owner'), ('move_stage', 'Move a stage'), ('create_task', 'Create a task'), ('send_message', 'Send a message')], max_length=20),
        ),
        migrations.AddIndex(
            model_name='execution',
            index=models.Index(condition=models.Q(('leaves', True), ('status', 'pending')), fields=['due_at', 'id'], name='message_pending_by_due'),
        ),
        migrations.AddConstraint(
            model_name='execution',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'succeeded'), _negated=True), ('change_set_id__isnull', False), ('leaves', True), _connector='OR'), name='done_execution_names_its_change_set'),
        ),
        migrations.AddConstraint(
            model_name='suggestion',
            constraint=models.UniqueConstraint(condition=models.Q(('action', 'send_message'), ('status', 'queued')), fields=('record_id', 'purpose'), name='one_open_message_per_contact_and_purpose'),
        ),
        migrations.AddField(
            model_name='delivery',
            name='execution',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='approvals.execution'),
        ),
        migrations.AddField(
            model_name='message',
            name='contact',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='messages', to='records.contact'),
        ),
        migrations.AddField(
            model_name='message',
            name='decision',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='message', to='approvals.decision'),
        ),
        migrations.AddField(
            model_name='message',
            name='suggestion',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='message', to='approvals.suggestion'),
        ),
        migrations.AddField(
            model_name='settlement',
            name='execution',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='settlements', to='approvals.execution'),
        ),
        migrations.AddField(
            model_name='settlement',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='standingapproval',
            name='ended_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='standingapproval',
            name='signed_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='message',
            name='standing',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='messages', to='approvals.standingapproval'),
        ),
        migrations.AddField(
            model_name='templateversion',
            name='saved_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='templateversion',
            name='template',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='approvals.messagetemplate'),
        ),
        migrations.AddField(
            model_name='standingapproval',
            name='version',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='standing_approvals', to='approvals.templateversion'),
        ),
        migrations.AddField(
            model_name='message',
            name='version',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='messages', to='approvals.templateversion'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.UniqueConstraint(fields=('execution', 'number'), name='delivery_number_is_used_once'),
        ),
        migrations.AddConstraint(
            model_name='settlement',
            constraint=models.UniqueConstraint(fields=('execution', 'number'), name='unknown_attempt_is_settled_once'),
        ),
        migrations.AddConstraint(
            model_name='templateversion',
            constraint=models.UniqueConstraint(fields=('template', 'number'), name='template_version_is_used_once'),
        ),
        migrations.AddConstraint(
            model_name='standingapproval',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('version',), name='template_version_stands_approved_once'),
        ),
        migrations.AddConstraint(
            model_name='standingapproval',
            constraint=models.CheckConstraint(condition=models.Q(('until__gt', models.F('signed_at')), ('until__lte', django.db.models.expressions.CombinedExpression(models.F('signed_at'), '+', models.Value(datetime.timedelta(days=90))))), name='standing_approval_ends_within_90_days'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(fields=['contact', '-made_at', '-id'], name='message_of_contact'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(fields=['-made_at', '-id'], name='message_by_made'),
        ),
        *(
            migrations.RunSQL(GUARD % table, f"DROP TRIGGER append_only ON approvals_{table}")
            for table in ("templateversion", "message", "delivery", "settlement")
        ),
    ]
