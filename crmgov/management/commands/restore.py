"""`manage.py restore FILE [--wipe]`: put a backup back, all of it or nothing."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, connections

from crmgov.env import archives, single
from crmgov.env.environment import Misconfigured

OTHER_SESSIONS = """
    SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
HELD = ["people_user", "records_changeset"]


class Command(BaseCommand):
    help = "Replace everything in the database by a backup. Stop the product first."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--wipe", action="store_true", help="also when the database is not empty")

    def handle(self, *args: Any, file: Path, wipe: bool, **options: Any) -> None:
        if not wipe and (held := self._held()):
            raise CommandError(
                f"The database is not empty ({held}): restore would remove that. "
                "Make a backup of it first, then say --wipe."
            )
        self._refuse_while_running()
        connections.close_all()
        (settings.ENVIRONMENT.home / "migrated.stamp").unlink(missing_ok=True)
        try:
            archives.restore(settings.DATABASES["owner"], file.absolute())
        except archives.ArchiveRefused as refused:
            raise CommandError(f"{refused}\nNothing was changed.") from refused
        # Also renews the rights of the running role, which a backup does not carry.
        call_command("migrate", database="owner", verbosity=0, interactive=False)
        self.stdout.write(f"Restored {file}: {self._held() or 'an empty database'}.")

    def _held(self) -> str:
        counts = []
        with connection.cursor() as cursor:
            for table in HELD:
                if table in connection.introspection.table_names(cursor):
                    cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608 (a constant)
                    counts.append((cursor.fetchone()[0], table.split("_")[1]))
        return ", ".join(f"{count:,} {what}s" for count, what in counts if count)

    def _refuse_while_running(self) -> None:
        """Who works here would see tables vanish; an idle product has no session, but holds the lock."""
        try:
            single.take(settings.ENVIRONMENT.home).close()
        except Misconfigured as running:
            raise CommandError(str(running)) from running
        with connection.cursor() as cursor:
            cursor.execute(OTHER_SESSIONS)
            others = cursor.fetchone()[0]
        if others:
            raise CommandError(
                f"The product still runs ({others} database sessions): stop it first, with Ctrl-C where it was started."
            )
