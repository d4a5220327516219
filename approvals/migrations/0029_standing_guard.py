from django.db import migrations

GUARD = """
CREATE FUNCTION crmgov_only_ends() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL
       AND to_jsonb(NEW) - 'ended_at' - 'ended_by_id' = to_jsonb(OLD) - 'ended_at' - 'ended_by_id' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is what somebody signed: it can end once, and nothing else of it changes', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END
$$;
CREATE TRIGGER only_ends BEFORE UPDATE OR DELETE ON approvals_standingapproval
    FOR EACH ROW EXECUTE FUNCTION crmgov_only_ends();
"""
BACK = """
DROP TRIGGER only_ends ON approvals_standingapproval;
DROP FUNCTION crmgov_only_ends();
"""


class Migration(migrations.Migration):
    """What was signed for stays as it was signed; it can only end."""

    dependencies = [("approvals", "0028_writer")]

    operations = [migrations.RunSQL(GUARD, BACK)]
