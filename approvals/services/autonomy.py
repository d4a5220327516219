"""Where each cell stands by its rows: followed by the clock, offered to people, taken back by the evidence.

The formulas are rules (`rules/earning.py`); here rows become their input, and their answer becomes rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from approvals.models import Cell, CellEvent, CellOutcome, CellStanding, Grant, Offer
from approvals.rules import earning
from approvals.rules.ceilings import ceiling
from approvals.rules.earning import Decided, Label, Ran, Standing, Terms
from approvals.rules.policy import Policy
from approvals.rules.probation import Draw
from approvals.rules.vocabulary import Level
from approvals.selectors import cells as plates

from . import demotions, gate, grants, offers, pauses

# Cells in one transaction.
BATCH = 50
# So many found wrong that chance did not draw are worth a mail.
MANY_ALARMS = 3
Kind = CellEvent.Kind


@dataclass(frozen=True, slots=True)
class Followed:
    """A cell, the signature it runs under (None: it does not), and where its rows put it."""

    cell: Cell
    grant: Grant | None
    rows: Sequence[CellOutcome]
    standing: Standing
    since: datetime | None

    @property
    def alarms(self) -> int:
        return sum(row.way == "ran" and row.drawn != Draw.UNIFORM for row in self.rows)

    @property
    def begins(self) -> datetime | None:
        """When the first decision that counts was made."""
        return next((row.at for row in self.rows if row.way == "decided"), None)

    @property
    def decided(self) -> list[Decided]:
        """What people decided, in their order."""
        return [row for row in _read(self.rows) if isinstance(row, Decided)]

    @property
    def ran(self) -> list[Ran]:
        """What ran by itself and was drawn by chance, in its order."""
        return [row for row in _read(self.rows) if isinstance(row, Ran)]


def follow(*, at: datetime) -> int:
    """Look at each cell that moved; return how many. Ringing twice does no harm."""
    pauses.take_back_missing(at=at)
    _judge_by_the_policy_in_force(at)
    followed = 0
    while count := _follow_some(at):
        followed += count
    return followed


@transaction.atomic(durable=True)
def _judge_by_the_policy_in_force(at: datetime) -> None:
    """What was followed under an earlier policy is looked at again: its target may be another now."""
    version, _ = gate.current_policy()
    old = CellStanding.objects.filter(followed_at__lt=version.published_at)
    Cell.objects.filter(pk__in=old.values("cell"), moved_at=None).update(moved_at=at)


@transaction.atomic(durable=True)
def _follow_some(at: datetime) -> int:
    moved = Cell.objects.select_for_update(of=("self",), skip_locked=True).filter(moved_at__isnull=False)
    cells = list(
        moved.select_related("agent", "workflow_version__workflow").order_by("moved_at", "pk")[:BATCH]
    )
    # Before the rest: what demotes a cell marks it as moved again.
    Cell.objects.filter(pk__in=[cell.pk for cell in cells]).update(moved_at=None)
    if cells:
        version, policy = gate.current_policy()
        for one in look_at(cells, policy):
            _store(one, at)
            _answer(one, version.pk, at)
    return len(cells)


def look_at(cells: Sequence[Cell], policy: Policy) -> list[Followed]:
    """Where these cells stand now; three queries for all of them."""
    rows, standings = plates.rows_of(cells), plates.standings_of(cells)
    over = plates.grants_over(cells)
    return [
        _looked(cell, rows.get(cell.pk, []), standings.get(cell.pk), over[cell.pk], policy) for cell in cells
    ]


def _looked(
    cell: Cell, rows: Sequence[CellOutcome], kept: CellStanding | None, over: Sequence[Grant], policy: Policy
) -> Followed:
    since = kept.restarted_at if kept else None
    grant = in_force(over, kept.demoted_at if kept else None)
    signed = grant.granted_at if grant else None
    counted = [row for row in rows if _counts(row, since, signed)]
    terms = policy.terms(cell.action)
    return Followed(cell, grant, counted, earning.recomputed(_read(counted), terms), since)


def in_force(over: Iterable[Grant], demoted_at: datetime | None) -> Grant | None:
    """The closest valid grant under which a cell runs by itself; a demotion ends what was signed before it."""
    for grant in over:
        stands = demoted_at is None or grant.granted_at > demoted_at
        if stands and grants.is_valid(grant):
            return grant if Level(grant.level).runs_alone else None
    return None


def _counts(row: CellOutcome, since: datetime | None, signed: datetime | None) -> bool:
    """Decisions count from the last restart on, what ran from the signature on."""
    if since is not None and row.at <= since:
        return False
    return row.way == "decided" or signed is None or row.at >= signed


def _read(rows: Iterable[CellOutcome]) -> Iterator[Decided | Ran]:
    """As the rules take them: decisions first, as both stretches are counted by themselves."""
    for row in rows:
        if row.way == "decided":
            yield Decided(Label(row.label))
        elif row.drawn == Draw.UNIFORM:
            yield Ran(Label(row.label) if row.label else None, Draw.UNIFORM)


def _store(one: Followed, at: datetime) -> None:
    earned, kept = one.standing.earned, one.standing.kept
    CellStanding.objects.update_or_create(
        cell=one.cell,
        defaults={
            "kept": earned.kept,
            "failed": earned.failed,
            "e_value": earned.e_value,
            "proven_at": earned.proven_at,
            "drawn": kept.counted,
            "wrong": kept.failed,
            "waiting": kept.waiting,
            "fall_e_value": kept.e_value,
            "fallen_at": kept.fallen_at,
            "alarms": one.alarms,
            "followed_at": at,
        },
    )


def _answer(one: Followed, version_id: int, at: datetime) -> None:
    """Demote, offer, or take an offer back, as the evidence says."""
    cell = one.cell
    if one.grant is not None and one.standing.kept.fallen_at is not None:
        demotions.demote([cell.pk], why=_why(one), at=at)
        return
    if may_be_offered(one):
        offers.make(one.cell, one.standing.earned, since=one.begins or at, version_id=version_id, at=at)
    elif Offer.objects.filter(cell=cell, status=Offer.Status.OPEN).exists():
        demotions.withdraw(cell, why=_no_longer(one), at=at)
    if one.grant is not None and one.alarms >= MANY_ALARMS:
        _raise_alarm(one, one.grant, at)


def may_be_offered(one: Followed) -> bool:
    """It is proven, nothing is signed yet, and evidence counts for such a change at all."""
    cell = one.cell
    return (
        one.grant is None
        and one.standing.earned.is_offered
        and cell.agent.deactivated_at is None
        and not ceiling(action=cell.action, group=cell.field_group)
    )


def _why(one: Followed) -> str:
    kept = one.standing.kept
    return (
        f"{kept.failed} of {kept.counted} read afterwards were wrong. That speaks {kept.e_value:,.0f} to 1 against "
        f"{_share(kept.terms)} being right; {1 / kept.terms.demotion_alpha:,.0f} to 1 was enough."
    )


def _no_longer(one: Followed) -> str:
    if one.grant is not None:
        return "It was signed by hand."
    earned = one.standing.earned
    return f"{earned.kept} of {earned.counted} kept unchanged no longer prove {_share(earned.terms)}."


def _raise_alarm(one: Followed, grant: Grant, at: datetime) -> None:
    """Once per signature."""
    if not CellEvent.objects.filter(cell=one.cell, kind=Kind.ALARM, at__gt=grant.granted_at).exists():
        why = f"{one.alarms} automatic actions that chance had not drawn were put back, contested or typed over."
        demotions.note([one.cell], Kind.ALARM, why, at=at)


def _share(terms: Terms) -> str:
    return f"{terms.target * 100:g} %"
