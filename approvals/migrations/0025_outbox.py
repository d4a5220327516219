"""The outbox: who has a message in their hands, how often it was tried, and lists of those that ended."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('approvals', '0024_workflow_runs'),
    ]

    operations = [
        migrations.AddField(
            model_name='execution',
            name='leased_until',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='execution',
            name='sender',
            field=models.IntegerField(null=True),
        ),
        migrations.AddField(
            model_name='execution',
            name='sending',
            field=models.SmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='execution',
            name='tries',
            field=models.SmallIntegerField(default=0),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(fields=['claimed_at'], name='delivery_by_claim'),
        ),
        migrations.AddIndex(
            model_name='execution',
            index=models.Index(condition=models.Q(('leaves', True)), fields=['status', '-finished_at', '-id'], name='message_by_finished'),
        ),
        migrations.AddConstraint(
            model_name='execution',
            constraint=models.CheckConstraint(condition=models.Q(('sending__isnull', True), models.Q(('leaves', True), ('status', 'pending')), _connector='OR'), name='only_a_message_that_waits_is_being_sent'),
        ),
    ]
