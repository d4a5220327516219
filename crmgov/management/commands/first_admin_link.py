"""`manage.py first_admin_link`: print the one-time link that makes the first admin."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from crmgov.people import first_admin


class Command(BaseCommand):
    help = "Print the one-time link that makes the first admin (good for a day, until one is made)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--address", default="http://127.0.0.1:8000", help="where people reach this server"
        )

    def handle(self, *args: Any, address: str, **options: Any) -> None:
        if not first_admin.is_wanted():
            raise CommandError("There is an admin already: ask them to make more users in the admin pages.")
        self.stdout.write(address.rstrip("/") + first_admin.link_path())
