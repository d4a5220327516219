"""Conflicts: the list, and one conflict with its claims beside the value that stands now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Prefetch, Q, QuerySet

from approvals.models import Claim, Conflict, SuggestionItem
from approvals.rules.digest import conflict_digest
from approvals.rules.staleness import same
from crmgov.kernel.actors import ActorType
from crmgov.kernel.refusals import NotFound
from crmgov.people import policy
from crmgov.people.models import User
from crmgov.people.policy import Act, Standing
from crmgov.records import registry
from crmgov.records.models import Account, ImportRun
from crmgov.records.models.governed import Governed
from crmgov.records.selectors import ledger
from crmgov.records.selectors.standing import in_team

from . import context, items, subjects
from .context import AccountCard
from .items import Provenance
from .keyset import Order, Page, page_of
from .sights import Sight

OPEN, MINE, SETTLED = "open", "mine", "settled"
VIEWS = {OPEN: "Open", MINE: "Mine", SETTLED: "Settled"}
SIZE = 25
OLDEST_FIRST = Order(("opened_at", "pk"))
LAST_SETTLED = Order(("settled_at", "pk"), descending=True)


@dataclass(frozen=True, slots=True)
class Row:
    id: UUID
    name: str
    what: str
    why: str
    opened_at: datetime
    settled_by: str
    by_itself: bool


@dataclass(frozen=True, slots=True)
class ClaimCard:
    """One side: its value, who claims it, and since when. `ours` is what stands there now, or stood at the settling.

    Who wrote ours and since when is `p`, None where nobody knows; `made_at` is of the other sides.
    """

    id: int
    ours: bool
    origin: str
    value: Any
    value_label: str
    kind: str
    who: str
    actor: str
    source: str
    made_at: datetime | None
    suggestion_id: UUID | None
    suggestion_number: int | None
    reason: str
    evidence: Sequence[dict[str, Any]]
    won: bool
    p: Provenance | None
    consequence: str


@dataclass(frozen=True, slots=True)
class ConflictPage:
    conflict: Conflict
    field_label: str
    question: str
    claims: Sequence[ClaimCard]
    digest: str
    may_settle: bool
    account: AccountCard | None


def page_for(
    user: User, *, view: str = OPEN, cursor: str = "", size: int = SIZE, import_id: UUID | None = None
) -> Page[Row]:
    """One page, of one import or of all: open ones oldest first, settled ones newest first; two queries."""
    order = LAST_SETTLED if view == SETTLED else OLDEST_FIRST
    listed = _listed(user, view) if import_id is None else _listed(user, view).filter(_of_import(import_id))
    rows = listed.prefetch_related("claims").select_related("settled_by")
    return page_of(rows, order, cursor=cursor, size=size, plate=lambda found: [_row(one) for one in found])


def count_of_import(user: User, import_id: UUID) -> tuple[int, int]:
    """How many an import opened are still open, and how many it opened at all; as far as this person may see them."""
    rows = Conflict.objects.for_user(user).filter(_of_import(import_id)).order_by()
    counted = rows.aggregate(still=Count("pk", filter=Q(status=Conflict.Status.OPEN)), ever=Count("pk"))
    return counted["still"], counted["ever"]


def to_settle(user: User) -> QuerySet[Conflict]:
    """What waits for this person to settle it; nothing where their role settles none."""
    may = policy.may(user, Act.SETTLE_CONFLICT, Standing(in_team=True))
    return _listed(user, OPEN) if may else Conflict.objects.none()


def item(user: User, conflict_id: UUID, *, at: datetime) -> ConflictPage:
    """One conflict with its claims, ours first. Raises NotFound."""
    claims = Claim.objects.select_related("suggestion__agent", "suggestion__proposed_by").order_by("id")
    conflict = (
        Conflict.objects.for_user(user)
        .select_related("settled_by", "team")
        .prefetch_related(Prefetch("claims", claims))
        .filter(pk=conflict_id)
        .first()
    )
    if conflict is None:
        raise NotFound
    record = registry.model_of(conflict.record_type).objects.filter(pk=conflict.record_id).first()
    if record is not None and not in_team(user, record.team_id):
        raise NotFound
    label = registry.label(conflict.record_type, conflict.field)
    shown = offered(conflict, conflict.claims.all())
    evidence = _evidence(conflict, shown)
    return ConflictPage(
        conflict=conflict,
        field_label=label,
        question=f"{label} of {conflict.record_label}",
        claims=[_card(user, conflict, claim, record, evidence) for claim in shown],
        digest=digest_of(conflict, shown, record),
        may_settle=conflict.status == Conflict.Status.OPEN and may_settle(user, conflict),
        account=context.card_for(user, conflict.account_id, beside=None, at=at),
    )


def closed_by_itself(conflict: Conflict) -> bool:
    """Nobody chose: the other side went away. Its note is ours then, not what a person typed."""
    settled = conflict.status == Conflict.Status.SETTLED
    return settled and not any(claim.won for claim in conflict.claims.all())


def may_settle(user: User, conflict: Conflict) -> bool:
    """An account manager of the team, or an admin: the role table, and nothing beside it."""
    return policy.may(user, Act.SETTLE_CONFLICT, Standing(in_team=in_team(user, conflict.team_id)))


def offered(conflict: Conflict, claims: Iterable[Claim]) -> list[Claim]:
    """What can be chosen: while it is open, no claim of a suggestion that is closed already."""
    if conflict.status != Conflict.Status.OPEN:
        return list(claims)
    return [claim for claim in claims if claim.suggestion is None or claim.suggestion.is_open]


def digest_of(conflict: Conflict, claims: Iterable[Claim], record: Governed | None) -> str:
    """What this conflict is about as of now: compare it with what the person saw."""
    ours = registry.to_json(registry.get(record, conflict.field)) if record is not None else None
    others = {str(claim.pk): claim.value for claim in claims if claim.origin != Claim.Origin.OURS}
    return conflict_digest(field=conflict.field, ours=ours, claims=others)


def _of_import(import_id: UUID) -> Q:
    runs = ImportRun.objects.filter(parent=import_id).values("pk")
    return Q(pk__in=Claim.objects.filter(import_run_id__in=runs).values("conflict"))


def _listed(user: User, view: str) -> QuerySet[Conflict]:
    rows = Conflict.objects.for_user(user)
    if view == SETTLED:
        return rows.filter(status=Conflict.Status.SETTLED)
    rows = rows.filter(status=Conflict.Status.OPEN)
    if view == MINE:
        return rows.filter(Q(account_id__in=Account.objects.filter(owner=user).values("pk")))
    return rows


def _row(conflict: Conflict) -> Row:
    claims = [claim.value_label or "empty" for claim in conflict.claims.all()]
    label = registry.label(conflict.record_type, conflict.field)
    return Row(
        id=conflict.pk,
        name=conflict.record_label,
        what=f"{label}: {' or '.join(claims[:3])}"[:200],
        why=conflict.get_kind_display(),
        opened_at=conflict.opened_at,
        settled_by=str(conflict.settled_by or ""),
        by_itself=closed_by_itself(conflict),
    )


def _card(
    user: User,
    conflict: Conflict,
    claim: Claim,
    record: Governed | None,
    evidence: Mapping[UUID, Sequence[dict[str, Any]]],
) -> ClaimCard:
    ours = claim.origin == Claim.Origin.OURS
    value, words = claim.value, claim.value_label
    if ours and record is not None and conflict.status == Conflict.Status.OPEN:
        value = registry.to_json(registry.get(record, conflict.field))
        words = _words(user, conflict, value)
    suggestion = claim.suggestion
    return ClaimCard(
        id=claim.pk,
        ours=ours,
        origin=claim.get_origin_display(),
        value=value,
        value_label=words,
        kind=registry.spec_of(conflict.record_type, conflict.field).kind.value,
        who=str(suggestion.agent or suggestion.proposed_by) if suggestion else claim.source,
        actor="ai" if suggestion and suggestion.agent_id else "human" if suggestion else "",
        source="" if ours else claim.source,
        made_at=None if ours else claim.made_at,
        suggestion_id=suggestion.pk if suggestion else None,
        suggestion_number=suggestion.number if suggestion else None,
        reason=suggestion.reason if suggestion else "",
        evidence=evidence.get(suggestion.pk, []) if suggestion else [],
        won=claim.won,
        p=_written(conflict, claim, record) if ours else None,
        consequence=_consequence(conflict, claim, words),
    )


def _evidence(conflict: Conflict, claims: Iterable[Claim]) -> dict[UUID, list[dict[str, Any]]]:
    """What each suggestion says for the field in dispute; one query."""
    said = SuggestionItem.objects.filter(
        suggestion__in=[claim.suggestion_id for claim in claims if claim.suggestion_id], field=conflict.field
    )
    return dict(said.values_list("suggestion_id", "evidence"))


def _written(conflict: Conflict, claim: Claim, record: Governed | None) -> Provenance | None:
    """Who wrote our value: of an open one as the record says now, of a settled one as the ledger stood then."""
    if conflict.settled_at is None:
        return items.provenance_of(record, conflict.field, set())
    story = ledger.stood_before(
        record_id=conflict.record_id,
        field=conflict.field,
        at=conflict.settled_at,
        change_set_id=conflict.change_set_id,
    )
    if story is None or not same(story.change.new, claim.value):
        return None
    change, change_set = story.change, story.change_set
    approved = change_set.actor_type == ActorType.HUMAN_APPROVED_AI
    return Provenance(
        actor=change_set.actor_type,
        who=change_set.actor_label if approved else change_set.agent_label or change_set.actor_label,
        source=change.source,
        at=change.at.isoformat(),
        locked=change.verified,
    )


def _consequence(conflict: Conflict, claim: Claim, words: str) -> str:
    label = registry.label(conflict.record_type, conflict.field)
    if claim.origin == Claim.Origin.OURS:
        return f"{label} of {conflict.record_label} stays {words or 'empty'}. The other claims close."
    return f"{label} of {conflict.record_label} becomes {words or 'empty'} at once. It can be reverted."


def _words(user: User, conflict: Conflict, value: Any) -> str:
    names: dict[str, str] = {}
    if subjects.is_reference(conflict.record_type, conflict.field):
        names = Sight(subjects.Proposer(None, user)).names(conflict.record_type, conflict.field, [value])
    return subjects.shown(conflict.record_type, conflict.field, value, names)
