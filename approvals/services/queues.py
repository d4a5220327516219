"""Where a suggestion waits, and until when: the first queue that takes it, Unrouted for what nobody else can see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from itertools import count
from zoneinfo import ZoneInfoNotFoundError

from django.db import transaction
from django.db.models import Max

from approvals.models import Queue, QueueMembership, Suggestion
from approvals.models.queue import UNROUTED
from approvals.rules import queues as order
from approvals.rules.queues import LONGEST_EXPLANATION
from crmgov.kernel.refusals import NotAllowed
from crmgov.people import policy
from crmgov.people.models import BusinessCalendar, Role, Team, User
from crmgov.people.rules.calendars import Calendar, add_business_hours, holidays_for

from .gate import Judged
from .layouts import Layout

# A team without a calendar works Monday to Friday, nine to six UTC.
PLAIN = Calendar(zone="UTC", opens=time(9), closes=time(18), weekdays=frozenset(range(5)))


@dataclass(frozen=True, slots=True)
class Place:
    """A queue with the times that order it; `explained` says why it is due before its SLA ends."""

    queue: Queue
    sla_due_at: datetime
    effective_due_at: datetime
    explained: str


@transaction.atomic
def ensure_for_team(team: Team) -> Queue:
    """The team's queue for everything, made on first use with all its reviewers.

    Later a reviewer of the team who is in none of its queues is added here.
    """
    queue, made = _for_everything(team), False
    if queue is None:
        queue, made = Queue.objects.get_or_create(
            name=_free_name(team), defaults={"team": team, "position": next_position()}
        )
    reviewers = User.objects.filter(role=Role.REVIEWER, is_active=True, memberships__team=team)
    missing = (reviewers if made else reviewers.exclude(queues__team=team)).distinct()
    QueueMembership.objects.bulk_create(
        [QueueMembership(queue=queue, user=user) for user in missing], ignore_conflicts=True
    )
    return queue


@transaction.atomic(durable=True)
def admit(*, queue_id: int, users: Iterable[User], actor: User) -> None:
    """Put people into a queue. It never shows them what they did not see before. Raises NotAllowed."""
    if not policy.may(actor, policy.Act.ADMINISTER):
        raise NotAllowed("Only an admin says who is in a queue.")
    QueueMembership.objects.bulk_create(
        [QueueMembership(queue_id=queue_id, user=user) for user in users], ignore_conflicts=True
    )


def unrouted() -> Queue:
    """The queue of what no member of another queue may see; admins see it."""
    queue, _ = Queue.objects.get_or_create(
        name=UNROUTED, defaults={"team": None, "position": next_position()}
    )
    return queue


def route(suggestion: Suggestion, at: datetime) -> Queue:
    """The first queue, in the admins' order, that takes it and of which a present member may see it."""
    return Places(at).route(suggestion)


class Places:
    """Where suggestions made at one moment wait: queues, members and working hours are looked up once for all."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        self._layout: Layout | None = None
        self._last: Queue | None = None
        self._ensured: set[int] = set()
        self._calendars: dict[int | None, BusinessCalendar | None] = {}
        self._due: dict[tuple[int | None, Decimal], tuple[datetime, str]] = {}

    def of(self, suggestion: Suggestion, judged: Judged) -> Place:
        """Queue, SLA due time by the team's business calendar, and the due time that orders the queue.

        `suggestion` carries what the gate said of it (gate.put_on).
        """
        queue = self.route(suggestion)
        hours = judged.policy.sla_hours(rules=judged.reading.rules, queue_hours=_sla_of(queue, judged))
        due = order.effective_due(
            sla_hours=hours, facts=judged.facts, reading=judged.reading, policy=judged.policy
        )
        sla_due_at, _ = self._after(suggestion, hours)
        effective_due_at, remark = self._after(suggestion, due.hours)
        explained = f"{due.explained} {remark}".strip()[:LONGEST_EXPLANATION]
        return Place(queue, sla_due_at, effective_due_at, explained)

    def route(self, suggestion: Suggestion) -> Queue:
        """Makes the team's queue for everything where nothing else takes it; Unrouted is for want of a better one."""
        if self._layout is None:
            self._layout = Layout(self.at)
        found = self._layout.first(suggestion)
        team_id = suggestion.team_id
        if found is None and team_id is not None and team_id not in self._ensured:
            self._ensured.add(team_id)
            ensure_for_team(Team.objects.get(pk=team_id))
            self._layout = Layout(self.at)
            found = self._layout.first(suggestion)
        return found or self._unrouted()

    def _unrouted(self) -> Queue:
        if self._last is None:
            self._last = unrouted()
        return self._last

    def _after(self, suggestion: Suggestion, hours: Decimal) -> tuple[datetime, str]:
        key = (suggestion.team_id, hours)
        if key not in self._due:
            self._due[key] = due_after(self.at, hours, self._calendar(suggestion))
        return self._due[key]

    def _calendar(self, suggestion: Suggestion) -> BusinessCalendar | None:
        team = suggestion.team_id
        if team not in self._calendars:
            self._calendars[team] = suggestion.team.calendar if suggestion.team else None
        return self._calendars[team]


def _sla_of(queue: Queue, judged: Judged) -> Decimal:
    """The queue's hours, or the contract's where its workflow promises less."""
    promised = judged.facts.terms.sla_hours if judged.facts.terms else None
    hours = Decimal(queue.sla_hours)
    return min(hours, Decimal(promised)) if promised is not None else hours


def due_after(at: datetime, hours: Decimal, stored: BusinessCalendar | None) -> tuple[datetime, str]:
    """When so many working hours of the calendar have passed, and a remark when the calendar is of no use.

    A mistake in a calendar must not keep a suggestion from its queue.
    """
    try:
        return add_business_hours(at, hours, _calendar(stored, at)), ""
    except (ValueError, ZoneInfoNotFoundError) as error:
        remark = f"The calendar “{stored}” is of no use ({error}), so nine to six UTC counts."
        return add_business_hours(at, hours, PLAIN), remark


def working_calendar(stored: BusinessCalendar | None, at: datetime) -> Calendar:
    """The calendar to count with; the plain one where there is none or it is of no use."""
    try:
        return _calendar(stored, at)
    except ValueError:
        return PLAIN


def _calendar(stored: BusinessCalendar | None, at: datetime) -> Calendar:
    if stored is None:
        return PLAIN
    return Calendar(
        zone=stored.time_zone,
        opens=stored.opens,
        closes=stored.closes,
        weekdays=frozenset(stored.weekdays) or PLAIN.weekdays,
        holidays=_holidays(stored.country, stored.subdivision, at.year),
    )


@lru_cache(maxsize=256)
def _holidays(country: str, subdivision: str, year: int) -> frozenset[date]:
    """This year's and next year's: an SLA is hours, not years."""
    return holidays_for(country=country, subdivision=subdivision, years=(year, year + 1))


def _for_everything(team: Team) -> Queue | None:
    queues = Queue.objects.filter(team=team).order_by("position", "id")
    return next((queue for queue in queues if queue.takes_everything), None)


def _free_name(team: Team) -> str:
    """The team's name, with a number where another queue, or an earlier one of the team, has it."""
    taken = {UNROUTED, *Queue.objects.filter(name__startswith=team.name).values_list("name", flat=True)}
    names = (f"{team.name} {number}" for number in count(2))
    return team.name if team.name not in taken else next(name for name in names if name not in taken)


def next_position() -> int:
    """Behind all others."""
    return (Queue.objects.aggregate(last=Max("position"))["last"] or 0) + 1
