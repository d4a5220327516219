"""Mail to whoever answers for an agent: a promotion is offered, autonomy was taken back, alarms came in.

Taken before it goes out, as every mail to our own people (`services/letters.py`): nobody gets two.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from approvals.models import CellEvent, CellLetter
from approvals.rules import letters as rules
from crmgov.people.models import Role, User

from . import letters

# What nobody was told for so long is no news any more.
NEWS_FOR = timedelta(days=4)


def send(*, at: datetime) -> int:
    """Write to the owner of the agent about each event that nobody was written to about; return how many mails."""
    news = CellEvent.objects.filter(
        kind__in=CellEvent.TOLD, letter=None, at__gt=at - NEWS_FOR, at__lte=at - letters.LAG
    ).select_related("cell__agent__owner")
    sent = 0
    for event in news.order_by("pk"):
        person = _told(event)
        taken = _take(event, person, at) if person is not None else None
        if taken is not None and person is not None:
            sent += _send(taken, event, person, at)
    return sent


def _told(event: CellEvent) -> User | None:
    """The owner of the agent; where they left, the first admin."""
    owner = event.cell.agent.owner
    if owner.is_active:
        return owner
    return User.objects.filter(is_active=True, role=Role.ADMIN).order_by("name", "pk").first()


@transaction.atomic(durable=True)
def _take(event: CellEvent, person: User, at: datetime) -> CellLetter | None:
    """Of two workers one gets the row."""
    row, made = CellLetter.objects.get_or_create(event=event, defaults={"person": person, "taken_at": at})
    return row if made else None


def _send(taken: CellLetter, event: CellEvent, person: User, at: datetime) -> int:
    letter = rules.cell_news(
        name=person.get_short_name(),
        kind=event.kind,
        # What a person wrote stays on the page.
        why="" if event.person_id is not None else event.why,
        url=letters.page("approvals:cell", event.cell_id),
    )
    try:
        went = letters.send(letter, person)
    except letters.RefusedForGood:
        return 0
    if not went:
        taken.delete()
        return 0
    CellLetter.objects.filter(pk=taken.pk).update(sent_at=at)
    return 1
