"""What the gate looks at beside the records: policy, tickets, holds, pauses, rivals, grants, outcomes; in sets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar
from uuid import UUID

from django.db.models import Count, F, QuerySet

from approvals.models import (
    CellStanding,
    Claim,
    Grant,
    PauseSwitch,
    PolicyVersion,
    SuggestionItem,
    WorkflowContract,
)
from crmgov.records.models import Hold, Ticket
from crmgov.records.selectors import holds

from . import precedents, proofs
from .precedents import SUBJECT, Around, Asked, Precedents
from .proofs import Proof
from .together import Rows, Sql, instance, together, whole

OPEN_TICKET = (Ticket.Status.OPEN, Ticket.Status.WAITING)
# A sentence names three tickets; more than these change nothing.
MOST_TICKETS = 20

TICKETS = f"""
SELECT p.n, t.id, {SUBJECT}, t.priority, t.escalated
FROM unnest(%s::uuid[], %s::uuid[]) WITH ORDINALITY AS p(account, contact, n)
CROSS JOIN LATERAL (
  SELECT * FROM records_ticket WHERE (account_id = p.account OR contact_id = p.contact)
    AND status = ANY(%s) AND archived_at IS NULL
  ORDER BY escalated DESC, opened_at DESC, id DESC LIMIT %s) t
ORDER BY p.n, t.escalated DESC, t.opened_at DESC, t.id DESC"""  # noqa: S608 (a constant of ours)


@dataclass(frozen=True, slots=True)
class Cell:
    """The unit in which autonomy is earned, but for the field group."""

    agent_id: int | None
    workflow_version_id: int
    action: str
    segment: str


@dataclass(frozen=True, slots=True)
class OpenTicket:
    id: UUID
    subject: str
    priority: str
    escalated: bool


@dataclass(frozen=True, slots=True)
class Rival:
    """What an open suggestion wants for a field of a record, and whose it is."""

    record_id: UUID
    field: str
    proposed: Any
    suggestion_id: UUID
    number: int
    agent_id: int | None
    proposed_by_id: int | None
    by: str


@dataclass(frozen=True, slots=True)
class Disputed:
    """One side of an open conflict between an import and us about a field of a record."""

    record_id: UUID
    field: str
    value: Any
    conflict_id: UUID
    by: str


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What was found, all of one moment; `policy` is None where none is in force."""

    policy: PolicyVersion | None
    tickets: dict[Around, list[OpenTicket]]
    holds: dict[UUID, Hold]
    pauses: list[PauseSwitch]
    outcomes: dict[Cell, dict[str, int]]
    # Cell and field group -> how many ran by themselves since midnight UTC.
    ran_today: dict[Cell, dict[str, int]]
    grants: list[Grant]
    # Cell and field group -> when it was last demoted.
    demoted: dict[tuple[Cell, str], datetime]
    rivals: dict[UUID, list[Rival]]
    disputed: dict[UUID, list[Disputed]]
    # By workflow.
    contracts: dict[int, WorkflowContract]
    precedents: Precedents
    # Model with its version, and segment -> what may be believed of it there.
    proven: dict[tuple[str, str], Proof]


def of(
    *,
    places: Collection[Around],
    accounts: Collection[UUID],
    cells: Collection[Cell],
    changing: Collection[UUID],
    at: datetime,
    before: Asked,
    uncounted: Collection[UUID] = (),
    scored_by: Collection[str] = (),
) -> Surroundings:
    """What stands around these places, accounts, cells and the records that would be changed; one query.

    Decisions on the suggestions in `uncounted` are no outcomes yet. `scored_by` are models of ours, with version.
    """
    asked = list(places)
    found = together(
        policy=whole(_in_force())[:1],
        tickets=_tickets_asked(asked),
        holds=whole(holds.open_on(accounts, at=at), "placed_by"),
        pauses=whole(_pauses()),
        outcomes=_outcomes_asked(cells, uncounted),
        ran_today=_ran_asked(cells, at),
        grants=_grants_asked(cells),
        demoted=_demoted_asked(cells),
        rivals=_rivals_asked(changing),
        disputed=_disputed_asked(changing),
        contracts=whole(contracts_in_force(cell.workflow_version_id for cell in cells)),
        **({"proven": proofs.asked(scored_by)} if scored_by else {}),
        **precedents.questions(before, at),
    )
    running = (hold for row in found["holds"] if (hold := instance(Hold, row)).runs(at))
    return Surroundings(
        policy=next((instance(PolicyVersion, row) for row in found["policy"]), None),
        tickets=_tickets(asked, found["tickets"]),
        holds={hold.account_id: hold for hold in running},
        pauses=[instance(PauseSwitch, row) for row in found["pauses"]],
        outcomes=_counted(cells, found["outcomes"]),
        ran_today=_counted(cells, found["ran_today"]),
        demoted=_demoted(found["demoted"]),
        grants=[instance(Grant, row) for row in found["grants"]],
        rivals=by_record(map(_rival, found["rivals"])),
        disputed=by_record(map(_disputed, found["disputed"])),
        contracts={row["workflow_id"]: instance(WorkflowContract, row) for row in found["contracts"]},
        precedents=precedents.read(before, found, at),
        proven=proofs.read(found.get("proven", [])),
    )


