"""What waits today: the first page of the inbox of each team."""

from __future__ import annotations

from datetime import timedelta

from crmgov.demo import book
from crmgov.demo.cast import CENTRAL
from crmgov.demo.voices import Say, Stage
from crmgov.records.models import Opportunity


def fill_north(stage: Stage) -> None:
    """Sara's morning. Halden comes first: escalated, strategic and worth more than the line; nothing older is due."""
    _halden(stage)
    _corvane(stage)
    _deals(stage)
    _companies(stage)
    _against_somebody(stage)
    _people(stage)


def fill_central(stage: Stage) -> None:
    clock = stage.clock
    stage["triage"].ask(
        book.ticket("Elbkai Terminals", "Positions arrive an hour late"),
        clock.ago(hours=5),
        Say("status", "waiting", 0.86, "ticket text", evidence="“We wait for your engineers since Friday.”"),
        reason="The customer says that the next step is ours.",
    )
    stage["renewals"].ask(
        book.account("Aurach Pharma"),
        clock.ago(hours=20),
        Say(
            "annual_value", "274000.00", 0.9, "Contract archive", evidence="Annex 2: EUR 274,000 from January"
        ),
        reason="The signed annex raises the yearly fee.",
    )
    stage["enrich"].ask(
        book.account("Oberwald Bank"),
        clock.ago(hours=9),
        Say("employees", 2050, 0.93, "firmdata", "Annual report, page 7"),
    )
    stage["pipeline"].ask(
        _largest_deal(CENTRAL),
        clock.ago(hours=26),
        Say("close_date", (clock.now + timedelta(days=75)).date(), 0.77, "meeting notes"),
        reason="Their board meets a month later than planned.",
    )
    stage["notes"].ask(
        book.account("Silberbach Clinics"),
        clock.ago(hours=7),
        Say("buying_timeline", "Decision in the second quarter, after the audit", 0.81, "mail"),
        reason="Their IT lead wrote that nothing is bought before the audit is through.",
    )
    stage["route"].ask(
        book.account("Morgenrot Solar"),
        clock.ago(hours=3),
        Say("owner", stage.cast["felix"].email, 0.88, "routing table"),
        Say("territory", "DACH Mid", 0.88, "routing table"),
        action="assign_owner",
        reason="They grew past 100 people; Felix has the fewest accounts in DACH Mid.",
    )
    stage["health"].ask(
        book.account("Kranich Aerospace"),
        clock.ago(hours=4),
        Say("churn_score", "0.7100", 0.91, "health-gbm-7", "Logins fell by half in a month"),
    )


def fill_west(stage: Stage) -> None:
    clock = stage.clock
    stage["route"].ask(
        book.account("Brightwater Foods"),
        clock.ago(hours=6),
        Say("owner", stage.cast["luis"].email, 0.79, "routing table"),
        action="assign_owner",
        reason="Luis owns the open opportunity there; the postcode belongs to France North.",
    )
    stage["pipeline"].ask(
        book.deal("Duero Rail Freight", "Fleet roll-out"),
        clock.ago(hours=10),
        Say("stage", "Negotiation", 0.84, "mail", evidence="“Please send the contract to our lawyers.”"),
        action="move_stage",
        reason="They asked for the contract, which is the step after a proposal.",
    )
    stage["renewals"].ask(
        book.account("Port-Aubin Maritime"),
        clock.ago(hours=30),
        Say("renewal_date", (clock.now + timedelta(days=96)).date(), 0.87, "Contract archive"),
        reason="The amendment of last month extends the term by 30 days.",
    )
    stage["enrich"].ask(
        book.account("Clairmont Assurances"),
        clock.ago(hours=2),
        Say("industry", "Insurance brokerage", 0.74, "firmdata", "Trade register entry"),
    )
    stage["notes"].ask(
        book.account("Montclar Aviation"),
        clock.ago(hours=12),
        Say("title", "Call about the two new sites", 0.8),
        Say("due_on", (clock.now + timedelta(days=4)).date()),
        Say("assignee", stage.cast["luis"].email),
        action="create_task",
        reason="Two sites more in the spring, and nobody has an appointment yet.",
    )


def _halden(stage: Stage) -> None:
    clock = stage.clock
    renewal = book.deal("Halden Marine Systems", "Fleet Plus renewal")
    stage["notes"].ask(
        renewal,
        clock.ago(hours=3, minutes=42),
        Say(
            "next_step",
            "Call Maya Lind on the outage report, then talk about terms",
            0.88,
            "mail of this morning",
            "She asks for the report before the terms",
            "“Before we sign anything I would like to understand what happened in the outage.”",
        ),
        Say(
            "close_date",
            renewal.close_date + timedelta(days=14) if renewal.close_date else None,
            0.74,
            "mail of this morning",
            "Two weeks for the report and a call",
        ),
        Say(
            "forecast_category",
            "best_case",
            0.71,
            "mail of this morning",
            "No longer certain while the outage is open",
        ),
        reason="Maya asked for terms and mentioned the outage twice. I put the report first and moved the date by "
        "two weeks. I am less sure about the forecast: she did not say that she will not sign.",
        facts={
            "account.annual_value": renewal.account.annual_value if renewal.account else None,
            "account.escalated": True,
        },
    )
    stage["notes"].ask(
        book.account("Halden Marine Systems"),
        clock.ago(hours=2),
        Say("title", "Call before the renewal", 0.76),
        Say("note", "Report first. Nothing renews before the call."),
        Say("due_on", (clock.now + timedelta(days=8)).date()),
        Say("assignee", stage.cast["priya"].email),
        action="create_task",
        reason="The renewal is in three weeks and no call is planned.",
    )


