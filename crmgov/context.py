"""What every template may ask for beside what its view gives."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest

from crmgov.demo_logins import DemoLogin
from crmgov.demo_logins import demo_logins as all_logins


def demo_logins(request: HttpRequest) -> dict[str, Callable[[], list[DemoLogin]]]:
    """The demo logins, on the embedded default on 127.0.0.1 only; lazy, as only one page shows them."""
    return {"demo_logins": _shown}


def _shown() -> list[DemoLogin]:
    from crmgov.people.models import User

    if not settings.ENVIRONMENT.shows_demo_logins:
        return []
    there = set(User.objects.filter(is_active=True).values_list("email", flat=True))
    return [login for login in all_logins() if login.email in there]
