"""Things a person should do, made and ticked off by people. Agents propose theirs."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from crmgov.kernel.refusals import Invalid, NotAllowed, NotFound
from crmgov.people.models import Role, User
from crmgov.people.policy import Act, Standing, may
from crmgov.records.models import Task
from crmgov.records.selectors.standing import in_team

from . import by_hand
from .edits import visible

NOT_THEIRS = "Choose somebody of the list: only they would see this task and could do it."


@transaction.atomic(durable=True)
def create(
    *,
    title: str,
    about: tuple[str, UUID],
    user: User,
    at: datetime,
    assignee: User | None = None,
    due_on: date | None = None,
    note: str = "",
    purpose: str = "",
) -> UUID:
    """Make a task about a record, ("account", its id), and return its id. It takes that record's team.

    Raises Invalid naming the field, NotAllowed, NotFound.
    """
    _require_editor(user)
    record_type, record_id = about
    record = visible(record_type, record_id, user)
    assignee = assignee or user
    values: dict[str, Any] = {
        "title": title.strip(),
        "note": note.strip(),
        "purpose": purpose.strip(),
        "due_on": due_on,
        "assignee": assignee.pk,
        "team": record.team_id,
        record_type: record.pk,
    }
    if record_type != "account" and getattr(record, "account_id", None):
        values["account"] = record.account_id  # type: ignore[attr-defined]
    _check(values, assignee)
    given = {field: value for field, value in values.items() if value not in (None, "")}
    return by_hand.create(record_type="task", values=given, user=user, reason="", at=at)


@transaction.atomic(durable=True)
def complete(*, task_id: UUID, user: User, at: datetime) -> None:
    """Tick it off. Doing so twice changes nothing."""
    _set_done(task_id, user, at, done=True)


@transaction.atomic(durable=True)
def reopen(*, task_id: UUID, user: User, at: datetime) -> None:
    _set_done(task_id, user, at, done=False)


@transaction.atomic(durable=True)
def assign(*, task_id: UUID, assignee_id: int | None, user: User, at: datetime) -> Task:
    """Give it to somebody who can see and do it, or to nobody. To whom has it already changes nothing.

    Raises NotFound, NotAllowed, Invalid.
    """
    task = _locked(task_id, user)
    assignee = _assignee(assignee_id, task)
    said = f"Given to {assignee}" if assignee else "Given to nobody"
    by_hand.change(
        record=task,
        values={"assignee": assignee.pk if assignee else None},
        user=user,
        reason=said,
        at=at,
    )
    task.assignee = assignee
    return task


def _assignee(assignee_id: int | None, task: Task) -> User | None:
    if assignee_id is None:
        return None
    found = User.objects.filter(pk=assignee_id, is_active=True).exclude(role=Role.AUDITOR).first()
    # One sentence for all who cannot have it: who they are, and whether there is such a person, is not told.
    if found is None or not in_team(found, task.team_id):
        raise Invalid(NOT_THEIRS, {"assignee": NOT_THEIRS})
    return found


def _locked(task_id: UUID, user: User) -> Task:
    _require_editor(user)
    rows = Task.objects.for_user(user).present().select_related("team")
    task = rows.select_for_update(of=("self",)).filter(pk=task_id).first()
    if task is None:
        raise NotFound
    assert isinstance(task, Task)  # noqa: S101 (the shared queryset is typed by the base)
    return task


def _set_done(task_id: UUID, user: User, at: datetime, *, done: bool) -> None:
    task = _locked(task_id, user)
    if (task.done_at is not None) is done:
        return
    values = {"done_at": at if done else None}
    by_hand.change(record=task, values=values, user=user, reason="Done" if done else "Not done", at=at)


def _require_editor(user: User) -> None:
    # Whose team it is was settled by what this person can see.
    if not may(user, Act.EDIT, Standing(in_team=True)):
        raise NotAllowed("Your role reads only. Ask somebody of the team.")


def _check(values: dict[str, Any], assignee: User) -> None:
    errors: dict[str, str] = {}
    for field, most in (("title", 200), ("purpose", 60)):
        if len(values[field]) > most:
            errors[field] = f"It has {len(values[field])} characters, and {most} is the most."
    if not values["title"]:
        errors["title"] = "Say what should be done."
    if not assignee.is_active:
        errors["assignee"] = f"{assignee} is deactivated and would never do it."
    if errors:
        raise Invalid("This task cannot be made yet.", errors)