def _corvane(stage: Stage) -> None:
    """Routed by yesterday's 240 employees; the export of this morning says 1,150."""
    account, clock = book.account("Corvane Logistics"), stage.clock
    stage["route"].ask(
        account,
        clock.ago(hours=3),
        Say("owner", stage.cast["priya"].email, 0.82, "routing table", "Least loaded of three in EMEA Mid"),
        Say("territory", "EMEA Mid", 0.82, "routing table", "Rule 7: 200 to 999 employees"),
        action="assign_owner",
        reason="Corvane grew out of DACH Small last year. Jonas holds more accounts than Priya. The new site in "
        "Lyon is the reason for EMEA.",
        facts={"account.employees": 240},
    )
    stage["enrich"].ask(
        account,
        clock.ago(hours=6),
        Say("industry", "Contract logistics", 0.92, "firmdata", "Trade register entry"),
    )


def _deals(stage: Stage) -> None:
    clock = stage.clock
    stage["pipeline"].ask(
        book.deal("Lumenfield Energy", "Cold Chain for two more depots"),
        clock.ago(hours=4, minutes=30),
        Say(
            "stage",
            "Negotiation",
            0.87,
            "meeting note",
            "Volume and price are agreed",
            "“They accept the volume. Legal looks at the data processing terms; everything else is agreed.”",
        ),
        action="move_stage",
        reason="What is left is legal; by our own stages that is negotiation.",
    )
    ferries = book.account("Kelso Bay Ferries")
    stage["pipeline"].make(
        "opportunity",
        clock.ago(hours=8),
        Say("account", ferries, 0.69),
        Say("name", "Fleet pilot on two ferries", 0.69, "mail"),
        Say("amount", "18500.00", 0.62, "mail"),
        Say("currency", "GBP", 0.9),
        Say("stage", "Discovery", 0.75),
        reason="Their operations manager asked what two ferries would cost.",
    )


def _companies(stage: Stage) -> None:
    clock = stage.clock
    stage["enrich"].ask(
        book.account("Polder Freight"),
        clock.ago(hours=7),
        Say("employees", 310, 0.94, "firmdata", "Latest filing"),
    )
    stage["triage"].ask(
        book.ticket("Arbor & Vale Insurance", "Claims export fails"),
        clock.ago(hours=11),
        Say(
            "priority",
            "high",
            0.81,
            "ticket text",
            "Nothing can be settled meanwhile",
            "“We cannot settle without it.”",
        ),
        reason="A nightly job of theirs stands still, and they named the damage.",
    )
    stage["register"].ask(
        book.account("Quillstone Media"),
        clock.ago(hours=22),
        Say(
            "parent",
            book.account("Arbor & Vale Insurance"),
            0.55,
            "register",
            "Same director in both entries",
        ),
    )
    stage["enrich"].ask(
        book.account("Fjellvik Seafood"),
        clock.ago(hours=13),
        Say("employees", 356, 0.95, "firmdata", "Latest filing"),
    )
    stage["enrich"].ask(
        book.account("Osterlund Cold Storage"),
        clock.ago(hours=15),
        Say("domain", "osterlund-group.example", 0.96, "firmdata", "Linked from the home page"),
    )


def _against_somebody(stage: Stage) -> None:
    """What speaks against what a person said: a view, a hold, a contract read by an agent."""
    clock = stage.clock
    stage["health"].ask(
        book.account("Norrgard Timber"),
        clock.ago(hours=5),
        Say("churn_score", "0.6400", 0.93, "health-gbm-7", "Fewer logins than last month"),
    )
    stage["enrich"].ask(
        book.account("Brackenhurst Rail"),
        clock.ago(hours=6),
        Say("region", "United Kingdom and Ireland", 0.96, "firmdata"),
    )
    stage["renewals"].ask(
        book.account("Eiderdal Shipping"),
        clock.ago(hours=3),
        Say(
            "renewal_date",
            (clock.now + timedelta(days=377)).date(),
            0.9,
            "Contract archive",
            evidence="Framework agreement, section 9: twelve months from signature",
        ),
        reason="The framework was signed; the term starts again.",
    )


def _people(stage: Stage) -> None:
    clock = stage.clock
    kerr = book.contact("Imogen", "Kerr", "Vantry Robotics")
    stage["notes"].ask(
        kerr,
        clock.ago(hours=17),
        Say(
            "lifecycle",
            "mql" if kerr.lifecycle != "mql" else "lead",
            0.78,
            "form",
            evidence="“We have 64 people and twelve vans.”",
        ),
        reason="She is the founder and asked for a demo.",
    )
    for last_name, hours in (("Ekdahl", 23), ("Sand", 23.1)):
        first = "Johan" if last_name == "Ekdahl" else "Karin"
        stage["register"].ask(
            book.contact(first, last_name, "Skarholm Paper"),
            clock.ago(hours=hours),
            Say("title", "Head of logistics" if first == "Johan" else "Head of purchasing", 0.72, "register"),
            Say("phone", f"+46 8 5550 {4100 if first == 'Johan' else 4102}", 0.66, "register"),
        )
    stage["notes"].ask(
        book.account("Tessaly Health"),
        clock.ago(hours=5, minutes=20),
        Say("title", "Call Signe Holmgren about coming back", 0.74),
        Say("purpose", "win-back"),
        Say("due_on", (clock.now + timedelta(days=3)).date()),
        Say("assignee", stage.cast["priya"].email),
        action="create_task",
        reason="Their former champion has moved to a sister clinic and wrote to say hello.",
    )


def _largest_deal(team: str) -> Opportunity:
    """The open deal with the most at stake."""
    return Opportunity.objects.filter(team__name=team, stage__kind="open").order_by("-amount", "id")[0]