def hold_on(account_id: UUID | None, at: datetime) -> Hold | None:
    """The hold that runs on the account now; its last day still counts."""
    return next(iter(holds.running_on([account_id], at=at)), None) if account_id is not None else None


def open_pauses() -> list[PauseSwitch]:
    """The kill switches that are on."""
    return list(_pauses())


def pauses_on(
    switches: Iterable[PauseSwitch], *, workflow: str, agent: str, action: str
) -> list[PauseSwitch]:
    """Those that stop this."""
    targets = {"all": "", "workflow": workflow, "action": action, **({"agent": agent} if agent else {})}
    return [one for one in switches if targets.get(one.scope) == one.target]


def open_items(record_ids: Collection[UUID]) -> QuerySet[SuggestionItem]:
    """Items of queued suggestions about these records, in a conflict or not; oldest first."""
    # An item that changes a record names that of its suggestion, by which there is an index.
    return (
        SuggestionItem.objects.filter(
            record_id__in=record_ids, suggestion__record_id__in=record_ids, suggestion__status="queued"
        )
        .select_related("suggestion__agent", "suggestion__proposed_by")
        .order_by("suggestion__made_at", "suggestion_id", "position")
    )


class _AboutARecord(Protocol):
    @property
    def record_id(self) -> UUID | None: ...


About = TypeVar("About", bound=_AboutARecord)


def by_record(found: Iterable[About]) -> dict[UUID, list[About]]:
    """What is about a record under it, in its order."""
    sorted_out: dict[UUID, list[About]] = defaultdict(list)
    for one in found:
        if one.record_id is not None:
            sorted_out[one.record_id].append(one)
    return sorted_out


def contracts_in_force(version_ids: Iterable[int]) -> QuerySet[WorkflowContract]:
    """The newest contract of each workflow that has one, of these workflow versions."""
    rows = WorkflowContract.objects.filter(workflow__versions__in=set(version_ids))
    return rows.order_by("workflow_id", "-number").distinct("workflow_id")


def policy_in_force() -> PolicyVersion | None:
    """The version with the highest number."""
    return _in_force().first()


def _in_force() -> QuerySet[PolicyVersion]:
    return PolicyVersion.objects.order_by("-number")


def _pauses() -> QuerySet[PauseSwitch]:
    return PauseSwitch.objects.filter(lifted_at=None).order_by("scope", "id")


def _tickets_asked(asked: Sequence[Around]) -> Sql:
    accounts, contacts = [account for account, _ in asked], [contact for _, contact in asked]
    return Sql(TICKETS, [accounts, contacts, [str(one) for one in OPEN_TICKET], MOST_TICKETS])


def _tickets(asked: Sequence[Around], rows: Rows) -> dict[Around, list[OpenTicket]]:
    found: dict[Around, list[OpenTicket]] = {place: [] for place in asked}
    for row in rows:
        ticket = OpenTicket(UUID(row["id"]), row["subject"], row["priority"], row["escalated"])
        found[asked[row["n"] - 1]].append(ticket)
    return found


def _disputed_asked(record_ids: Collection[UUID]) -> QuerySet[Any, Any]:
    """Both sides of the open conflicts between an import and us about these records."""
    rows = Claim.objects.filter(
        conflict__record_id__in=record_ids,
        conflict__status="open",
        conflict__kind="import",
        origin__in=[Claim.Origin.OURS, Claim.Origin.IMPORT],
    )
    return rows.order_by("id").values(
        "value", "source", "origin", "conflict_id", "conflict__record_id", "conflict__field"
    )


