"""Make the queues we ship, once; `up` runs it after the tables were brought up to date."""

from typing import Any

from django.core.management.base import BaseCommand

from approvals.services.default_queues import make_default_queues


class Command(BaseCommand):
    help = "Makes the queues we ship, unless they were made before. They have no members yet."

    def handle(self, *args: Any, **options: Any) -> None:
        made = make_default_queues()
        names = ", ".join(str(queue) for queue in made)
        self.stdout.write(f"Made: {names}." if made else "They were made before; nothing changed.")
