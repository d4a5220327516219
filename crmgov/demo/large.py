"""A company of any size, for benchmarks: through the door, block by block, told by dice.

To a hundred accounts six hundred contacts, two hundred deals, three hundred tickets and two hundred activities; the
small demo company tells more of each account and has decisions, agents and conflicts as well.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from django.db import transaction

from crmgov.demo import cast, reference
from crmgov.demo.accounts import slug
from crmgov.demo.clock import STORY_DAYS, Clock
from crmgov.demo.deals import FORECASTS
from crmgov.demo.exports import Exports
from crmgov.demo.words import DEALS, PLACES, PRODUCTS, TICKETS, TITLES, Place
from crmgov.kernel.ids import new_id
from crmgov.kernel.refusals import Invalid
from crmgov.people.models import Role, Team, User
from crmgov.records.models import Account, AuthorityKind
from crmgov.records.services import changes
from crmgov.records.services.changes import Edit, NewChangeSet, Patch
from crmgov.records.services.edits import person

Say = Callable[[str], None]
CONTACTS, DEALS_EACH, TICKETS_EACH, ACTIVITIES = 6, 2, 3, 2
# Accounts per transaction, with all that hangs on them: some 24,000 records.
BLOCK = 2_000
SOURCE = "large company"
TREES = (
    "Alder",
    "Birch",
    "Cedar",
    "Dogwood",
    "Elm",
    "Fir",
    "Ginkgo",
    "Hazel",
    "Ironwood",
    "Juniper",
    "Larch",
    "Maple",
)
TRADES = (
    "Freight",
    "Foods",
    "Energy",
    "Health",
    "Marine",
    "Media",
    "Paper",
    "Rail",
    "Robotics",
    "Timber",
    "Works",
)
SEGMENT_OF = (("small", 70, 5, 60), ("mid", 25, 60, 900), ("enterprise", 5, 900, 40_000))
WHO = ("customer", "customer", "customer", "opportunity", "lead", "churned")


class NobodyLoads(Invalid):
    """There is no active admin who could answer for the records. Make one first."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What the records stand on: who answers for them, who owns them, in which team, as of when."""

    admin: User
    owners: list[tuple[User, Team]]
    clock: Clock


def load(*, accounts: int, at: datetime, seed: int, say: Say) -> None:
    """Add `accounts` accounts with what hangs on them. People and names come first where there are none."""
    if not User.objects.exists():
        cast.hire()
    admin = User.objects.filter(role=Role.ADMIN, is_active=True).order_by("pk").first()
    if admin is None:
        raise NobodyLoads
    ground = Ground(admin, _owners(), Clock(at))
    with tempfile.TemporaryDirectory(prefix="crmgov-demo-") as folder:
        exports = Exports(Path(folder), admin)
        reference.lay(exports, ground.clock)
        say("people, teams and names")
        began, records, first = time.monotonic(), 0, Account.objects.count() + 1
        for start in range(0, accounts, BLOCK):
            count = min(BLOCK, accounts - start)
            rng = Random(f"{seed}/{start}")  # noqa: S311 (a story, not a secret)
            records += _block(ground, exports, rng, range(first + start, first + start + count))
            rate = records / (time.monotonic() - began)
            say(f"{start + count:,} of {accounts:,} accounts, {records:,} records, {rate:,.0f} a second")


def _owners() -> list[tuple[User, Team]]:
    managers = User.objects.filter(role=Role.ACCOUNT_MANAGER, is_active=True).prefetch_related("teams")
    return [(user, team) for user in managers.order_by("pk") for team in user.teams.all()]


def _block(ground: Ground, exports: Exports, rng: Random, numbers: range) -> int:
    """Write some accounts and all that hangs on them in one transaction; return how many records and activities."""
    new = NewChangeSet(
        actor=person(ground.admin),
        authority=AuthorityKind.HAND_EDIT,
        authority_id=str(ground.admin.pk),
        authority_label=f"Made for benchmarks by {ground.admin}"[:200],
    )
    patches: list[Patch] = []
    happened: list[dict[str, Any]] = []
    for number in numbers:
        company = _Company(ground, rng, number)
        patches += [
            Patch(new.id, kind, key, _edits(values), creates=True) for kind, key, values in company.records()
        ]
        happened += company.activities()
    with transaction.atomic():
        outcome = changes.apply(change_sets=[new], patches=patches, at=ground.clock.now)
    if outcome.refused:
        raise RuntimeError(f"The door refused {outcome.refused[0].patch}: {outcome.refused[0].say}")
    exports.take("activities", happened, ground.clock.now, name=f"activities-{numbers[0]}.csv")
    return len(patches) + len(happened)


