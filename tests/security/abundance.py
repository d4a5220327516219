"""Much of everything of team North, each made as the product makes it: what a crawler of another team may try."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.db.models import Model, QuerySet
from django.urls import reverse

from approvals.models import (
    Agent,
    AgentKey,
    AuditSample,
    Bulk,
    Cell,
    Conflict,
    Decision,
    Execution,
    Experiment,
    Grant,
    MessageTemplate,
    Offer,
    PauseSwitch,
    PolicyDraft,
    Run,
    SavedView,
    StandingApproval,
    Suggestion,
    Workflow,
    WorkflowFailure,
)
from approvals.services import bulks, undoing
from crmgov.people.models import Absence
from crmgov.records.models import (
    Account,
    ChangeSet,
    Contact,
    Hold,
    Import,
    ImportFile,
    ImportRevert,
    ImportRun,
    Opportunity,
    Suppression,
    Task,
    Ticket,
)
from crmgov.records.services import consents_by_hand, holds, owner_views, tasks
from scoring.models import TrainedModel
from tests.decisions import scene
from tests.on_the_way import verbs
from tests.security import routes
from tests.security.world import World
from tests.world import NOW, a_contact, a_ticket, an_account, an_opportunity, change

# No row has these.
NOBODYS_UUID, NOBODYS_NUMBER = UUID("01900000-0000-7000-8000-000000000000"), 987_654
FIRMS = (
    "Ostrava Glassworks",
    "Brenner Cold Chain",
    "Tallinn Ferries",
    "Aare Instruments",
    "Visby Shipyard",
    "Maas Cranes",
)

# Whose rows an address names, by the word `routes.ARGUMENTS` has for them.
MODELS: dict[str, type[Model]] = {
    "account": Account, "contact": Contact, "opportunity": Opportunity, "ticket": Ticket, "task": Task,
    "change_set": ChangeSet, "hold": Hold, "absence": Absence, "saved_view": SavedView, "bulk": Bulk,
    "conflict": Conflict, "pause": PauseSwitch, "agent": Agent, "key": AgentKey, "grant": Grant,
    "draft": Suggestion, "form": Suggestion, "decided": Suggestion, "done": Suggestion, "looked": Suggestion,
    "message": Suggestion, "by_hand": Suggestion, "template": MessageTemplate, "standing": StandingApproval,
    "execution": Execution, "alone": Execution, "sent": Execution, "policy_draft": PolicyDraft,
    "workflow": Workflow, "experiment": Experiment, "run": Run, "workflow_failure": WorkflowFailure,
    "model": TrainedModel, "sample": AuditSample, "cell": Cell, "offer": Offer,
    "suppression": Suppression,
    "import": Import, "import_file": ImportFile, "import_step": ImportRun, "import_revert": ImportRevert,
}  # fmt: skip


def fill(world: World) -> None:
    """Records with all that hangs on them, and suggestions in every state a verb leaves them in."""
    sara, owner = world.people["reviewer"], world.people["owner"]
    asked = []
    for place, name in enumerate(FIRMS):
        about = scene.account(name, owner=owner.pk, domain=f"firm{place}.example")
        _hang_on(about, world)
        asked.append(scene.propose(about, employees=300 + place))
    question, pause, alarm, held, refused, taken = asked
    verbs.ask(question, sara)
    verbs.snooze(pause, sara, hours=24 * 20)
    verbs.escalate(alarm, sara)
    verbs.claim(held, sara)
    scene.reject(refused, sara)
    scene.approve(taken, sara)
    undoing.take_back(suggestion_id=taken.pk, user=sara, at=scene.LATER)
    alike = [scene.propose(scene.account(f"Quay {n}", owner=owner.pk), employees=40 + n) for n in range(3)]
    bulks.decide(
        user=sara,
        kind=Bulk.Kind.APPROVE,
        seen={one.pk: scene.digest(one) for one in alike},
        sample=[],
        looked_at=[],
        at=scene.LATER,
        shown_at=NOW,
    )


def _hang_on(about: Account, world: World) -> None:
    owner = world.people["owner"]
    place = FIRMS.index(about.name)
    contact = a_contact(
        f"Nyberg {place}", account=about.pk, owner=owner.pk, email=f"maya@firm{place}.example"
    )
    an_opportunity(f"{about.name} renewal", account=about.pk, owner=owner.pk, amount="9000", currency="EUR")
    a_ticket(f"{about.name} cannot sign in", account=about.pk)
    tasks.create(title=f"Call {about.name}", about=("account", about.pk), user=owner, at=NOW)
    change("account", about.pk, region="Nordics")
    owner_views.give(account_id=about.pk, view="healthy", note="They renew.", user=owner, at=NOW)
    consents_by_hand.take_down(
        contact_id=contact.pk,
        user=owner,
        channel="email",
        purpose="newsletter",
        state="opted_out",
        evidence="",
        at=NOW,
    )
    if not place:
        quiet = an_account("Kolding Foods", team=about.team_id, owner=owner.pk)
        until = (NOW + timedelta(days=200)).date()
        holds.place(account_id=quiet.pk, until=until, reason="Renewal talks.", user=owner, at=NOW)


def addresses(world: World) -> dict[str, tuple[str, str]]:
    """Every address that names one thing of the team: its route, and the same address about nothing.

    What has two things in its address takes the world's own second one.
    """
    found: dict[str, tuple[str, str]] = {}
    for name, arguments in routes.ARGUMENTS.items():
        if not name.startswith("approvals:"):
            continue
        first, *rest = arguments.items()
        more = {key: world.ids[kind] for key, kind in rest}
        for thing in _things(first[1]):
            nothing = NOBODYS_UUID if isinstance(thing.pk, UUID) else NOBODYS_NUMBER
            url = reverse(name, kwargs={first[0]: thing.pk, **more})
            found[url] = name, reverse(name, kwargs={first[0]: nothing, **more})
    return found


def _things(kind: str) -> QuerySet[Model]:
    """Every row of the kind; what names a decision, or a second look at one, has one of those that have it."""
    if kind == "decided":
        return Suggestion.objects.filter(pk__in=Decision.objects.values("suggestion"))
    if kind == "looked":
        return Suggestion.objects.filter(decision__second_look__isnull=False)
    if kind == "sent":
        return Execution.objects.filter(suggestion__message__isnull=False)
    if kind in ("message", "by_hand"):
        return Suggestion.objects.filter(action="send_message")
    return MODELS[kind]._default_manager.all()
