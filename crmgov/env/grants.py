"""Rights of the running role, renewed after each migration.

Everything may be read and written, except: rows that only grow (tables with the append-only trigger) may
not be changed or removed, and the list of migrations may not be touched. Derived from the triggers, so that
there is no second list.
"""

from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.db import connections

APPEND_ONLY_FUNCTION = "crmgov_append_only"

GRANT = """
DO $$
DECLARE app text := {role}; t regclass;
BEGIN
  EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', app);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO %I', app);
  EXECUTE format('GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO %I', app);
  EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON TABLE django_migrations FROM %I', app);
  FOR t IN SELECT DISTINCT tgrelid::regclass FROM pg_trigger JOIN pg_proc p ON p.oid = tgfoid
           WHERE p.proname = {function} LOOP
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON TABLE %s FROM %I', t, app);
  END LOOP;
END $$
"""


def grant_after_migrate(*, sender: AppConfig, using: str, **_: Any) -> None:
    """Receiver of post_migrate; once per migrate run, on the owner's connection only."""
    if using == "owner" and sender.label == "people":
        grant(using=using)


def grant(*, using: str) -> None:
    """Idempotent; a few milliseconds. Does nothing where one role does everything."""
    role = settings.DATABASES["default"]["USER"]
    if role == settings.DATABASES["owner"]["USER"]:
        return
    with connections[using].cursor() as cursor:
        cursor.execute(GRANT.format(role=_literal(role), function=_literal(APPEND_ONLY_FUNCTION)))


def _literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
