"""Activities that were imported on a lead, a deal or a ticket get the team and the account of what they hang on.

Until now only the account gave the team, so that others of these were shared with every team.
"""

from django.db import migrations

BELONG = """
UPDATE records_activity a SET team_id = b.team_id, account_id = b.account_id
FROM (
  SELECT a.id, coalesce(t.team_id, o.team_id, c.team_id, x.team_id) AS team_id, x.id AS account_id
  FROM records_activity a
  LEFT JOIN records_ticket t ON t.id = a.ticket_id
  LEFT JOIN records_opportunity o ON o.id = a.opportunity_id
  LEFT JOIN records_contact c ON c.id = a.contact_id
  LEFT JOIN records_account x ON x.id = coalesce(a.account_id, t.account_id, o.account_id, c.account_id)) b
WHERE b.id = a.id AND (a.team_id, a.account_id) IS DISTINCT FROM (b.team_id, b.account_id)
"""


class Migration(migrations.Migration):
    dependencies = [("records", "0008_export_marks")]
    operations = [migrations.RunSQL(BELONG, migrations.RunSQL.noop)]
