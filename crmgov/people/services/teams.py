"""Teams, and when they work."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import time
from zoneinfo import available_timezones

import holidays
from django.core.exceptions import ValidationError
from django.db import transaction

from crmgov.kernel.refusals import Invalid
from crmgov.people.models import BusinessCalendar, Team, User

from .users import require_admin

WORKWEEK = (0, 1, 2, 3, 4)


@transaction.atomic(durable=True)
def create_calendar(
    *,
    name: str,
    time_zone: str,
    actor: User | None,
    opens: time = time(9),
    closes: time = time(18),
    weekdays: Iterable[int] = WORKWEEK,
    country: str = "",
    subdivision: str = "",
) -> BusinessCalendar:
    """Say when a team works. `weekdays`: 0 is Monday; `country` and `subdivision` name its public holidays.

    Raises Invalid naming the field, NotAllowed.
    """
    require_admin(actor)
    calendar = BusinessCalendar(
        name=name.strip(),
        time_zone=time_zone,
        opens=opens,
        closes=closes,
        weekdays=sorted(weekdays),
        country=country,
        subdivision=subdivision,
    )
    problems = calendar_problems(
        time_zone=time_zone, country=country, subdivision=subdivision, weekdays=calendar.weekdays
    )
    _refuse(calendar, problems)
    calendar.save()
    return calendar


@transaction.atomic(durable=True)
def create_team(*, name: str, calendar: BusinessCalendar | None, actor: User | None) -> Team:
    require_admin(actor)
    team = Team(name=name.strip(), calendar=calendar)
    _refuse(team, {})
    team.save()
    return team


def calendar_problems(
    *, time_zone: str, country: str, subdivision: str, weekdays: Iterable[int]
) -> dict[str, str]:
    """What keeps due times from being computed by such a calendar: a sentence per field."""
    problems: dict[str, str] = {}
    known = holidays.list_supported_countries(include_aliases=False)
    days = list(weekdays)
    if time_zone not in available_timezones():
        problems["time_zone"] = f"“{time_zone}” is not a time zone like Europe/Berlin."
    if country and country not in known:
        problems["country"] = f"The holidays of “{country}” are not known. Use a code like DE, or none."
    elif subdivision and subdivision not in known.get(country, []):
        problems["subdivision"] = f"“{subdivision}” is not a part of “{country}” with holidays of its own."
    if not days or any(day not in range(7) for day in days):
        problems["weekdays"] = "Name the working days from 0 (Monday) to 6 (Sunday), at least one."
    return problems


def _refuse(row: BusinessCalendar | Team, problems: dict[str, str]) -> None:
    try:
        row.full_clean()
    except ValidationError as problem:
        problems = {**{field: " ".join(said) for field, said in problem.message_dict.items()}, **problems}
    if problems:
        raise Invalid(f"{row} cannot be saved: {' '.join(problems.values())}", problems)
