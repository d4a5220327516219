"""One thing of everything, in team North; and eight principals who stand differently to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

from django.db import transaction
from django.utils import timezone

from approvals.models import (
    AuditSample,
    Bulk,
    Cell,
    Conflict,
    Execution,
    MessageTemplate,
    Offer,
    Run,
    SecondLook,
    Suggestion,
    Workflow,
    WorkflowFailure,
)
from approvals.rules.custom_rules import CustomRule
from approvals.rules.earning import Earned, Terms
from approvals.rules.vocabulary import Level
from approvals.services import (
    agents,
    autonomy,
    experiments,
    gate,
    offers,
    outcomes,
    pauses,
    policies,
    queues,
    replays,
    saved_views,
    sending,
    workflows_built_in,
)
from approvals.workflows.letters import WELCOME
from approvals.workflows.trial_sequence import TrialSequence
from crmgov.people.models import Role, User
from crmgov.people.services import absences
from crmgov.records.models import Account, ChangeSet, ImportRevert
from crmgov.records.services import edits, holds, import_choices, import_files, suppressions, tasks
from tests.decisions import scene
from tests.intake.kit import a_key
from tests.messages import scene as messages
from tests.messages.ways import BROKE, Way
from tests.models_pages import kit as models_kit
from tests.world import NOW, a_contact, a_team, a_ticket, a_user, an_account, an_opportunity

PRINCIPALS = (
    "anonymous",
    "reviewer",
    "reviewer of another team",
    "owner",
    "colleague",
    "admin",
    "auditor",
    "agent key",
)


@dataclass(slots=True)
class World:
    """`people` by principal, `ids` for the addresses, `secret` of the agent's key, `seen` the digests on screen."""

    people: dict[str, User] = field(default_factory=dict)
    ids: dict[str, Any] = field(default_factory=dict)
    secret: str = ""
    seen: dict[str, str] = field(default_factory=dict)


def build() -> World:
    world = World()
    _people(world)
    account = _records(world)
    _questions(world, account)
    _messages(world)
    _experiment(world)
    world.ids["model"] = models_kit.a_model().pk
    _switches(world, account)
    _import(world)
    _views(world)
    _draft(world)
    _sending(world)
    # What became of the closed ones, as the clock tells it: the studio has something to show.
    outcomes.take(at=NOW)
    return world


def _people(world: World) -> None:
    north, south = a_team("North"), a_team("South")
    world.people = {
        "reviewer": scene.reviewer(),
        "reviewer of another team": a_user("Camille Roux", Role.REVIEWER, south),
        "owner": a_user("Priya Nair", Role.ACCOUNT_MANAGER, north),
        "colleague": a_user("Jonas Weber", Role.ACCOUNT_MANAGER, north),
        "admin": scene.admin(),
        "auditor": a_user("Ines Falk", Role.AUDITOR),
    }
    queues.ensure_for_team(south)


def _records(world: World) -> Account:
    owner = world.people["owner"]
    account = scene.account("Halden Marine Systems", owner=owner.pk, domain="halden.example")
    contact = a_contact(account=account.pk, email="maya@halden.example", title="Head of fleet")
    deal = an_opportunity(account=account.pk, amount="184000", currency="EUR")
    ticket = a_ticket(account=account.pk, status="resolved")
    written = edits.save(
        record_type="account",
        record_id=account.pk,
        seen={"region": "Benelux"},
        values={"region": "Nordics"},
        user=owner,
        reason="a test",
        at=NOW,
    )
    assert isinstance(written, ChangeSet)
    task = tasks.create(
        title="Send the outage report", about=("account", account.pk), user=owner, at=NOW, due_on=NOW.date()
    )
    world.ids |= {
        "task": task,
        "account": account.pk,
        "contact": contact.pk,
        "opportunity": deal.pk,
        "ticket": ticket.pk,
        "change_set": written.pk,
    }
    return account


