"""Slots of the caps over all senders, the rules of contacting (which only grow), and lifting a suppression by two.

What was lifted before took one person at most, so it holds again: a suppression only ever tightens.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


GUARD = (
    "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON records_contactrules "
    "FOR EACH STATEMENT EXECUTE FUNCTION crmgov_append_only()"
)
HOLDS_AGAIN = "UPDATE records_suppression SET lifted_at = NULL WHERE lifted_at IS NOT NULL"


class Migration(migrations.Migration):

    dependencies = [
        ('records', '0013_task_lists'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(HOLDS_AGAIN, migrations.RunSQL.noop),
        migrations.CreateModel(
            name='ContactRules',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('contact_limit', models.CharField(blank=True, default='', max_length=6)),
                ('contact_days', models.PositiveSmallIntegerField()),
                ('account_limit', models.CharField(blank=True, default='', max_length=6)),
                ('account_days', models.PositiveSmallIntegerField()),
                ('quiet_from', models.TimeField()),
                ('quiet_until', models.TimeField()),
                ('time_zone', models.CharField(max_length=64)),
                ('why', models.CharField(max_length=300)),
                ('saved_at', models.DateTimeField()),
            ],
            options={
                'verbose_name_plural': 'contact rules',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='Touch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(choices=[('email', 'E-mail'), ('phone', 'Phone'), ('post', 'Post'), ('sms', 'SMS')], max_length=6)),
                ('purpose', models.CharField(max_length=40)),
                ('state', models.CharField(choices=[('reserved', 'Reserved'), ('used', 'Used'), ('released', 'Released')], max_length=8)),
                ('counts_at', models.DateTimeField()),
                ('by', models.CharField(max_length=160)),
                ('suggestion_id', models.UUIDField(blank=True, null=True, unique=True)),
                ('made_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.AddField(
            model_name='suppression',
            name='lift_asked_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='suppression',
            name='lift_asked_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='suppression',
            name='lift_reason',
            field=models.CharField(blank=True, default='', max_length=300),
        ),
        migrations.AddField(
            model_name='suppression',
            name='lifted_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='suppression',
            name='sole_admin',
            field=models.BooleanField(default=False),
        ),
        migrations.AddIndex(
            model_name='suppression',
            index=models.Index(condition=models.Q(('lifted_at', None)), fields=['kind', 'value'], name='suppression_in_force'),
        ),
        migrations.AddIndex(
            model_name='suppression',
            index=models.Index(fields=['added_at', 'id'], name='suppression_by_time'),
        ),
        migrations.AddConstraint(
            model_name='suppression',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('lift_asked_at', None), ('lift_asked_by', None)), models.Q(('lift_asked_at__isnull', False), ('lift_asked_by__isnull', False)), _connector='OR'), name='lifting_is_asked_by_somebody_at_some_time'),
        ),
        migrations.AddConstraint(
            model_name='suppression',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('lifted_at', None), ('lifted_by', None)), models.Q(('lift_asked_by__isnull', False), ('lifted_at__isnull', False), ('lifted_by__isnull', False), models.Q(('sole_admin', True), models.Q(('lifted_by', models.F('lift_asked_by')), _negated=True), _connector='OR')), _connector='OR'), name='suppression_is_lifted_by_two_people'),
        ),
        migrations.AddField(
            model_name='contactrules',
            name='saved_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='touch',
            name='account',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='touches', to='records.account'),
        ),
        migrations.AddField(
            model_name='touch',
            name='contact',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='touches', to='records.contact'),
        ),
        migrations.AddConstraint(
            model_name='contactrules',
            constraint=models.CheckConstraint(condition=models.Q(('account_limit__regex', '^(off|[0-9]{1,6})?$'), ('contact_limit__regex', '^(off|[0-9]{1,6})?$')), name='contact_limits_are_numbers_or_off'),
        ),
        migrations.AddConstraint(
            model_name='contactrules',
            constraint=models.CheckConstraint(condition=models.Q(('account_days__gte', 1), ('contact_days__gte', 1)), name='caps_are_over_some_days'),
        ),
        migrations.AddIndex(
            model_name='touch',
            index=models.Index(condition=models.Q(('state', 'released'), _negated=True), fields=['contact', 'channel', 'counts_at'], name='touch_of_contact'),
        ),
        migrations.AddIndex(
            model_name='touch',
            index=models.Index(condition=models.Q(('state', 'released'), _negated=True), fields=['account', 'channel', 'counts_at'], name='touch_of_account'),
        ),
        migrations.AddConstraint(
            model_name='touch',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('state', 'reserved')), models.Q(('ended_at__isnull', False), ('state__in', ['used', 'released'])), _connector='OR'), name='touch_ends_when_it_is_no_longer_reserved'),
        ),
        migrations.RunSQL(GUARD, "DROP TRIGGER append_only ON records_contactrules"),
    ]
