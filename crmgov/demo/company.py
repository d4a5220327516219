"""The whole story, in the order in which it happened."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from random import Random

from approvals.services import regating
from crmgov.demo import (
    accounts,
    alone,
    cast,
    contacts,
    contracts,
    corners,
    deals,
    hands,
    history,
    inbox,
    letters,
    ours,
    precedents,
    reference,
    support,
    timeline,
    voices,
)
from crmgov.demo.clock import Clock
from crmgov.demo.exports import Exports, Row
from crmgov.demo.voices import Stage
from scoring.services import baseline

Say = Callable[[str], None]
SEED = 7
# Every import is a transaction of its own; a quarter apart keeps loading short.
EVERY_DAYS = 90


def load(*, at: datetime, seed: int = SEED, say: Say) -> None:
    """Fill an empty database with the demo company as of `at`."""
    clock = Clock(at)
    people = cast.hire()
    say("people and teams")
    with tempfile.TemporaryDirectory(prefix="crmgov-demo-") as folder:
        exports = Exports(Path(folder), people["ana"])
        reference.lay(exports, clock)
        world = World(exports, clock, seed)
        world.bring(until=clock.ago(days=6))
        stage = _live(world, people, clock, seed)
        say("what people typed and agents proposed over the months")
        world.bring(until=clock.ago(hours=4))
        _today(stage, exports)
        say("what waits today")
        say(", ".join(f"{count} {name}" for name, count in exports.imported.items()))


def _live(world: World, people: cast.Cast, clock: Clock, seed: int) -> Stage:
    """Eighteen months of hand edits and proposals, up to a few days ago."""
    hands.put_contracts_right(world.companies, people, clock, _dice(seed, "contracts"))
    hands.know_better(people, clock)
    hands.hear_consents(people, clock, _dice(seed, "consents"))
    stage = voices.register(people, clock)
    history.set_policy(stage)
    history.prove_worth(stage)
    history.fill_gaps(world.companies, stage, _dice(seed, "gaps"))
    hands.hand_over(people, clock)
    cast.let_go(people)
    history.tighten_policy(stage)
    contracts.sign(stage)
    ours.begin_early(people, clock)
    contracts.widen(stage)
    contracts.name_stewards(stage)
    history.fill_phone_book(stage, _dice(seed, "phone book"))
    history.talk_on(stage, _dice(seed, "talk"))
    history.keep_and_put_back(stage)
    hands.judge(people, clock)
    return stage


def _today(stage: Stage, exports: Exports) -> None:
    """The last days: escalations, rare endings, and what waits in each inbox."""
    people, clock = stage.cast, stage.clock
    corners.come_too_late(stage)
    hands.escalate(people, clock)
    hands.keep_away(people, clock)
    hands.plan_tasks(people, clock)
    cast.plan_absence(people, clock.now)
    corners.be_entered_by_hand(stage)
    corners.be_blocked(stage)
    corners.watch_only(stage)
    precedents.come_up_again(stage)
    corners.disagree(stage)
    corners.bring_conflicts(stage, exports)
    cast.seat(people)
    inbox.fill_north(stage)
    inbox.fill_central(stage)
    inbox.fill_west(stage)
    alone.run_this_week(stage)
    letters.be_kept_in(stage)
    ours.work(people, clock)
    regating.follow_people(at=clock.now)
    baseline.refresh(at=clock.now)


class World:
    """Everything the old CRM will export. Each kind has its own dice, so that one more of these moves no other."""

    def __init__(self, exports: Exports, clock: Clock, seed: int) -> None:
        self.exports, self.clock = exports, clock
        self.companies = accounts.companies()
        self.people = contacts.people(self.companies, _dice(seed, "people"))
        self.deals = deals.deals(self.companies, clock, _dice(seed, "deals"))
        self.cases = support.cases(self.companies, self.people, clock, _dice(seed, "support"))
        by_id = {company.external_id: company for company in self.companies}
        self.waiting: dict[str, list[Row]] = {
            "accounts": accounts.rows(self.companies, clock, _dice(seed, "accounts")),
            "contacts": contacts.rows(self.people, by_id, _dice(seed, "contacts")),
            "opportunities": [deal.row for deal in self.deals],
            "buying_roles": deals.roles(self.deals, self.people, _dice(seed, "roles")),
            "tickets": [case.row for case in self.cases],
            "activities": [
                *timeline.rows(self.companies, self.people, self.deals, clock, _dice(seed, "timeline")),
                *timeline.first_words(self.people, clock, _dice(seed, "first words")),
            ],
        }
        opened = {deal.external_id: deal.opened_at for deal in self.deals}
        self.since: dict[str, Callable[[Row], datetime]] = {
            "accounts": lambda row: clock.start,
            "contacts": lambda row: clock.start,
            "opportunities": lambda row: opened[row["id"]],
            "buying_roles": lambda row: opened[row["opportunity"]],
            "tickets": lambda row: row["opened_at"],
            "activities": lambda row: row["occurred_at"],
        }

    def bring(self, *, until: datetime) -> None:
        """Import, night by night, what came up to then and is not here yet; the last file at `until` itself."""
        for night in [*self.clock.nights(EVERY_DAYS), until]:
            if night <= until:
                for objects in self.waiting:
                    self._bring(objects, night)

    def _bring(self, objects: str, night: datetime) -> None:
        came = [row for row in self.waiting[objects] if self.since[objects](row) <= night]
        self.waiting[objects] = [row for row in self.waiting[objects] if self.since[objects](row) > night]
        self.exports.take(objects, came, night)


def _dice(seed: int, what: str) -> Random:
    return Random(f"{seed}/{what}")  # noqa: S311 (a story, not a secret)
