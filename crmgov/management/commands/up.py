"""`manage.py up`: start database, web, worker and beat under one supervisor (see crmgov.env.up).

manage.py runs it before Django is loaded; this entry lists it in `help` and serves call_command.
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from crmgov.env import up


class Command(BaseCommand):
    help = "Start database, web, worker and beat, and stop them all with Ctrl-C."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        up.add_arguments(parser)

    def handle(self, *args: Any, host: str, port: int, no_demo: bool, **options: Any) -> None:
        up.run(up.Options(host=host, port=port, demo=not no_demo))
