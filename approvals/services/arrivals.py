"""Events from outside: each is appended to the timeline of its record, or waits for the lead it is of.

None is lost and none acts twice: the sender's id is claimed with the activity, and an event whose lead is not there
yet is kept with the suggestion that would make it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import Error, transaction
from pydantic import ValidationError

from approvals.models import Agent, Suggestion, WaitingEvent
from approvals.selectors.sights import Sight
from approvals.selectors.subjects import Proposer
from crmgov.kernel.refusals import Invalid, Refused
from crmgov.records.models import Contact
from crmgov.records.models.governed import Governed

from . import answers, appending, batches, idempotency, leads, opting_out, whereabouts
from .appending import Known
from .drafts import Impossible
from .idempotency import Call
from .incoming import Event
from .proposals import Problem

MOST = 1_000
TRIES = 4
# Clocks differ; nothing that happened lies further ahead.
AHEAD = timedelta(days=1)
WAITING, REFUSED = WaitingEvent.Status.WAITING, WaitingEvent.Status.REFUSED
Told = Callable[[Refused], dict[str, Any]]


class NotEvents(Invalid):
    """Send an event, or a JSON array of at most 1,000."""


class NotMade(Refused):
    """The lead this event waited for was not made."""


@dataclass(slots=True)
class Arriving:
    """One event on its way: its name on the timeline, the record it is about, and the answer once there is one.

    `heard`: told for the first time, so that its opt-out counts, wherever the event itself may go.
    """

    event: Event
    said: Any
    name: str
    about: Governed | None = None
    line: dict[str, Any] | None = None
    heard: bool = False

    @property
    def is_open(self) -> bool:
        return self.line is None

    @property
    def email(self) -> str:
        return self.event.person.email if self.event.person else ""


def receive(
    *, events: object, agent: Agent, at: datetime, told: Told, call: Call | None = None
) -> list[dict[str, Any]]:
    """Take in events as JSON has them; with `call`, the answers are kept in the same transaction. Raises NotEvents."""
    if not isinstance(events, list) or len(events) > MOST:
        raise NotEvents
    for again in range(TRIES):
        try:
            return _receive(events, agent, at, told, call)
        except Error as error:
            if again == TRIES - 1 or not (batches.passes(error) or _met_itself(error)):
                raise
    raise AssertionError  # the last try returns or raises


@transaction.atomic(durable=True)
def _receive(
    events: Sequence[object], agent: Agent, at: datetime, told: Told, call: Call | None
) -> list[dict[str, Any]]:
    read = [_read(one, agent, at, told) for one in events]
    new = [one for one in read if isinstance(one, Arriving)]
    sight = Sight(Proposer(agent, None))
    _answer_known(new, agent, told)
    _find(new, sight, told)
    _append(new, agent, at, told)
    _make_leads(new, sight, at, told)
    opting_out.record([(one.event, one.about) for one in new if one.heard], agent, at)
    lines = [one.line if isinstance(one, Arriving) else one for one in read]
    assert all(lines) or not lines  # noqa: S101 (each was appended, known, waits or was refused)
    if call is not None:
        idempotency.finish(call, status=200, answer={"results": lines})
    return lines  # type: ignore[return-value]


def _read(said: object, agent: Agent, at: datetime, told: Told) -> Arriving | dict[str, Any]:
    """Its own mistakes are its own answer."""
    try:
        event = Event.model_validate(said)
    except ValidationError as error:
        return refused(batches.NotValid(error), told)
    if event.occurred_at > at + AHEAD:
        return refused(_wrong("/occurred_at", "It lies in the future: send what has happened."), told)
    return Arriving(event, said, appending.name_of(event, agent))


def _answer_known(new: Sequence[Arriving], agent: Agent, told: Told) -> None:
    """What was told before is answered again; what says something else under the same id is refused."""
    asked = [one for one in new if one.event.id and one.is_open]
    found = appending.known([one.name for one in asked], agent)
    waiting = {(row.source, row.event_id): row for row in _waiting_by_id(asked, agent)}
    for one in asked:
        if (row := waiting.get((one.event.source or agent.name, one.event.id or ""))) is not None:
            one.line = _line_of(row, told) if _same(one, row) else refused(_another(), told)
        elif one.name in found:
            known = found[one.name]
            same = known.mark in ("", one.event.digest)
            one.line = there(known) if same else refused(_another(), told)


def _same(one: Arriving, row: WaitingEvent) -> bool:
    """Does the event that waits say the same? One that can be read no more says nothing else."""
    try:
        return one.said == row.said or one.event.digest == Event.model_validate(row.said).digest
    except ValidationError:
        return True


def _another() -> Impossible:
    return _wrong("/id", "Another event was told under this id. Give this one an id of its own.")


def _waiting_by_id(asked: Sequence[Arriving], agent: Agent) -> Sequence[WaitingEvent]:
    ids = {one.event.id for one in asked}
    rows = WaitingEvent.objects.filter(agent=agent, event_id__in=ids).select_related("suggestion")
    return list(rows) if ids else []


def _find(new: Sequence[Arriving], sight: Sight, told: Told) -> None:
    """The record of each, or why there is none; who is unknown stays open."""
    asked = [one for one in new if one.is_open]
    for one, found in zip(asked, whereabouts.of([one.event for one in asked], sight), strict=True):
        _set(one, found, told)


def _set(one: Arriving, found: Governed | Refused | None, told: Told) -> None:
    if isinstance(found, Refused):
        one.line, one.heard = refused(found, told), True
    elif found is not None and one.event.opt_out is not None and not isinstance(found, Contact):
        one.line = refused(
            _wrong("/opt_out", "Only a contact opts out: name the contact, or the person."), told
        )
    else:
        one.about = found


def _append(new: Sequence[Arriving], agent: Agent, at: datetime, told: Told) -> None:
    """A second time where somebody else took the id at this moment."""
    for _ in range(2):
        ready = [one for one in new if one.is_open and one.about is not None]
        made = appending.append([(o.event, o.about, o.name) for o in ready if o.about], agent, at)
        for one, key in zip(ready, made, strict=True):
            if key is not None:
                one.line, one.heard = appended(key, one.about), True
        _answer_known([one for one in ready if one.is_open], agent, told)
    for one in new:
        if one.is_open and one.about is not None:
            one.line = there(Known(None, None))


def _make_leads(new: Sequence[Arriving], sight: Sight, at: datetime, told: Told) -> None:
    """Who is unknown becomes a lead, if the gate and a person or the policy say so; until then the events wait."""
    unknown = [one for one in new if one.is_open]
    if not unknown:
        return
    agent = sight.proposer.agent
    assert agent is not None  # noqa: S101 (only agents send events)
    leads.lock([one.email for one in unknown])
    # Somebody quicker may have told of the same event, or made the lead.
    _answer_known(unknown, agent, told)
    _find(unknown, sight, told)
    _append(unknown, agent, at, told)
    unknown = [one for one in unknown if one.is_open]
    expected = _expected({one.email for one in unknown}, agent)
    first: dict[str, Arriving] = {}
    for one in unknown:
        if one.email not in expected:
            first.setdefault(one.email, one)
    proposed = dict(zip(first, leads.propose([one.event for one in first.values()], sight, at), strict=True))
    _wait(unknown, {**proposed, **expected}, agent, at, told)


def _expected(emails: set[str], agent: Agent) -> dict[str, leads.Proposed]:
    """The leads that earlier events of the same people wait for."""
    rows = WaitingEvent.objects.filter(
        agent=agent,
        email__in=emails,
        status=WAITING,
        suggestion__status__in=[Suggestion.Status.QUEUED, Suggestion.Status.APPROVED],
    )
    return {
        row.email: leads.Proposed(row.suggestion)
        for row in rows.select_related("suggestion").order_by("received_at", "pk")
    }


def _wait(
    unknown: Sequence[Arriving],
    proposed: dict[str, leads.Proposed | Refused],
    agent: Agent,
    at: datetime,
    told: Told,
) -> None:
    kept: dict[tuple[str, str], WaitingEvent] = {}
    for one in unknown:
        lead, one.heard = proposed[one.email], True
        if isinstance(lead, Refused):
            one.line = refused(lead, told)
            continue
        if lead.refused:
            no = leads.NoLead([Problem("/person", lead.refused)])
            one.line = {**refused(no, told), "suggestion": answers.path_of(lead.suggestion.pk)}
            continue
        source = one.event.source or agent.name
        row = WaitingEvent(
            agent=agent,
            suggestion=lead.suggestion,
            source=source,
            event_id=one.event.id or "",
            email=one.email,
            said=one.said,
            received_at=at,
        )
        key = (source, one.event.id or str(row.pk))
        first = kept.setdefault(key, row)
        one.line = _line_of(first, told) if _same(one, first) else refused(_another(), told)
        one.heard = first is row
    WaitingEvent.objects.bulk_create(kept.values())


def _line_of(row: WaitingEvent, told: Told) -> dict[str, Any]:
    """What an event is answered that was kept: it waits, was appended, or its lead was not made."""
    url = answers.path_of(row.suggestion_id)
    if row.status == WAITING:
        return _line(202, "waiting", suggestion=url)
    if row.status == REFUSED:
        return {**refused(NotMade(row.note), told), "suggestion": url}
    return _line(200, "already_there", activity=row.activity_id, suggestion=url)


def appended(activity_id: UUID, about: Governed | None) -> dict[str, Any]:
    assert about is not None  # noqa: S101 (what was appended hangs on something)
    return _line(201, "appended", activity=activity_id, record=(whereabouts.type_of(about), about.pk))


def there(known: Known) -> dict[str, Any]:
    """It was told before; where it is only the agent that sees it learns."""
    return _line(200, "already_there", activity=known.activity_id, record=known.about)


def refused(why: Refused, told: Told) -> dict[str, Any]:
    return {**_line(why.status, "refused"), "problem": told(why)}


def _line(
    code: int,
    status: str,
    *,
    activity: UUID | None = None,
    record: tuple[str, UUID] | None = None,
    suggestion: str | None = None,
) -> dict[str, Any]:
    return {
        "code": code,
        "status": status,
        "activity": str(activity) if activity else None,
        "record": {"type": record[0], "id": str(record[1])} if record else None,
        "suggestion": suggestion,
        "problem": None,
    }


def _wrong(pointer: str, say: str) -> Impossible:
    return Impossible([Problem(pointer, say)])


def _met_itself(error: Error) -> bool:
    """The same event was kept by another call at this moment."""
    diagnosis = getattr(error.__cause__, "diag", None)
    return getattr(diagnosis, "constraint_name", None) == "event_of_an_agent_waits_once"
