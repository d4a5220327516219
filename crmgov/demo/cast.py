"""Who works at Northmark: three teams with their calendars, and the people in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from approvals.models import Queue
from approvals.services import default_queues, queues
from crmgov.demo_logins import ADMIN, MANAGER, REVIEWER
from crmgov.people.models import Role, Team, User
from crmgov.people.services import absences, teams, users

NORTH, CENTRAL, WEST = "Northern Europe", "Central Europe", "Western Europe"
CALENDARS = {
    NORTH: ("Stockholm office", "Europe/Stockholm", "SE", ""),
    CENTRAL: ("Berlin office", "Europe/Berlin", "DE", "BE"),
    WEST: ("Lyon office", "Europe/Paris", "FR", ""),
}
PASSWORDS = {login.name: login.password for login in (REVIEWER, MANAGER, ADMIN)}
EMAILS = {login.name: login.email for login in (REVIEWER, MANAGER, ADMIN)}


@dataclass(frozen=True, slots=True)
class Person:
    """`key` is how the story names them."""

    key: str
    name: str
    role: Role
    teams: tuple[str, ...] = ()
    time_zone: str = "UTC"


PEOPLE = (
    Person("ana", "Ana Ruiz", Role.ADMIN, time_zone="Europe/Madrid"),
    Person("daniel", "Daniel Osei", Role.ADMIN, time_zone="Europe/London"),
    Person("ines", "Ines Falk", Role.AUDITOR, time_zone="Europe/Berlin"),
    Person("sara", "Sara Okafor", Role.REVIEWER, (NORTH,), "Europe/Stockholm"),
    Person("tom", "Tom Becker", Role.REVIEWER, (NORTH, CENTRAL), "Europe/Berlin"),
    Person("priya", "Priya Nair", Role.ACCOUNT_MANAGER, (NORTH,), "Europe/Stockholm"),
    Person("jonas", "Jonas Weber", Role.ACCOUNT_MANAGER, (NORTH, CENTRAL), "Europe/Berlin"),
    Person("henrik", "Henrik Dahl", Role.ACCOUNT_MANAGER, (NORTH,), "Europe/Stockholm"),
    Person("mirjam", "Mirjam Vogel", Role.REVIEWER, (CENTRAL,), "Europe/Berlin"),
    Person("felix", "Felix Brandt", Role.ACCOUNT_MANAGER, (CENTRAL,), "Europe/Berlin"),
    Person("camille", "Camille Roux", Role.REVIEWER, (WEST,), "Europe/Paris"),
    Person("luis", "Luis Ortega", Role.ACCOUNT_MANAGER, (WEST,), "Europe/Madrid"),
    Person("amelie", "Amélie Fabre", Role.ACCOUNT_MANAGER, (WEST,), "Europe/Paris"),
)


@dataclass(frozen=True, slots=True)
class Cast:
    """People by key, teams by name."""

    people: dict[str, User]
    teams: dict[str, Team]

    def __getitem__(self, key: str) -> User:
        return self.people[key]


def hire() -> Cast:
    """Make teams and people. Only the three demo logins have a password."""
    made = {name: _team(name) for name in CALENDARS}
    people: dict[str, User] = {}
    for person in PEOPLE:
        people[person.key] = users.create(
            email=EMAILS.get(person.name) or f"{person.key}@demo.example",
            name=person.name,
            role=person.role,
            teams=[made[name] for name in person.teams],
            password=PASSWORDS.get(person.name),
            time_zone=person.time_zone,
            actor=people.get("ana"),
        )
    return Cast(people, made)


# Who decides what beyond their team's own queue. Camille does everything of the west there.
SEATED = {
    "conflicts": ("sara", "tom", "mirjam"),
    "escalations": ("sara", "tom", "mirjam", "camille"),
    "protected": ("sara", "mirjam"),
    "high_value": ("sara", "tom", "camille"),
    "confidence": ("tom",),
    "messages": ("sara", "tom"),
}


def seat(cast: Cast) -> None:
    """Fill the queues for every team; identities have nobody yet."""
    made = {queue.shipped_as: queue for queue in default_queues.make_default_queues() or Queue.objects.all()}
    for key, people in SEATED.items():
        queues.admit(queue_id=made[key].pk, users=[cast[person] for person in people], actor=cast["ana"])


def let_go(cast: Cast) -> None:
    """Henrik has left; what he did stays readable under his name."""
    users.deactivate(user_id=cast["henrik"].pk, actor=cast["ana"])


def plan_absence(cast: Cast, at: datetime) -> None:
    """Luis is away next week, and Amélie decides for him."""
    absences.plan(
        user=cast["luis"],
        starts_at=at + timedelta(days=6),
        ends_at=at + timedelta(days=13),
        delegate=cast["amelie"],
        note="Family, reachable for emergencies",
        actor=cast["luis"],
        at=at,
    )


def _team(name: str) -> Team:
    calendar, zone, country, subdivision = CALENDARS[name]
    hours = teams.create_calendar(
        name=calendar, time_zone=zone, country=country, subdivision=subdivision, actor=None
    )
    return teams.create_team(name=name, calendar=hours, actor=None)
