"""Events put on the timeline, each once by its sender's id; an opt-out is recorded with it.

Whatever system an event says it is from, its id stands under the sending agent's own source: no agent takes, or makes,
the names of an import or of another agent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from approvals.models import Agent, Suggestion
from crmgov.records.models import Activity, ExternalId, Source
from crmgov.records.models.governed import Governed
from crmgov.records.services import activities
from crmgov.records.services.activities import NewActivity

from .incoming import Event


@dataclass(frozen=True, slots=True)
class Known:
    """An event that is on the timeline already; `about` says on which record, where the agent may know.

    `mark` is the digest of what was said, "" where none was kept.
    """

    activity_id: UUID | None
    about: tuple[str, UUID] | None
    mark: str = ""


def name_of(event: Event, agent: Agent) -> str:
    """In the agent's own source: its id, behind the system it is from where that is another. "" for one without id."""
    if event.id is None or event.source in (None, agent.name):
        return event.id or ""
    return f"{event.source}/{event.id}"


def known(names: Iterable[str], agent: Agent) -> dict[str, Known]:
    """Which of them are on the timeline; three queries."""
    wanted = {name for name in names if name}
    if not wanted:
        return {}
    rows = ExternalId.objects.filter(kind=activities.EXTERNAL_KIND, source__agent=agent, value__in=wanted)
    found = {name: (key, said) for name, key, said in rows.values_list("value", "record_id", "last_seen")}
    mine = list(agent.teams.values_list("pk", flat=True))
    seen = Activity.objects.for_teams(mine).filter(pk__in=[key for key, _ in found.values()])
    about = {one.pk: _about(one) for one in seen}
    return {
        name: Known(key if key in about else None, about.get(key), said.get("mark", ""))
        for name, (key, said) in found.items()
    }


def append(new: Sequence[tuple[Event, Governed, str]], agent: Agent, at: datetime) -> list[UUID | None]:
    """The activity of each event, None where its name is taken. Joins the caller's transaction."""
    if not new:
        return []
    source = source_of(agent)
    return activities.append([_activity(one, about, source, name) for one, about, name in new], at=at)


def source_for(suggestion: Suggestion) -> Source:
    """Of what a suggestion puts on the timeline: its agent's own, and for a person theirs."""
    if suggestion.agent is not None:
        return source_of(suggestion.agent)
    kind = Source.Kind.PERSON
    source, _ = Source.objects.get_or_create(
        name=kind.value, defaults={"kind": kind, "trust_rank": Source.DEFAULT_RANKS[kind]}
    )
    return source


def source_of(agent: Agent) -> Source:
    """The agent's own source, made when it is asked for first: trusted as an agent is, and named by nobody else."""
    found = Source.objects.filter(agent=agent)
    if (source := found.first()) is not None:
        return source
    held = Agent.objects.select_for_update(no_key=True).get(pk=agent.pk)
    # Asked anew, for somebody may have made it while we waited.
    if (source := found.all().first()) is not None:
        return source
    name, kind = f"agent:{held.name}", Source.Kind.AGENT
    if Source.objects.filter(name=name).exists():
        name = f"agent:{held.pk}:{held.name}"
    source = Source.objects.create(name=name, kind=kind, trust_rank=Source.DEFAULT_RANKS[kind])
    held.source = source
    held.save(update_fields=["source"])
    return source


def _activity(event: Event, about: Governed, source: Source, name: str) -> NewActivity:
    """The system it is from stays as a word beside it."""
    return NewActivity(
        about=about,
        kind=event.kind,
        occurred_at=event.occurred_at,
        source=source,
        external_id=name,
        mark=event.digest if name else "",
        subject=event.subject,
        body=event.body,
        by=event.by,
        amount=event.amount,
        currency=event.currency,
        data={"source": event.source, **event.data} if event.source else event.data,
    )


def _about(activity: Activity) -> tuple[str, UUID]:
    """The record nearest to what happened."""
    for record_type in ("ticket", "opportunity", "contact", "account"):
        if (key := getattr(activity, f"{record_type}_id")) is not None:
            return record_type, key
    raise AssertionError(f"{activity.pk} hangs on nothing")
