"""A language model as a writer: its calls, what messages state and from where, and who waits for it."""

import crmgov.kernel.ids
import django.db.models.deletion
from django.db import migrations, models


GUARD = (
    "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON approvals_modelcall "
    "FOR EACH STATEMENT EXECUTE FUNCTION crmgov_append_only()"
)


class Migration(migrations.Migration):

    dependencies = [
        ('approvals', '0027_experiments'),
    ]

    operations = [
        migrations.AddField(
            model_name='suggestion',
            name='stated',
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name='workflowstart',
            name='writing_until',
            field=models.DateTimeField(null=True),
        ),
        migrations.CreateModel(
            name='ModelCall',
            fields=[
                ('id', models.UUIDField(default=crmgov.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('contact_id', models.UUIDField()),
                ('template', models.CharField(max_length=120)),
                ('model', models.CharField(max_length=120)),
                ('outcome', models.CharField(choices=[('written', 'Written'), ('timed_out', 'No answer in time'), ('declined', 'Declined by the model'), ('refused', 'Refused by us'), ('nonsense', 'No letter'), ('failed', 'Failed')], max_length=10)),
                ('says', models.CharField(blank=True, default='', max_length=300)),
                ('tokens_in', models.IntegerField(default=0)),
                ('tokens_out', models.IntegerField(default=0)),
                ('cost', models.DecimalField(decimal_places=6, max_digits=14, null=True)),
                ('currency', models.CharField(blank=True, default='', max_length=3)),
                ('milliseconds', models.IntegerField()),
                ('prompt_sha256', models.CharField(max_length=64)),
                ('given', models.JSONField(default=list)),
                ('at', models.DateTimeField()),
                ('workflow', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='model_calls', to='approvals.workflow')),
            ],
        ),
        migrations.AddField(
            model_name='suggestion',
            name='model_call',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='suggestions', to='approvals.modelcall'),
        ),
        migrations.AddIndex(
            model_name='modelcall',
            index=models.Index(fields=['workflow', '-at'], name='model_call_of_workflow'),
        ),
        migrations.AddConstraint(
            model_name='modelcall',
            constraint=models.CheckConstraint(condition=models.Q(('outcome__in', ['written', 'timed_out', 'declined', 'refused', 'nonsense', 'failed'])), name='model_call_outcome_is_known'),
        ),
        migrations.AddConstraint(
            model_name='modelcall',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('outcome', 'written'), ('says', '')), models.Q(models.Q(('outcome', 'written'), _negated=True), models.Q(('says', ''), _negated=True)), _connector='OR'), name='model_call_says_why_nothing_was_taken'),
        ),
        migrations.AddConstraint(
            model_name='modelcall',
            constraint=models.CheckConstraint(condition=models.Q(('milliseconds__gte', 0), ('tokens_in__gte', 0), ('tokens_out__gte', 0)), name='model_call_counts_upward'),
        ),
        migrations.RunSQL(GUARD, "DROP TRIGGER append_only ON approvals_modelcall"),
    ]
