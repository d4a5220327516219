"""One thing of everything, in team North; and eight principals who stand differently to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from typing import Any

from approvals.models import Bulk, Conflict, Execution
from approvals.rules.vocabulary import Level
from approvals.services import agents, gate, pauses, policies, queues, replays, saved_views
from crmgov.people.models import Role, User
from crmgov.people.services import absences
from crmgov.records.models import Account, ChangeSet, ImportRevert
from crmgov.records.services import edits, holds, import_choices, import_files, tasks
from tests.decisions import scene
from tests.intake.kit import a_key
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
    _switches(world, account)
    _import(world)
    _views(world)
    _draft(world)
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
    scene.publish(level=Level.EXECUTE)
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
        "key": a_key(agent, at=NOW, days=30).key.pk,
        "grant": scene.grant(draft).pk,
        "version": draft.workflow_version_id,
    }
    world.ids["alone"] = _ran_alone(world).pk
    world.seen = {name: scene.digest(one) for name, one in (("form", asked_before_policy), ("draft", draft))}


def _ran_alone(world: World) -> Execution:
    """Under the grant signed above."""
    account = scene.account("Fjellvik Seafood", owner=world.people["owner"].pk)
    return scene.run(scene.propose(account, employees=356, level="execute"), at=NOW)


def _views(world: World) -> None:
    saved = saved_views.save(
        user=world.people["reviewer"], name="Risky ones", view="mine", order="due", filters={"risk": "high"}
    )
    world.ids["saved_view"] = saved.pk


def _draft(world: World) -> None:
    """By another admin, so that the admin may publish it."""
    document = {**gate.current_policy()[1].to_json(), "high_value": "42000"}
    kept = policies.draft(document=document, rationale="a test", user=scene.an_agent().owner, at=NOW)
    replays.make(draft_id=kept.pk, at=NOW)
    world.ids["policy_draft"] = kept.pk


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