def _questions(world: World, account: Account) -> None:
    asked_before_policy = scene.propose(account, level="suggest", industry="Marine telematics")
    watched = CustomRule("large_changes", "suggestion.at_stake > 50000", "Large ones are looked at.")
    scene.publish(level=Level.EXECUTE, custom_rules=(watched,))
    other = scene.account("Polder Freight", owner=world.people["owner"].pk)
    draft = scene.propose(other, employees=310)
    disputed = scene.account("Sundmark Elevators", owner=world.people["owner"].pk)
    scene.propose(disputed, employees=455)
    scene.propose(disputed, employees=472, agent=scene.an_agent("Register"))
    conflict = Conflict.objects.get(record_id=disputed.pk)
    done = scene.propose(scene.account("Lumenfield Energy"), employees=500)
    scene.approve(done, world.people["reviewer"])
    execution = scene.run(done)
    Execution.objects.filter(pk=execution.pk).update(status="failed", change_set_id=None)
    agent = scene.an_agent()
    key = a_key(agent, at=NOW, days=300)
    world.secret = key.secret
    agents.authenticate(secret=key.secret, at=NOW)
    world.ids |= {
        "form": asked_before_policy.pk,
        "draft": draft.pk,
        "bulk": Bulk.objects.create(kind="approve", person=world.people["reviewer"], made_at=NOW).pk,
        "conflict": conflict.pk,
        "claim": conflict.claims.order_by("pk").last().pk,  # type: ignore[union-attr]
        "execution": execution.pk,
        "decided": done.pk,
        "done": done.pk,
        "agent": agent.pk,
        "workflow": draft.workflow_version.workflow_id,
        "key": a_key(agent, at=NOW, days=30).key.pk,
        "grant": scene.grant(draft).pk,
        "version": draft.workflow_version_id,
    }
    stopped = Run.objects.create(
        workflow=draft.workflow_version.workflow, name="night", status="stopped", started_at=NOW
    )
    world.ids["run"] = stopped.pk
    broke = WorkflowFailure.objects.create(
        workflow=stopped.workflow,
        record_type="account",
        record_id=account.pk,
        error="ValueError: a test",
        at=NOW,
        tried_at=NOW,
    )
    world.ids["workflow_failure"] = broke.pk
    world.ids["alone"] = _ran_alone(world).pk
    world.ids["looked"] = _drawn_again(world).pk
    _autonomy(world)
    world.seen = {name: scene.digest(one) for name, one in (("form", asked_before_policy), ("draft", draft))}


def _sending(world: World) -> None:
    """One of which nobody knows whether it arrived."""
    account = scene.account("Ostrander Tools", owner=world.people["owner"].pk)
    asked = messages.propose(messages.reader("ola@ostrander.example", account=account))
    messages.approve(asked, world.people["reviewer"])
    sending.work_off(clock=lambda: scene.LATER + timedelta(minutes=1), transport=Way(BROKE))
    world.ids["sent"] = Execution.objects.get(status="unknown").pk


def _ran_alone(world: World) -> Execution:
    """Under the grant signed above."""
    account = scene.account("Fjellvik Seafood", owner=world.people["owner"].pk)
    return scene.run(scene.propose(account, employees=356, level="execute"), at=NOW)


def _drawn_again(world: World) -> Suggestion:
    """Decided by an admin who is none of the principals, and drawn to be asked once more."""
    asked = scene.propose(scene.account("Kestrel Aviation", owner=world.people["owner"].pk), employees=77)
    decision = scene.approve(asked, scene.admin("Tom Becker"))
    SecondLook.objects.create(decision=decision, queue=asked.queue, drawn_at=timezone.now())
    return asked


def _autonomy(world: World) -> None:
    """What ran alone is drawn to be read, and a kind of change beside it is offered."""
    outcomes.take(at=NOW)
    autonomy.follow(at=NOW)
    sample = AuditSample.objects.get(execution=world.ids["alone"])
    cell = Cell.objects.get(outcomes__suggestion=sample.execution.suggestion)
    other = Cell.objects.create(
        agent=cell.agent,
        workflow_version=cell.workflow_version,
        action=cell.action,
        field_group=cell.field_group,
        segment="mid",
    )
    with transaction.atomic():
        offers.make(
            other, Earned(Terms(), kept=90), since=NOW, version_id=gate.current_policy()[0].pk, at=NOW
        )
    world.ids |= {"sample": sample.pk, "cell": cell.pk, "offer": Offer.objects.get().pk}


