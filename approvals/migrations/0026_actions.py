"""Actions that add a row beside the records or to a list, and one open request of each."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('approvals', '0025_outbox'),
        ('people', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='execution',
            name='done_execution_names_its_change_set',
        ),
        migrations.RemoveConstraint(
            model_name='suggestion',
            name='one_open_suggestion_to_make_the_same',
        ),
        migrations.AddField(
            model_name='execution',
            name='appends',
            field=models.BooleanField(default=False),
        ),
        migrations.AlterField(
            model_name='suggestion',
            name='action',
            field=models.CharField(choices=[('set_fields', 'Set fields'), ('create_record', 'Create a record'), ('assign_owner', 'Assign an owner'), ('move_stage', 'Move a stage'), ('create_task', 'Create a task'), ('send_message', 'Send a message'), ('request_suppression', 'Request a suppression'), ('add_tag', 'Add a tag'), ('log_summary', 'Log a summary')], max_length=20),
        ),
        migrations.AddConstraint(
            model_name='execution',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'succeeded'), _negated=True), ('change_set_id__isnull', False), ('leaves', True), ('appends', True), _connector='OR'), name='done_execution_names_its_change_set'),
        ),
        migrations.AddConstraint(
            model_name='suggestion',
            constraint=models.UniqueConstraint(condition=models.Q(('action__in', ['create_record', 'create_task', 'request_suppression', 'add_tag', 'log_summary']), ('status', 'queued')), fields=('action', 'record_type', 'record_id', 'team', 'account_id', 'title', 'asks'), name='one_open_suggestion_to_make_the_same', nulls_distinct=False),
        ),
    ]
