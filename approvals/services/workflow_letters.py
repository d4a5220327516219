"""Mail to whoever answers for a built-in workflow: it broke over a record, which waits for them.

Taken before it goes out, as every mail to our own people (`services/letters.py`): nobody gets two. What broke more
often stands in one mail, an hour apart at least.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from approvals.models import Workflow, WorkflowContract, WorkflowFailure
from approvals.rules.letters import Letter
from crmgov.people.models import Role, User

from . import letters

EVERY = timedelta(hours=1)
# What nobody was told for so long is no news any more.
NEWS_FOR = timedelta(days=4)


def send(*, at: datetime) -> int:
    """Write to the owner of each workflow about what broke since they were written to; return how many mails."""
    sent = 0
    for workflow in Workflow.objects.filter(pk__in=_untold(at).values("workflow")).select_related(
        "agent__owner"
    ):
        person = _owner(workflow)
        taken = _take(workflow, person, at) if person is not None else 0
        if taken and person is not None:
            sent += _send(workflow, person, taken, at)
    return sent


def _untold(at: datetime) -> QuerySet[WorkflowFailure]:
    return WorkflowFailure.objects.filter(
        taken_at=None, settled_at=None, at__gt=at - NEWS_FOR, at__lte=at - letters.LAG
    )


def _owner(workflow: Workflow) -> User | None:
    """By the contract; where they left, the first admin."""
    last = (
        WorkflowContract.objects.filter(workflow=workflow).select_related("owner").order_by("-number").first()
    )
    if last is not None and last.owner.is_active:
        return last.owner
    return User.objects.filter(is_active=True, role=Role.ADMIN).order_by("name", "pk").first()


@transaction.atomic(durable=True)
def _take(workflow: Workflow, person: User, at: datetime) -> int:
    """How many failures this mail is about; none where one went out a moment ago."""
    # Of two workers one takes them.
    Workflow.objects.select_for_update(no_key=True).get(pk=workflow.pk)
    if WorkflowFailure.objects.filter(workflow=workflow, taken_at__gt=at - EVERY).exists():
        return 0
    return _untold(at).filter(workflow=workflow).update(told=person, taken_at=at)


def _send(workflow: Workflow, person: User, taken: int, at: datetime) -> int:
    mine = WorkflowFailure.objects.filter(workflow=workflow, taken_at=at, told=person)
    try:
        went = letters.send(_letter(workflow, person, taken), person)
    except letters.RefusedForGood:
        return 0
    if not went:
        mine.update(told=None, taken_at=None)
        return 0
    mine.update(sent_at=at)
    return 1


def _letter(workflow: Workflow, person: User, number: int) -> Letter:
    """Figures and a link: what broke stands on the page."""
    records = "a record" if number == 1 else f"{number:,} records"
    body = [
        f"{person.get_short_name()},",
        "",
        f"The workflow {workflow.name} broke over {records}. All others went on.",
        f"What is wrong, and another try: {letters.page('approvals:workflow', workflow.pk)}#failures",
        "",
    ]
    return Letter(f"crmgov: {workflow.name} broke over {records}", "\n".join(body))
