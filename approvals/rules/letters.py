"""What mails to our own people say: numbers and links to pages. No word of an agent, a customer or a record is in them.

A mail leaves the house: nothing in it would have to be erased later, and nothing in it decides.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from approvals.rules.wording import clean

# Beyond this many nobody counts.
COUNTED = 1_000
NAMED = 5
NAMED_OVERDUE = 10


@dataclass(frozen=True, slots=True)
class Waits:
    """One suggestion: its number, the name of its queue, since when, until when, and the address of its page."""

    number: int
    queue: str
    made_at: datetime
    due_at: datetime
    url: str


@dataclass(frozen=True, slots=True)
class Letter:
    subject: str
    body: str


def digest(*, name: str, waiting: Sequence[Waits], at: datetime, inbox: str, choice: str) -> Letter | None:
    """The morning's counts, what is due first and the oldest; None when nothing waits.

    `waiting` is in the order of its due times, COUNTED + 1 at most. `inbox` and `choice` are addresses of pages.
    """
    if not waiting:
        return None
    late = sum(one.due_at <= at for one in waiting)
    total = _number(len(waiting))
    said = f"{total} {_verb(len(waiting))} for you"
    overdue = f", {_number(late)} overdue" if late else ""
    oldest = min(waiting, key=lambda one: one.made_at)
    body = [
        f"Good morning, {_line(name)}.",
        "",
        f"{said}{overdue}.",
        f"The oldest has waited for {_span(at - oldest.made_at)}: {oldest.url}",
        "",
        *_by_queue(waiting, at),
        "",
        "Due first:",
        *(_one(one, at) for one in waiting[:NAMED]),
        "",
        *_foot(inbox, choice),
    ]
    return Letter(f"crmgov: {said}{overdue}", "\n".join(body))


def reminder(*, name: str, overdue: Sequence[Waits], at: datetime, inbox: str, choice: str) -> Letter | None:
    """What became overdue since the last one; None when nothing did."""
    if not overdue:
        return None
    verb = "is" if len(overdue) == 1 else "are"
    said = f"{_number(len(overdue))} {verb} overdue"
    more = len(overdue) - NAMED_OVERDUE
    body = [
        f"{_line(name)}, this became overdue and waits for you or your queue:",
        "",
        *(_one(one, at) for one in overdue[:NAMED_OVERDUE]),
        *([f"  and {_number(more)} more"] if more > 0 else []),
        "",
        *_foot(inbox, choice),
    ]
    return Letter(f"crmgov: {said}", "\n".join(body))


CELL_NEWS = {
    "offered": (
        "a promotion is offered",
        "What people kept unchanged is enough to let one kind of change of your agent run by itself. "
        "Nothing runs until an admin signs.",
    ),
    "demoted": (
        "autonomy was taken back",
        "One kind of change of your agent no longer runs by itself. What it proposes waits for a person, "
        "and its evidence begins again.",
    ),
    "alarm": (
        "automatic actions were put back",
        "Several automatic actions of your agent were put back or contested. It goes on running.",
    ),
}


def cell_news(*, name: str, kind: str, why: str, url: str) -> Letter:
    """What became of the autonomy of an agent's cell, for its owner. `why` holds figures of ours, or nothing."""
    subject, says = CELL_NEWS[kind]
    body = [
        f"{_line(name)},",
        "",
        says,
        *([why] if why else []),
        "",
        f"Its evidence: {url}",
        "Links open pages; deciding is done there.",
        "",
    ]
    return Letter(f"crmgov: {subject}", "\n".join(body))


def _by_queue(waiting: Sequence[Waits], at: datetime) -> Iterable[str]:
    """A line per queue; where nobody counted to the end, none: the shares would be wrong."""
    if len(waiting) > COUNTED:
        return
    names = list(dict.fromkeys(one.queue for one in waiting))
    for name in names:
        inside = [one for one in waiting if one.queue == name]
        late = sum(one.due_at <= at for one in inside)
        yield f"  {_line(name)}: {len(inside)}{f', {late} overdue' if late else ''}"


def _one(one: Waits, at: datetime) -> str:
    left = one.due_at - at
    when = f"due in {_span(left)}" if left > timedelta() else f"overdue for {_span(-left)}"
    return f"  {one.number}, {when}: {one.url}"


def _foot(inbox: str, choice: str) -> list[str]:
    return [
        f"The inbox: {inbox}",
        "Links open pages; deciding is done there.",
        f"Mail like this is switched off at {choice}",
        "",
    ]


def _line(text: str) -> str:
    return clean(text) or "you"


def _verb(number: int) -> str:
    return "waits" if number == 1 else "wait"


def _number(number: int) -> str:
    return f"{COUNTED:,}+" if number > COUNTED else f"{number:,}"


def _span(length: timedelta) -> str:
    """18 min, 5 h, 4 days."""
    minutes = max(int(length.total_seconds()) // 60, 0)
    if minutes < 60:
        return f"{minutes} min"
    hours = minutes // 60
    if hours < 48:
        return f"{hours} h"
    return f"{hours // 24} days"