def _edits(values: dict[str, Any]) -> tuple[Edit, ...]:
    return tuple(Edit(name, None, value, SOURCE) for name, value in values.items() if value is not None)


class _Company:
    """One account and what hangs on it, in the types of the columns."""

    def __init__(self, ground: Ground, rng: Random, number: int) -> None:
        self.ground, self.rng, self.key, self.number = ground, rng, new_id(), number
        self.name = f"{rng.choice(TREES)} {rng.choice(TRADES)} {number}"
        self.domain = f"{slug(self.name)}.example"
        self.place: Place = rng.choice(list(PLACES.values()))
        self.segment, _, low, high = rng.choices(SEGMENT_OF, [weight for _, weight, _, _ in SEGMENT_OF])[0]
        self.employees = rng.randrange(low, high)
        self.lifecycle = rng.choice(WHO)
        self.people = [new_id() for _ in range(CONTACTS)]

    def records(self) -> Iterator[tuple[str, UUID, dict[str, Any]]]:
        yield "account", self.key, self._account()
        for place, key in enumerate(self.people):
            yield "contact", key, self._contact(place)
        for _ in range(DEALS_EACH):
            yield "opportunity", new_id(), self._deal()
        for _ in range(TICKETS_EACH):
            yield "ticket", new_id(), self._ticket()

    def activities(self) -> Iterator[dict[str, Any]]:
        for place in range(ACTIVITIES):
            subject, product, _ = self.rng.choice(TICKETS)
            yield {
                "id": f"L-{self.number}/{place}",
                "account": self.name,
                "kind": self.rng.choice(("mail_in", "mail_out", "call", "meeting", "note")),
                "occurred_at": self._moment(STORY_DAYS).isoformat(),
                "subject": f"{product}: {subject}",
            }

    def _account(self) -> dict[str, Any]:
        rng, owned = self.rng, bool(self.ground.owners)
        owner, team = rng.choice(self.ground.owners) if owned else (None, None)
        customer = self.lifecycle in {"customer", "churned"}
        today = self.ground.clock.now.date()
        return {
            "name": self.name,
            "domain": self.domain,
            "industry": self.name.split()[1],
            "segment": self.segment,
            "employees": self.employees,
            "annual_value": Decimal(self.employees * rng.randrange(40, 400)) if customer else None,
            "currency": "EUR" if customer else None,
            "region": self.place.region,
            "owner": owner.pk if owner else None,
            "team": team.pk if team else None,
            "lifecycle": self.lifecycle,
            "renewal_date": today + timedelta(days=rng.randrange(5, 365)) if customer else None,
        }

    def _contact(self, place: int) -> dict[str, Any]:
        rng = self.rng
        first, last = rng.choice(self.place.first_names), rng.choice(self.place.last_names)
        return {
            "account": str(self.key),
            "first_name": first,
            "last_name": last,
            "email": f"{slug(first)}.{slug(last)}.{place}@{self.domain}",
            "title": rng.choice(TITLES[self.segment]),
            "language": self.place.language,
            "lifecycle": "customer" if self.lifecycle == "customer" else "lead",
        }

    def _deal(self) -> dict[str, Any]:
        rng = self.rng
        product, stage = rng.choice(PRODUCTS)[0], rng.choice((*FORECASTS, "Won", "Won", "Lost"))
        days = rng.randrange(5, 120) if stage in FORECASTS else -rng.randrange(5, STORY_DAYS)
        return {
            "account": str(self.key),
            "name": rng.choice(DEALS).format(product=product),
            "stage": stage,
            "amount": Decimal(rng.randrange(20, 3_000) * 100),
            "currency": "EUR",
            "close_date": self.ground.clock.now.date() + timedelta(days=days),
            "forecast_category": FORECASTS.get(stage, "closed" if stage == "Won" else "omitted"),
            "product": product,
        }

    def _ticket(self) -> dict[str, Any]:
        subject, product, priority = self.rng.choice(TICKETS)
        opened = self._moment(STORY_DAYS)
        is_open = self.rng.random() < 0.1
        closed = min(opened + timedelta(hours=self.rng.randrange(2, 90)), self.ground.clock.now)
        return {
            "account": str(self.key),
            "contact": str(self.rng.choice(self.people)),
            "subject": subject,
            "product": product,
            "status": "open" if is_open else "closed",
            "priority": priority,
            "opened_at": opened,
            "resolved_at": None if is_open else closed,
        }

    def _moment(self, days: int) -> datetime:
        return self.ground.clock.ago(minutes=self.rng.randrange(60, days * 24 * 60))
