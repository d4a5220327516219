"""`manage.py backup FILE`: everything in the database, in one file."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from crmgov.env import archives


class Command(BaseCommand):
    help = "Write everything in the database to FILE; the product may keep running."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            size = archives.dump(settings.DATABASES["owner"], file.absolute())
        except archives.ArchiveRefused as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(f"{file}: {size:,} bytes. Keep it safe: it holds everything about everybody.")
