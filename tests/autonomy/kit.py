"""A cell on its way: suggestions posted, decided one by one, executed, told and followed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from approvals.models import AuditSample, Cell, CellEvent, CellStanding, Execution, Grant, Offer, Suggestion
from approvals.rules.earning import Terms
from approvals.rules.policy import TargetLine
from approvals.rules.vocabulary import Level
from approvals.services import audits, autonomy, offers, outcomes
from crmgov.people.models import User
from crmgov.records.models import Account
from tests.decisions import scene
from tests.world import NOW

# Where mistakes are allowed this often, 80 % is proven by eight in a row and taken back by three wrong ones.
TARGET, ENOUGH, TOO_MANY = 0.8, 8, 3
EASY = Terms(target=TARGET, alpha=0.4, demotion_alpha=0.3)
MUCH_LATER = scene.LATER + timedelta(hours=1)
SOON = MUCH_LATER + timedelta(minutes=2)
_number = count(1)


def begin(*, level: Level = Level.EXECUTE, **changes: Any) -> None:
    scene.publish(level=level, targets=(TargetLine("set_fields", TARGET),), **changes)
    # Until one was decided, an agent's confidence counts nothing, and that would hold the first one too.
    warm = propose()
    scene.approve(warm, scene.reviewer())
    scene.run(warm)


def propose(*, at: datetime = NOW, name: str = "") -> Suggestion:
    """One more suggestion of the same cell, about an account of its own."""
    about = scene.account(name or f"Firm {next(_number)}")
    return scene.propose(about, level="execute", at=at, employees=241)


def kept(many: int) -> list[Suggestion]:
    """So many of them are decided one by one and kept."""
    made = [propose() for _ in range(many)]
    for one in made:
        scene.approve(one, scene.reviewer())
    return made


def follow(at: datetime = MUCH_LATER) -> None:
    """The clock comes by."""
    outcomes.take(at=at)
    autonomy.follow(at=at)


def cell() -> Cell:
    return Cell.objects.get(field_group="firmographics")


def standing() -> CellStanding:
    return CellStanding.objects.get(cell=cell())


def open_offer() -> Offer:
    return Offer.objects.get(status=Offer.Status.OPEN)


def promoted() -> Grant:
    """As many kept as it takes, offered, and signed by Ana."""
    kept(ENOUGH)
    follow()
    return offers.sign(offer_id=open_offer().pk, user=scene.admin(), at=MUCH_LATER)


def run_alone(many: int, *, at: datetime = MUCH_LATER + timedelta(minutes=1)) -> list[Execution]:
    """So many run by themselves."""
    done = []
    for _ in range(many):
        asked = propose(at=at)
        assert asked.status == "approved", asked.rules
        done.append(scene.run(asked, at=at))
    return done


def events() -> Sequence[str]:
    return list(CellEvent.objects.order_by("id").values_list("kind", flat=True))


def sample_of(execution: Execution) -> AuditSample:
    return AuditSample.objects.get(execution=execution)


def the_account(asked: Suggestion) -> Account:
    assert asked.record_id is not None
    return Account.objects.get(pk=asked.record_id)


def found_wrong(execution: Execution, by: User) -> audits.Read:
    return audits.wrong(sample_id=sample_of(execution).pk, user=by, at=SOON, reason="Not their size.")
