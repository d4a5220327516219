"""The rare endings: blocked, shadowed, stale, cancelled, in conflict, asked twice, entered by hand."""

from __future__ import annotations

from datetime import datetime, timedelta

from approvals.models import Conflict, PauseSwitch, Suggestion
from approvals.services import conflicts, decisions, events, gate, pauses
from crmgov.demo import book
from crmgov.demo.exports import Exports
from crmgov.demo.voices import READING, Say, Stage
from crmgov.records.services import holds


def be_blocked(stage: Stage) -> None:
    """Each reason for which nothing is asked at all."""
    clock, enrich = stage.clock, stage["enrich"]
    timber = book.account("Norrgard Timber")
    stage["notes"].ask(
        timber, clock.ago(hours=40), Say("owner_view", "at_risk", 0.8, "mail"), reason="They sounded annoyed."
    )
    enrich.ask(timber, clock.ago(hours=39), Say("employees", "about 300", 0.92, "firmdata"))
    enrich.ask(
        timber, clock.ago(hours=38), Say("employees", 271, 0.22, "firmdata", "Guess from the parking lot")
    )
    # A figure of its contract archive, which the contract of enrichment does not name.
    enrich.ask(timber, clock.ago(hours=37), Say("annual_value", "88000.00", 0.9, "firmdata"))
    signage = book.account("Valmorel Signage")
    book.type_in(
        signage, {"archived_at": clock.ago(hours=36)}, stage.cast["ana"], clock.ago(hours=36), "closed down"
    )
    enrich.ask(signage, clock.ago(hours=35), Say("employees", 31, 0.93, "firmdata"))
    pauses.pause(
        scope=PauseSwitch.Scope.AGENT,
        target=enrich.agent.name,
        reason="firmdata sent last year's file again",
        user=stage.cast["ana"],
        at=clock.ago(hours=33),
    )
    enrich.ask(book.account("Tannberg Optics"), clock.ago(hours=32), Say("employees", 97, 0.94, "firmdata"))
    for pause in PauseSwitch.objects.filter(lifted_at=None):
        pauses.lift(pause_id=pause.pk, user=stage.cast["ana"], at=clock.ago(hours=31))


def watch_only(stage: Stage) -> None:
    """The lead agent at shadow: compared with what people do, never applied."""
    for number, (first, last, company) in enumerate(
        (("Imogen", "Kerr", "Vantry Robotics"), ("Rhys", "Tresham", "Quillstone Media"))
    ):
        contact = book.contact(first, last, company)
        stage["leads"].ask(
            contact,
            stage.clock.ago(hours=28 + number),
            Say("lead_score", str(61 + number), 0.7, "leads-xgb-3"),
        )


def be_entered_by_hand(stage: Stage) -> None:
    """At suggest a person opens the form; Luis corrects one value and ticks the other as checked."""
    clock = stage.clock
    delayed = book.account("Tejada Construction")
    asked = stage["renewals"].ask(
        delayed,
        clock.ago(days=2, hours=4),
        Say("renewal_date", (clock.now + timedelta(days=111)).date(), 0.85, "Contract archive"),
        Say("annual_value", "101500.00", 0.8, "Contract archive"),
    )
    values = {
        "renewal_date": (clock.now + timedelta(days=112)).date().isoformat(),
        "annual_value": "101500.00",
    }
    stage.save_form(asked, "luis", clock.ago(days=2), values, checked=["annual_value"])