def _disputed(row: dict[str, Any]) -> Disputed:
    return Disputed(
        record_id=UUID(row["conflict__record_id"]),
        field=row["conflict__field"],
        value=row["value"],
        conflict_id=UUID(row["conflict_id"]),
        by=row["source"] or Claim.Origin(row["origin"]).label,
    )


def _rivals_asked(record_ids: Collection[UUID]) -> QuerySet[Any, Any]:
    return open_items(record_ids).values(
        "record_id",
        "field",
        "proposed",
        "suggestion_id",
        number=F("suggestion__number"),
        agent_id=F("suggestion__agent_id"),
        agent=F("suggestion__agent__name"),
        person_id=F("suggestion__proposed_by_id"),
        person=F("suggestion__proposed_by__name"),
        email=F("suggestion__proposed_by__email"),
    )


def _rival(row: dict[str, Any]) -> Rival:
    return Rival(
        record_id=UUID(row["record_id"]),
        field=row["field"],
        proposed=row["proposed"],
        suggestion_id=UUID(row["suggestion_id"]),
        number=row["number"],
        agent_id=row["agent_id"],
        proposed_by_id=row["person_id"],
        by=row["agent"] or row["person"] or row["email"],
    )


def _grants_asked(cells: Collection[Cell]) -> QuerySet[Any, Any]:
    """Open grants around these cells; whether they are signed is asked elsewhere."""
    open_ones = Grant.objects.filter(
        agent__in={cell.agent_id for cell in cells if cell.agent_id is not None},
        workflow_version__in={cell.workflow_version_id for cell in cells},
        revoked_at=None,
    )
    return whole(open_ones)


def _demoted_asked(cells: Collection[Cell]) -> QuerySet[Any, Any]:
    """The demotions around these cells."""
    rows = CellStanding.objects.filter(
        cell__agent__in={cell.agent_id for cell in cells if cell.agent_id is not None},
        cell__workflow_version__in={cell.workflow_version_id for cell in cells},
        demoted_at__isnull=False,
    )
    return rows.values(
        "demoted_at",
        group=F("cell__field_group"),
        agent=F("cell__agent"),
        version=F("cell__workflow_version"),
        action=F("cell__action"),
        segment=F("cell__segment"),
    )


def _demoted(rows: Rows) -> dict[tuple[Cell, str], datetime]:
    return {(_cell(row), row["group"]): datetime.fromisoformat(row["demoted_at"]) for row in rows}


def _outcomes_asked(cells: Collection[Cell], uncounted: Collection[UUID]) -> QuerySet[Any, Any]:
    """People's decisions on suggestions of these cells, per field group."""
    rows = _items_of(cells).filter(suggestion__decision__person__isnull=False)
    return _per_group(rows.exclude(suggestion__in=uncounted))


def _ran_asked(cells: Collection[Cell], at: datetime) -> QuerySet[Any, Any]:
    """What the policy let run in these cells since midnight UTC, per field group."""
    midnight = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return _per_group(
        _items_of(cells).filter(
            suggestion__decision__person=None, suggestion__decision__decided_at__gte=midnight
        )
    )


def _items_of(cells: Collection[Cell]) -> QuerySet[SuggestionItem]:
    agents = [cell for cell in cells if cell.agent_id is not None]
    return SuggestionItem.objects.filter(
        suggestion__agent__in={cell.agent_id for cell in agents},
        suggestion__workflow_version__in={cell.workflow_version_id for cell in agents},
        suggestion__action__in={cell.action for cell in agents},
        suggestion__segment__in={cell.segment for cell in agents},
    )


def _per_group(items: QuerySet[SuggestionItem]) -> QuerySet[Any, Any]:
    """Suggestions by cell and field group."""
    return (
        items.values(
            "group",
            agent=F("suggestion__agent"),
            version=F("suggestion__workflow_version"),
            action=F("suggestion__action"),
            segment=F("suggestion__segment"),
        )
        .order_by()
        .annotate(counted=Count("suggestion", distinct=True))
    )


def _counted(cells: Collection[Cell], rows: Rows) -> dict[Cell, dict[str, int]]:
    found: dict[Cell, dict[str, int]] = {cell: {} for cell in cells if cell.agent_id is not None}
    for row in rows:
        if (counted := found.get(_cell(row))) is not None:
            counted[row["group"]] = row["counted"]
    return found


def _cell(row: dict[str, Any]) -> Cell:
    return Cell(row["agent"], row["version"], row["action"], row["segment"])
