"""What agents proposed over the months and what became of it: ran by itself, approved, edited, rejected, put back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from random import Random

from approvals.models import Suggestion
from approvals.rules.vocabulary import Level
from approvals.services import executions
from crmgov.demo import book
from crmgov.demo.accounts import Company
from crmgov.demo.voices import CHARACTERS, Say, Stage, publish, sign
from crmgov.demo.words import NEXT_STEPS
from crmgov.records.models import Account, ChangeSet, Contact, Opportunity
from crmgov.records.services import reverts

REVIEWERS = {
    "Northern Europe": ("sara", "tom"),
    "Central Europe": ("mirjam", "tom"),
    "Western Europe": ("camille",),
}
REJECTIONS = (
    ("wrong_value", "That is the group, not the company."),
    ("bad_source", "The page it quotes is two years old."),
    ("bad_timing", "They are in the middle of a reorganization."),
    ("wrong_record", "This is the other site."),
)
NOTES_SAY = (
    "In the last call they asked for this, and nothing newer contradicts it.",
    "Two mails of this week say the same.",
    "The meeting note of Tuesday names it as the next thing to do.",
)


def set_policy(stage: Stage) -> None:
    """Version 2: what each workflow may do. Version 3: a tighter band for large accounts after a bad month."""
    cast, clock = stage.cast, stage.clock
    levels = [
        {"workflow": one.workflow, "level": one.policy.value, "agent": one.name, "version": "*",
         "review_due": (clock.now.date() + timedelta(days=40)).isoformat()}
        for one in CHARACTERS if one.policy is not Level.SUGGEST
    ]  # fmt: skip
    publish(
        change={"workflows": levels},
        rationale="Each agent gets the level we agreed on; whatever is not named stays at suggest.",
        drafted_by=cast["daniel"],
        published_by=cast["ana"],
        at=clock.ago(days=401),
    )


def tighten_policy(stage: Stage) -> None:
    clock = stage.clock
    bands = [
        {"workflow": "*", "action": "*", "group": "*", "segment": "*", "auto": 0.90, "floor": 0.40},
        {"workflow": "*", "action": "*", "group": "firmographics", "segment": "enterprise", "auto": 0.95, "floor": 0.5},
    ]  # fmt: skip
    watched = [
        {"name": "large_head_counts", "verdict": "queue", "mode": "monitor",
         "expression": 'items.exists(one, one.field == "employees" && one.proposed >= 250)',
         "sentence": "Head counts of larger companies are often those of their group."},
    ]  # fmt: skip
    publish(
        change={"bands": bands, "custom_rules": watched},
        rationale="Group figures were taken for company figures at large accounts: 0.95 there from now on.",
        drafted_by=stage.cast["ana"],
        published_by=stage.cast["daniel"],
        at=clock.ago(days=62),
    )


def prove_worth(stage: Stage) -> None:
    """A first proposal of each agent that runs alone, decided by a person; then Ana signs."""
    clock = stage.clock
    first = book.account("Steinfurt Glas")
    asked = stage["enrich"].ask(
        first, clock.ago(days=398), Say("employees", 325, 0.93, "firmdata", "Latest filing: 325")
    )
    stage.approve(asked, "mirjam", clock.ago(days=397))
    asked = stage["health"].ask(
        first,
        clock.ago(days=397),
        Say("churn_score", "0.2100", 0.92, "health-gbm-7", "Steady use, no open ticket"),
    )
    stage.approve(asked, "mirjam", clock.ago(days=396))
    sign(stage, "enrich", "firmographics", "Two months of shadow runs, 96 of 100 kept", clock.ago(days=390))
    sign(stage, "health", "scores", "Scores change nothing a customer sees", clock.ago(days=389))


def fill_gaps(everybody: list[Company], stage: Stage, rng: Random) -> None:
    """Enrichment over the months, accounts first: most of it runs by itself, the rest waits for a person."""
    days = iter(sorted((rng.randrange(70, 380) for _ in everybody), reverse=True))
    for company in everybody:
        account = book.account(company.name)
        items = list(_gaps(company, account, rng))
        if items and company.lifecycle != "churned":
            _enrich(stage, account, items, next(days), rng)


def fill_phone_book(stage: Stage, rng: Random) -> None:
    """The same for people, under the tighter policy; the last ones of this week."""
    people = Contact.objects.filter(account__isnull=False, phone="").exclude(title="").order_by("email")
    days = iter(sorted((rng.randrange(3, 58) for _ in range(18)), reverse=True))
    for contact in list(people)[:18]:
        number = f"+49 30 5550 {rng.randrange(1000, 9999)}"
        said = Say("phone", number, 0.9 + rng.random() / 20, "firmdata", "Listed on the contact page")
        _enrich(stage, contact, [said], next(days), rng)


def talk_on(stage: Stage, rng: Random) -> None:
    """The notes agent on next steps: approved, edited and approved, or rejected."""
    deals = (
        Opportunity.objects.filter(stage__kind="open")
        .select_related("account", "team")
        .order_by("name", "id")
    )
    told = {"Fleet Plus renewal", "Warehouse roll-out", "Cold Chain for two more depots"}
    for deal in [one for one in deals if one.name not in told][:14]:
        at = stage.clock.office(rng, rng.randrange(4, 18))
        step = rng.choice([one for one in NEXT_STEPS if one != deal.next_step])
        said = Say("next_step", step, 0.8 + rng.random() / 8, "notes", evidence=rng.choice(NOTES_SAY))
        asked = stage["notes"].ask(deal, at, said, reason=rng.choice(NOTES_SAY))
        _decide(stage, asked, rng, edited={"next_step": f"{step} with their CFO"})


def keep_and_put_back(stage: Stage) -> None:
    """Halden's employees were approved; Skarholm's ran by itself, and Priya put it back."""
    clock, enrich = stage.clock, stage["enrich"]
    asked = enrich.ask(
        book.account("Halden Marine Systems"),
        clock.ago(days=212),
        Say("employees", 420, 0.91, "firmdata", "Company filing of the spring"),
        Say("industry", "Marine telematics and navigation", 0.83, "firmdata"),
    )
    stage.approve(
        asked, "tom", clock.ago(days=211), taken=["employees"], note="The industry was right before."
    )
    skarholm = book.account("Skarholm Paper")
    asked = enrich.ask(
        skarholm, clock.ago(days=4), Say("employees", 5100, 0.94, "firmdata", "Group figure of the parent")
    )
    stage.run(clock.ago(days=4))
    written = ChangeSet.objects.get(suggestion_id=asked.pk)
    reverts.revert(
        change_set_id=written.pk,
        user=stage.cast["priya"],
        reason="5,100 is the whole group; this account is the mill in Skarholm",
        at=clock.ago(days=3, hours=2),
    )


def _gaps(company: Company, account: Account, rng: Random) -> Iterator[Say]:
    sure = 0.9 + rng.random() / 20
    if not account.industry:
        yield Say("industry", company.industry, sure, "firmdata", "Trade register entry")
    if account.employees is None:
        yield Say("employees", company.employees, sure, "firmdata", "Latest filing")
    if not account.region:
        yield Say("region", company.place.region, sure, "firmdata", "Address of the head office")
    elif rng.random() < 0.35 and account.employees:
        grown = round(account.employees * (1.04 + rng.random() / 10))
        yield Say("employees", grown, sure - (0.15 if rng.random() < 0.3 else 0), "firmdata", "Latest filing")


def _enrich(stage: Stage, record: Account | Contact, items: list[Say], days: int, rng: Random) -> None:
    asked = stage["enrich"].ask(record, stage.clock.office(rng, days), *items)
    if asked.status == Suggestion.Status.APPROVED:
        executions.run(execution_id=asked.decision.execution.pk, at=asked.made_at + timedelta(seconds=4))
    elif asked.status == Suggestion.Status.QUEUED:
        _decide(stage, asked, rng)


def _decide(stage: Stage, asked: Suggestion, rng: Random, edited: dict[str, str] | None = None) -> None:
    """Nine of ten are approved, as a good agent's are."""
    team = asked.team.name if asked.team else "Northern Europe"
    by = rng.choice(REVIEWERS[team])
    at = min(asked.made_at + timedelta(minutes=rng.randrange(12, 900)), stage.clock.ago(hours=30))
    draw = rng.random()
    if draw < 0.12:
        stage.reject(asked, by, at, *rng.choice(REJECTIONS))
    elif draw < 0.26 and edited:
        stage.approve(asked, by, at, edits=edited)
    else:
        stage.approve(asked, by, at)