def come_too_late(stage: Stage) -> None:
    """Approved, but the record moved on before it ran; and approved a minute before the owner asked for quiet."""
    clock, cast = stage.clock, stage.cast
    ribera = book.account("Ribera Alta Wines")
    asked = stage["notes"].ask(
        ribera, clock.ago(days=3, hours=4), Say("buying_timeline", "After the harvest", 0.8, "mail")
    )
    _approve_without_running(stage, asked, "camille", stage.clock.ago(days=3, hours=2))
    book.type_in(
        ribera,
        {"buying_timeline": "Next spring"},
        cast["luis"],
        clock.ago(days=3, hours=1, minutes=59),
        "told by phone",
    )
    stage.run(clock.ago(days=3, hours=1, minutes=58))
    solanes = book.account("Solanes Ceramics")
    asked = stage["notes"].ask(
        solanes, clock.ago(days=6), Say("buying_timeline", "This quarter", 0.7, "mail")
    )
    _approve_without_running(stage, asked, "camille", clock.ago(days=5, hours=20))
    hold = holds.place(
        account_id=solanes.pk,
        until=clock.now.date(),
        reason="Their kiln is down; leave them alone this week",
        user=cast["luis"],
        at=clock.ago(days=5, hours=19, minutes=59),
    )
    stage.run(clock.ago(days=5, hours=19, minutes=58))
    holds.lift(hold_id=hold.pk, user=cast["luis"], at=clock.ago(days=1))


def disagree(stage: Stage) -> None:
    """Two agents want different values; one such question is settled, one is open. One asks twice, one renews."""
    clock = stage.clock
    lifts = book.account("Sundmark Elevators")
    stage["enrich"].ask(
        lifts, clock.ago(hours=21.5), Say("employees", 455, 0.78, "firmdata", "Latest filing")
    )
    stage["register"].ask(
        lifts, clock.ago(hours=21), Say("employees", 472, 0.82, "register", "Register of October")
    )
    water = book.account("Wexcombe Water")
    stage["enrich"].ask(water, clock.ago(days=9), Say("employees", 1900, 0.8, "firmdata"))
    winner = stage["register"].ask(water, clock.ago(days=8), Say("employees", 1925, 0.84, "register"))
    settled = Conflict.objects.get(record_id=water.pk, status=Conflict.Status.OPEN)
    conflicts.settle(
        conflict_id=settled.pk,
        claim_id=settled.claims.get(suggestion=winner).pk,
        seen_digest=conflicts.digest_of(settled),
        user=stage.cast["jonas"],
        at=clock.ago(days=7),
        note="The register is newer.",
        shown_at=clock.ago(days=7, minutes=4),
    )
    dairy = book.account("Marrow Creek Dairy")
    for voice, hours in (("enrich", 18.0), ("register", 16.0)):
        stage[voice].ask(dairy, clock.ago(hours=hours), Say("industry", "Dairy", 0.72, voice, "Home page"))
    stage["enrich"].ask(
        book.account("Tamsin & Crewe Foods"),
        clock.ago(hours=30),
        Say("employees", 88, 0.71, "firmdata", "Web page"),
    )
    stage["enrich"].ask(
        book.account("Tamsin & Crewe Foods"),
        clock.ago(hours=14),
        Say("employees", 91, 0.77, "firmdata", "New filing"),
    )


def bring_conflicts(stage: Stage, exports: Exports) -> None:
    """The last export: Corvane has grown meanwhile, and on two values the old CRM and our people disagree."""
    clock = stage.clock
    for name, value in (("Marrow Creek Dairy", "34200.00"), ("Kestrel Grid Services", "66500.00")):
        owner = book.account(name).owner
        if owner is not None:
            book.type_in(
                book.account(name), {"annual_value": value}, owner, clock.ago(hours=27), "new price list"
            )
    at = clock.ago(hours=3, minutes=20)
    exports.take("accounts", [{"id": "A-1002", "employees": 1150}], at, name="crm-export-employees.csv")
    prices = [{"id": "A-1018", "annual_value": "35100.00"}, {"id": "A-1022", "annual_value": "61000.00"}]
    exports.take("accounts", prices, at, name="crm-export-prices.csv")
    events.take(at=clock.ago(hours=3, minutes=19))


def _approve_without_running(stage: Stage, asked: Suggestion, by: str, at: datetime) -> None:
    decisions.approve(
        suggestion_id=asked.pk,
        seen_digest=gate.digest_of(Suggestion.objects.get(pk=asked.pk), at=at),
        reviewer=stage.cast[by],
        at=at,
        shown_at=at - READING,
    )
