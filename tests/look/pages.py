"""Every page of the product: each route that answers with one, and the states that have addresses of their own.

The routes come from the resolver. A state is a page in another mood: refused, empty, with a dialog open.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from approvals.models import Bulk, Offer, Run, Suggestion, Workflow, WorkflowStart
from approvals.selectors import outbox
from approvals.services import (
    asks,
    bulks,
    escalations,
    gate,
    leases,
    policies,
    replays,
    snoozes,
    stewards,
    workflow_failures,
    workflows_built_in,
)
from approvals.workflows import BUILT_IN
from crmgov.people.models import User
from crmgov.people.services import absences
from crmgov.records.models import Hold
from tests.decisions import scene
from tests.desk.browsing import shown
from tests.imports_pages import kit
from tests.look import contacting, experiments, letters, models, texts
from tests.look.state import State
from tests.policies.kit import typed
from tests.records_pages.test_edits import posted
from tests.security import abundance, routes
from tests.security.table import EXPECTED, TO_ITS_PAGE
from tests.security.world import PRINCIPALS, World
from tests.workflows import kit as contracts
from tests.world import change

# Routes that answer an admin's GET with something else than a page of its own.
NO_PAGES = {
    **{f"approvals:{kind}_export": "a file" for kind in
       ("accounts", "audit", "churn_scores", "contacts", "opportunities", "studio", "tickets", "tasks")},
    "approvals:home": "leads to the inbox",
    **{name: "leads to its page" for name, row in EXPECTED.items()
       if name.startswith("approvals:") and row.get("GET") == TO_ITS_PAGE},
    "approvals:import_refused": "a file",
    "approvals:inbox_counts": "a fragment without a head",
    "approvals:model_card": "JSON",
    "approvals:import_progress": "a fragment without a head",
    "api:openapi-json": "JSON",
    "api:openapi-view": "drawn by Swagger UI, whose barriers are its own",
    "account_confirm_login_code": "leads to signing in: nobody is sent a code",
    "account_set_password": "leads to changing it: everybody has one",
    "approvals:suggestion_preview": "the inside of a frame",
    "approvals:template_preview": "the inside of a frame",
    "healthz": "a word",
    "readyz": "JSON",
    "metrics": "figures for a machine",
}  # fmt: skip


def of_routes(world: World, client: Client) -> list[State]:
    """Each route that answers this admin with a page."""
    place = PRINCIPALS.index("admin")
    found = []
    for name, row in EXPECTED.items():
        if row.get("GET", "M" * len(PRINCIPALS))[place] != "A" or name in NO_PAGES:
            continue
        path = routes.address(name, world)
        answer = client.get(path)
        if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
            found.append(State(name, path))
    return found


def states(world: World, client: Client) -> list[State]:
    """The moods that routes alone do not show."""
    ana = world.people["admin"]
    return [
        *_on_the_way(world),
        *letters.states(world),
        *experiments.states(world),
        *_together(ana),
        *_asked(world),
        *_records(world),
        *_refused(world, client),
        *_policies(world, client),
        *_studio(),
        *_autonomy(world),
        *_imports(client),
        *_workflows(),
        *(state for room in (contacting, models, texts) for state in room.states(world)),
        *_signed_out(),
    ]


def _item(name: str, suggestion: Suggestion, step: str = "suggestion", query: str = "") -> State:
    return State(name, reverse(f"approvals:{step}", args=[suggestion.pk]) + query)


def _on_the_way(world: World) -> list[State]:
    """One of each that a verb left somewhere, and its pages."""
    sara, at = world.people["reviewer"], timezone.now()
    asked, asleep, raised, held = (
        scene.propose(scene.account(f"Wharf {n}"), employees=90 + n, region="EMEA", at=at) for n in range(4)
    )
    asks.ask(suggestion_id=asked.pk, user=sara, question="Which register is that from?", at=at)
    snoozes.snooze(suggestion_id=asleep.pk, user=sara, until=at + timedelta(days=2), at=at)
    escalations.escalate(suggestion_id=raised.pk, user=sara, reason="Two firms are mixed up.", at=at)
    leases.claim(suggestion_id=held.pk, user=sara, at=at)
    closed = Suggestion.objects.filter(status="rejected")[:1]
    return [
        _item("asked back", asked),
        _item("snoozed", asleep),
        _item("escalated", raised),
        _item("a colleague reads it", held),
        _item("edit", held, "suggestion_edit"),
        *(_item("rejected", one) for one in closed),
        _item("decided", Suggestion.objects.get(pk=world.ids["decided"])),
        *(
            State(f"inbox, {view}", f"/inbox/?view={view}")
            for view in ("team", "asked", "snoozed", "escalated", "unrouted")
        ),
        State("inbox, narrowed", "/inbox/?view=team&risk=high"),
        State("inbox, nothing like it", "/inbox/?view=team&action=merge_records&age=1w"),
    ]


def _autonomy(world: World) -> list[State]:
    """A promotion that waits to be signed, nothing that stands somewhere, and both without the reason they need."""
    offer = Offer.objects.get(pk=world.ids["offer"])
    return [
        State("a promotion is offered", f"/autonomy/{offer.cell_id}/"),
        State("autonomy, none there", "/autonomy/?state=demoted"),
        State("outcomes, narrowed", f"/autonomy/{world.ids['cell']}/rows?way=ran&label="),
        State("read afterwards, read", "/audits/?view=read"),
        State(
            "422, declined without a word",
            f"/autonomy/offers/{offer.pk}/decline",
            post={"reason": ""},
            status=422,
        ),
        State(
            "422, wrong without a word",
            f"/audits/{world.ids['sample']}/wrong",
            post={"reason": ""},
            status=422,
        ),
    ]


def _together(ana: User) -> list[State]:
    """Chosen to be decided together, with one that does not go with them; and what became of such a press."""
    at = timezone.now()
    alike = [scene.propose(scene.account(f"Jetty {n}"), employees=40 + n, at=at) for n in range(6)]
    other = scene.propose(scene.account("Jetty of another kind"), region="EMEA", at=at)
    done = bulks.decide(
        user=ana,
        kind=Bulk.Kind.APPROVE,
        seen={one.pk: scene.digest(one) for one in alike[:3]},
        sample=[],
        looked_at=[],
        at=at,
        shown_at=at,
    )
    picked = urlencode([("pick", one.pk) for one in (*alike[3:], other)])
    return [
        State("together", f"/together/?{picked}"),
        State("together, none alike", f"/together/?pick={other.pk}"),
        State("together, none chosen", "/together/", status=422),
        State("outcome of many", reverse("approvals:bulk", args=[done.pk])),
    ]


def _asked(world: World) -> list[State]:
    ana, at = world.people["admin"], timezone.now()
    absences.plan(
        user=ana, starts_at=at + timedelta(days=30), ends_at=at + timedelta(days=40), actor=ana, at=at
    )
    return [
        State("search, hits", "/search/?q=ferries"),
        State("search, one kind", "/search/?q=firm&kind=account"),
        State("search, nothing", "/search/?q=zzzz"),
        State("search, no letter", "/search/?q=%25%25"),
        State("audit, filtered", "/audit/?record=Ostrava&actor_type=human&since=2020-01-01"),
        State("audit, nothing", "/audit/?record=Nobody"),
        State("audit, an error", "/audit/?since=never&person=999", status=422),
        State("away, planned", "/away/"),
        *(State(f"executions, {view}", f"/executions/?view={view}") for view in ("waiting", "failed", "all")),
        State("done, own", "/done/?view=own"),
        *(State(f"outbox, {view}", f"/outbox/?view={view}") for view in outbox.VIEWS),
        State("tasks, all", "/tasks/?show=all"),
        State("churn, filtered", "/scores/churn/?band=75&mine=1"),
    ]


def _records(world: World) -> list[State]:
    here = {kind: f"{reverse(f'approvals:{kind}', args=[world.ids[kind]])}" for kind in routes.RECORDS}
    found = [
        State(f"{kind}, {tab}", f"{path}?tab={tab}")
        for kind, path in here.items()
        for tab in ("timeline", "ledger", "suggestions")
    ]
    held = reverse("approvals:account", args=[_account_held(world)])
    return [
        *found,
        State("account, a history", f"{here['account']}?field=region"),
        State("account, as of a day", f"{here['account']}?as_of=2026-11-21"),
        State("account, as of before it was", f"{here['account']}?as_of=2020-01-01"),
        State("account, decisions", f"{here['account']}?tab=timeline&show=decisions"),
        State("account, its tasks", f"{here['account']}?tab=tasks"),
        State("account, held", held),
        State("accounts, none", "/accounts/?q=zzzz"),
    ]


def _account_held(world: World) -> Any:
    return Hold.objects.get(pk=world.ids["hold"]).account_id


def _refused(world: World, client: Client) -> list[State]:
    """A refusal of each kind, where it happens."""
    nothing = reverse("approvals:account", args=[abundance.NOBODYS_UUID])
    approve = reverse("approvals:suggestion_approve", args=[world.ids["draft"]])
    over = reverse("approvals:suggestion_approve", args=[world.ids["decided"]])
    reject = reverse("approvals:suggestion_reject", args=[world.ids["draft"]])
    ask = reverse("approvals:suggestion_ask", args=[world.ids["draft"]])
    edit = reverse("approvals:account_edit", args=[world.ids["account"]])
    issue = reverse("approvals:issue_key", args=[world.ids["agent"]])
    note = shown(client, world.ids["draft"])
    later = (timezone.now() + timedelta(days=60)).date().isoformat()
    return [
        State("404", nothing, status=404),
        State("404, no such address", "/nowhere/", status=404),
        State("409, decided before", over, post={"note": "kept"}, status=409),
        State("409, nothing shown", approve, post={"note": "kept"}, status=409),
        State(
            "422, no reason",
            reject,
            post={"note": "They merged.", "shown": note, "mode": "reject"},
            status=422,
        ),
        State("422, no question", ask, post={"text": ""}, status=422),
        State("422, an edit", edit, post=posted(client, edit, employees="many"), status=422),
        State("422, a pause", "/pause/", post={"what": "", "reason": ""}, status=422),
        State("422, an absence", "/away/", post={"first_day": "x", "last_day": "2020-01-01"}, status=422),
        State(
            "422, keys", "/keyboard/", post={"enabled": "on", "key-approve": "3", "key-ask": "qq"}, status=422
        ),
        State("422, an agent", "/agents/new", post={"name": ""}, status=422),
        State("a key issued", issue, post={"scopes": "suggestions:read", "expires_on": later}),
    ]


def _policies(world: World, client: Client) -> list[State]:
    """A form with mistakes and with one more row; drafts replayed, overtaken, discarded; a version put back."""
    write = reverse("approvals:policy_write")
    ana, olga, at = world.people["admin"], scene.an_agent().owner, timezone.now()
    wrong = typed(
        client, write, high_value="-1", rationale="", **{"bands-0-auto": "1", "bands-0-floor": "200"}
    )
    document = {**gate.current_policy()[1].to_json(), "workflows": [], "high_value": "0"}
    first, second, third = (
        policies.draft(document={**document, "most_hours": hours}, rationale="a test", user=ana, at=at)
        for hours in (10, 11, 12)
    )
    replays.make(draft_id=first.pk, at=at)
    policies.discard(draft_id=second.pk, user=olga, at=at)
    policies.publish(draft_id=third.pk, user=olga, at=at)
    waits = policies.draft(document=document, rationale="a test", user=olga, at=at)
    replays.make(draft_id=waits.pk, at=at)
    publish = reverse("approvals:policy_publish", args=[world.ids["policy_draft"]])
    draft, replay = (reverse(f"approvals:policy_{step}", args=[first.pk]) for step in ("draft", "replay"))
    return [
        State("422, a policy", write, post=wrong, status=422),
        State(
            "422, a rule", reverse("approvals:policy_rule_new"), post={"expression": "acount."}, status=422
        ),
        State("a rule of the gate", reverse("approvals:policy_rule", args=["high_value"])),
        State("a policy, one more row", write, post={**wrong, "more": "workflows"}),
        State("a policy put back", f"{write}?from=1"),
        State("a policy drafted again, with clashes", f"{write}?again={first.pk}"),
        State("a draft that waits", reverse("approvals:policy_draft", args=[waits.pk])),
        State("a draft, overtaken and replayed", draft),
        State("a draft, discarded", reverse("approvals:policy_draft", args=[second.pk])),
        State("a draft, published", reverse("approvals:policy_draft", args=[third.pk])),
        State("409, a draft that is overtaken", publish, post={}, status=409),
        State("a replay, stricter ones", f"{replay}?way=stricter"),
        State("a replay, nothing like it", f"{replay}?was=blocked&known=bad"),
        State("changes of the system, grants", "/system/?kind=grants"),
    ]


def _workflows() -> list[State]:
    """With two contracts, and a form with mistakes; paused at last, because every page says what is paused."""
    workflow = _watched()
    contracts.sign(workflow, metric="empty", metric_field="account.industry")
    contracts.sign(workflow, metric="hours")
    stewards.name(
        duty="consent", person=scene.reviewer(), why="a test", user=scene.admin(), at=timezone.now()
    )
    here, write = (reverse(f"approvals:workflow{step}", args=[workflow.pk]) for step in ("", "_contract"))
    return [
        *(State(f"a run, {run.status}", reverse("approvals:run", args=[run.pk])) for run in _runs(workflow)),
        State("a workflow, an earlier contract", f"{here}?revision=1"),
        State("a contract written again", write),
        State("422, a steward", "/stewards/", post={"duty": "consent", "person": "", "why": ""}, status=422),
        State("first steps", "/first-steps/"),
        State("422, a contract", write, post=contracts.posted(owner="", writes="x", why=""), status=422),
        *_built_in(),
        State("a workflow, paused", f"{here}pause", post={"reason": "Odd values."}),
    ]


def _built_in() -> list[State]:
    """One of ours that waits for room and broke over a record; and one that this version has no more."""
    at = timezone.now()
    registered = workflows_built_in.register(at=at, workflows=BUILT_IN)
    assert registered is not None
    start = next(iter(registered.starts.values()))
    WorkflowStart.objects.filter(pk=start.pk).update(full_since=at, ran_at=at)
    gone = Workflow.objects.create(name="gone", agent=registered.agent, first_seen_at=at)
    WorkflowStart.objects.create(workflow=gone, registered_at=at, read_to=0, seen_to=0, seen_at=at)
    broken = scene.account("Broken Barges").pk
    failures = [
        workflow_failures.keep(
            workflow_id=workflow,
            record_type="account",
            record_id=broken,
            event_id=None,
            why="",
            error=ValueError("“12/2026” is no day"),
            at=at,
        )
        for workflow in (start.workflow_id, gone.pk)
    ]
    again = reverse("approvals:workflow_failure_retry", args=[failures[1].pk])
    return [
        State("a workflow of ours that broke", reverse("approvals:workflow", args=[start.workflow_id])),
        State("409, trying again what is no more", again, post={}, status=409),
    ]


def _studio() -> list[State]:
    """Two thresholds, a mistake, and the rows behind the figures."""
    studio, rows = reverse("approvals:studio"), reverse("approvals:studio_rows")
    return [
        State("studio, everything runs", f"{studio}?floor=0&auto=0"),
        State("studio, never by itself", f"{studio}?floor=0.5&auto="),
        State("422, thresholds the wrong way round", f"{studio}?floor=0.9&auto=0.5", status=422),
        State("studio, the worst", f"{rows}?floor=0&auto=0&worst=1"),
        State("studio, rows narrowed", f"{rows}?floor=0&auto=0.5&would=reviewed&known=good&first=0&last=99"),
        State("422, rows of nothing", f"{rows}?workflow=nowhere", status=422),
    ]


def _watched() -> Workflow:
    """What was said at shadow, and what a person wrote then."""
    about = scene.account("Watched Weirs")
    said = scene.propose_raw(
        {
            "record": {"type": "account", "id": str(about.pk)},
            "action": "set_fields",
            "items": [{"field": "employees", "seen": 240, "proposed": 77}],
            "level": "shadow",
            "workflow": "watch-weirs",
        }
    )
    change("account", about.pk, employees=78, at=timezone.now())
    assert said.status == "shadowed"
    return said.workflow_version.workflow


def _runs(workflow: Workflow) -> list[Run]:
    """One in each state."""
    given = {"settled_by": scene.admin(), "sampled": 20, "kept": 18}
    return [
        Run.objects.create(workflow=workflow, name=name, status=name, started_at=timezone.now(), **given)
        for name in Run.Status.values
    ]


def _imports(client: Client) -> list[State]:
    """An import in each of its states, with something of everything on the page."""
    return [State(f"import, {path}", path) for path in kit.in_every_state(client)]


def _signed_out() -> list[State]:
    names = ("account_login", "account_signup", "account_reset_password", "account_reset_password_done",
             "account_reset_password_from_key_done", "account_inactive")  # fmt: skip
    return [State(f"signed out, {name}", reverse(name), anonymous=True) for name in names]