def _views(world: World) -> None:
    saved = saved_views.save(
        user=world.people["reviewer"], name="Risky ones", view="mine", order="due", filters={"risk": "high"}
    )
    world.ids["saved_view"] = saved.pk


def _draft(world: World) -> None:
    """By another admin, so that the admin may publish it; and what that one asks to lift."""
    document = {**gate.current_policy()[1].to_json(), "high_value": "42000"}
    kept = policies.draft(document=document, rationale="a test", user=scene.an_agent().owner, at=NOW)
    replays.make(draft_id=kept.pk, at=NOW)
    world.ids["policy_draft"] = kept.pk
    asks = scene.an_agent().owner
    never = suppressions.add_by_hand(
        target=suppressions.Target("domain", "never.example"), reason="a test", until=None, user=asks, at=NOW
    )
    suppressions.ask_to_lift(suppression_id=never.pk, reason="a test", user=asks, at=NOW)
    world.ids["suppression"] = never.pk


def _messages(world: World) -> None:
    """One that waits to be sent, and one to be copied."""
    account = scene.account("Veldt Ferries", owner=world.people["owner"].pk)
    for name, level in (("message", "draft"), ("by_hand", "suggest")):
        reader = messages.reader(f"{name}@veldt.example", account=account)
        waits = messages.propose(reader, level=level)
        world.ids[name], world.seen[name] = waits.pk, scene.digest(waits)
    # By another admin, so that the admin may sign.
    writer = scene.an_agent().owner
    version = messages.template("Welcome", by=writer)
    standing = messages.sign(version, by=world.people["admin"])
    world.ids |= {"template": version.template_id, "standing": standing.pk}


def _experiment(world: World) -> None:
    """Drafted by another admin, so that the admin may start it."""
    workflows_built_in.register(at=NOW, workflows=[TrialSequence()])
    other = messages.template("Trial welcome, short", by=world.people["admin"])
    letter = MessageTemplate.objects.get(name=WELCOME.name)
    plan = experiments.Plan(
        name="Shorter welcome",
        hypothesis="A question is answered more often.",
        workflow_id=Workflow.objects.get(name=TrialSequence.name).pk,
        letter_id=letter.pk,
        variant_id=other.template_id,
        holdout=0,
        goal="reply",
        days=7,
        least=Decimal(5),
    )
    kept = experiments.draft(plan=plan, user=scene.an_agent().owner, at=NOW)
    world.ids["experiment"] = kept.pk


def _switches(world: World, account: Account) -> None:
    held = an_account("Brackenhurst Rail", team=a_team().pk, owner=world.people["owner"].pk)
    hold = holds.place(
        account_id=held.pk,
        until=(NOW + timedelta(days=365)).date(),
        reason="a test",
        user=world.people["owner"],
        at=NOW,
    )
    pause = pauses.pause(
        scope="action", target="move_stage", reason="a test", user=world.people["admin"], at=NOW
    )
    owner = world.people["owner"]
    away = absences.plan(
        user=owner,
        starts_at=NOW + timedelta(days=300),
        ends_at=NOW + timedelta(days=310),
        actor=owner,
        at=NOW,
    )
    world.ids |= {"hold": hold.pk, "pause": pause.pk, "absence": away.pk}


def _import(world: World) -> None:
    """An import that is being prepared, and somebody's plan to put it back."""
    admin = world.people["admin"]
    found = import_files.start(user=admin, source_name="erp", adapter="csv", at=NOW)
    stream = BytesIO(b"id,name\n1,Halden\n")
    file = import_files.add_file(import_id=found.pk, user=admin, name="accounts.csv", stream=stream, at=NOW)
    step = import_choices.choose(
        import_id=found.pk,
        file_id=file.pk,
        user=admin,
        object_name="accounts",
        mapping={"external_id": "id", "fields": {"name": "name"}},
        reading={},
        at=NOW,
    )
    plan = ImportRevert.objects.create(
        parent=found,
        reason="a test",
        records=101,
        proposed_by=a_user("Olga Brandt", Role.ADMIN),
        proposed_at=NOW,
    )
    world.ids |= {
        "import": found.pk,
        "import_file": file.pk,
        "import_step": step.pk,
        "import_revert": plan.pk,
    }
