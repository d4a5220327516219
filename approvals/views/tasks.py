"""Tasks: mine and those of my colleagues, done with one press, given to somebody else."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, cast
from urllib.parse import parse_qs, urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from approvals.http import ReviewerRequest, cursor_of, number_of, refusals
from crmgov.people.models import User
from crmgov.people.policy import Act, Standing, may
from crmgov.records.models import Task
from crmgov.records.selectors import tasks as found_tasks
from crmgov.records.selectors.tasks import DONE, EVERYBODY, ME, NOBODY, OPEN, Asked
from crmgov.records.services import tasks

from . import plates
from .lists import csv_lines
from .record_tabs import pager_of
from .tables import task_about, task_due

SHOWS = {OPEN: "Open", DONE: "Done"}


@require_safe
@login_required
@refusals
def page(request: ReviewerRequest) -> HttpResponse:
    """One page of somebody's tasks; everything asked of it stands in the address."""
    at, asked, user = timezone.now(), _asked(request.GET, request.user), request.user
    page = found_tasks.page_for(
        user=user, asked=asked, cursor=cursor_of(request, length=len(asked.order.columns))
    )
    edits = may(user, Act.EDIT, Standing(in_team=True))
    context = {
        "now": at,
        "asked": asked,
        "of_others": asked.person != ME,
        "lines": [_line(task, at, edits=edits) for task in page.rows],
        "shows": [
            {"name": name, "url": _url(replace(asked, show=key)), "current": key == asked.show}
            for key, name in SHOWS.items()
        ],
        "people": _people(user),
        "whose": _whose(user, asked),
        "state": _query(asked),
        "pager": pager_of(_url(asked), page.newer, page.older) if page.newer or page.older else None,
        "export_url": _joined(plates.address("tasks_export"), asked),
        "here": plates.address("tasks"),
    }
    return render(request, "tasks/list.html", context)


@require_safe
@login_required
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The whole list as CSV, streamed; no cell of it is a formula."""
    user = cast("ReviewerRequest", request).user
    rows = found_tasks.exported(user=user, asked=_asked(request.GET, user))
    answer = StreamingHttpResponse(csv_lines("task", rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="tasks-{timezone.localdate()}.csv"'
    return answer


@require_POST
@login_required
@refusals
def complete(request: ReviewerRequest, task_id: UUID) -> HttpResponse:
    """Tick it off."""
    tasks.complete(task_id=task_id, user=request.user, at=timezone.now())
    messages.success(request, "Done. It stands among the done ones and can be opened again.")
    return redirect(_back(request, task_id))


@require_POST
@login_required
@refusals
def reopen(request: ReviewerRequest, task_id: UUID) -> HttpResponse:
    """It is not done after all."""
    tasks.reopen(task_id=task_id, user=request.user, at=timezone.now())
    messages.success(request, "Open again.")
    return redirect(_back(request, task_id))


@require_POST
@login_required
@refusals
def assign(request: ReviewerRequest, task_id: UUID) -> HttpResponse:
    """Give it to somebody else, or to nobody."""
    raw = request.POST.get("assignee", "")
    # What cannot be anybody's number is nobody active, and the service says so.
    chosen = (number_of(raw) or 0) if raw else None
    task = tasks.assign(task_id=task_id, assignee_id=chosen, user=request.user, at=timezone.now())
    messages.success(request, f"{task.assignee} has it now." if task.assignee else "Nobody has it now.")
    return redirect(_back(request, task_id))


def side_of(task: Task, *, edits: bool) -> dict[str, Any]:
    """Return what the page of a task offers: doing it, opening it again, giving it to somebody."""
    if not edits or task.archived_at is not None:
        return {}
    return {
        "task_done_url": "" if task.done_at else plates.address("task_done", task.pk),
        "task_reopen_url": plates.address("task_reopen", task.pk) if task.done_at else "",
        "task_assign_url": plates.address("task_assign", task.pk),
        "task_people": [(one.pk, str(one)) for one in found_tasks.who_may_have(task)],
        "task_assignee": task.assignee_id,
    }


def _asked(given: Any, user: User) -> Asked:
    """What the address asks; whom this person may not choose, and what is no person, is oneself."""
    show = given.get("show", "")
    person = given.get("person", "")
    if not _may_ask(person, user):
        person = ME
    return Asked(person=person, show=show if show in SHOWS else OPEN)


def _may_ask(person: str, user: User) -> bool:
    if not found_tasks.may_choose(user):
        return False
    if person in (NOBODY, EVERYBODY):
        return True
    key = number_of(person)
    return key is not None and found_tasks.colleagues(user).filter(pk=key).exists()


def _people(user: User) -> list[tuple[str, str]]:
    """Whose tasks may be chosen; nothing where there is no choice."""
    if not found_tasks.may_choose(user):
        return []
    others = [(str(one.pk), str(one)) for one in found_tasks.people_of(user)]
    return [(ME, "Mine"), (EVERYBODY, "Everybody's"), (NOBODY, "Nobody's"), *others]


def _whose(user: User, asked: Asked) -> str:
    """In the sentence of an empty list."""
    return dict(_people(user)).get(asked.person, "") if asked.person not in (ME, EVERYBODY, NOBODY) else ""


def _line(task: Task, at: datetime, *, edits: bool) -> dict[str, Any]:
    about = task_about(task)
    return {
        "title": task.title,
        "url": plates.record_url("task", task.pk),
        "about": about.text,
        "about_url": about.url,
        "above": about.note,
        "assignee": str(task.assignee or ""),
        "due_on": task.due_on,
        "due": task_due(task, at),
        "done_at": task.done_at,
        "done_url": plates.address("task_done", task.pk) if edits and task.done_at is None else "",
        "reopen_url": plates.address("task_reopen", task.pk) if edits and task.done_at else "",
    }


def _query(asked: Asked) -> str:
    said = {
        "person": asked.person if asked.person != ME else "",
        "show": asked.show if asked.show != OPEN else "",
    }
    return urlencode({name: value for name, value in said.items() if value})


def _joined(address: str, asked: Asked) -> str:
    query = _query(asked)
    return f"{address}?{query}" if query else address


def _url(asked: Asked) -> str:
    return _joined(plates.address("tasks"), asked)


def _back(request: ReviewerRequest, task_id: UUID) -> str:
    """To the list as it was asked for, when the button stood there; else to the page of the task."""
    if "list" not in request.POST:
        return plates.record_url("task", task_id)
    state = {name: values[-1] for name, values in parse_qs(request.POST["list"]).items()}
    return _url(_asked(state, request.user))
