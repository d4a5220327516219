"""Posted one by one or as a batch, the same becomes of proposals: random worlds, each run twice from one state."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from approvals.api import problems
from approvals.models import (
    Agent,
    Claim,
    Conflict,
    Decision,
    Execution,
    GateReading,
    Suggestion,
    SuggestionItem,
)
from approvals.rules.policy import WorkflowLine
from approvals.rules.vocabulary import Level
from approvals.selectors.sights import Sight
from approvals.selectors.subjects import Proposer
from approvals.services import answers, batches, conflicts, drafts, intake, pauses
from approvals.services.proposals import read
from crmgov.kernel.refusals import Refused
from crmgov.records.models import ExternalId, RecordEvent, Source
from crmgov.records.services import holds
from tests.intake.kit import WORKFLOW, allow, an_admin, an_agent, item, publish
from tests.world import NOW, a_contact, a_team, a_ticket, a_user, an_account, an_opportunity

pytestmark = pytest.mark.django_db

FIELDS: dict[str, list[Any]] = {
    "employees": [310, 320, 240, "many", None],
    "region": ["Kiel", "Bremen", ""],
    "industry": ["Shipping", "Logistics", "Banking"],
    "name": ["Halden", "Halden Marine Systems"],
    "annual_value": ["90000", "12.5"],
    "owner": ["tom.becker@crmgov.example", "nobody@crmgov.example", 999],
    "strategic": [True, False],
    "owner_view": ["healthy"],
    "extra.colour": ["blue"],
    "industri": ["x"],
}
SEEN = {"employees": 240, "industry": "Shipping", "name": "Halden Marine Systems", "strategic": False}


class World:
    """Two teams, two agents, records around two accounts, one of another team."""

    def __init__(self) -> None:
        north, south = a_team(), a_team("South")
        a_user("Sara Okafor", "reviewer", north)
        self.agent, self.other = an_agent(north), an_agent(north, south, name="Meeting notes")
        halden = an_account(team=north.pk, industry="Shipping", employees=240)
        rich = an_account("Lund", team=north.pk, employees=240, annual_value="70000", currency="USD")
        corvane = an_account("Corvane", team=north.pk, industry="Shipping", employees=240, segment="mid")
        hidden = an_account("Orsted", team=south.pk, employees=240)
        contact = a_contact(account=str(corvane.pk), email="maya@corvane.example")
        deal = an_opportunity(account=str(halden.pk), stage="Proposal", amount="60000", currency="EUR")
        an_opportunity("Another", stage="Negotiation")
        a_ticket(account=str(corvane.pk), escalated=True, team=north.pk)
        source = Source.objects.create(name="csv", kind=Source.Kind.IMPORT, trust_rank=10)
        ExternalId.objects.create(
            source=source, kind="account", value="A-1", record_type="account", record_id=halden.pk
        )
        self.halden, self.corvane = halden, corvane
        self.accounts: list[dict[str, Any]] = [
            {"id": str(halden.pk)},
            {"id": str(corvane.pk)},
            {"id": str(rich.pk)},
            {"id": str(hidden.pk)},
            {"external_id": {"source": "csv", "kind": "account", "value": "A-1"}},
            {"external_id": {"source": "csv", "kind": "account", "value": "A-2"}},
        ]
        self.contact, self.deal, self.north, self.south = contact, deal, north, south


def items(draw: st.DrawFn, fields: dict[str, list[Any]], *, seen: bool) -> list[dict[str, Any]]:
    common = sorted(fields)[:2] if fields is not FIELDS else ["employees", "region"]
    chosen = st.sampled_from(draw(st.sampled_from([common, common, sorted(fields)])))
    names = draw(st.lists(chosen, min_size=1, max_size=2, unique=True))
    made = []
    for name in names:
        usual = st.sampled_from(fields[name][:2])
        proposed = draw(st.one_of(usual, usual, st.sampled_from(fields[name])))
        one: dict[str, Any] = {"field": name, "proposed": proposed}
        if seen:
            one["seen"] = draw(st.sampled_from([SEEN.get(name)] * 4 + ["stale"]))
        if (confidence := draw(st.sampled_from([0.97] * 6 + [0.1, None]))) is not None:
            one["confidence"] = confidence
        made.append({**one, "source": draw(st.sampled_from(["register", "a meeting"]))})
    return made


@st.composite
def bodies(draw: st.DrawFn, world: World) -> Any:
    """One proposal, now and then an impossible one."""
    about = draw(st.sampled_from(["account"] * 9 + ["contact", "deal", "task", "new", "junk"]))
    sent: dict[str, Any] = {
        "workflow": WORKFLOW,
        "version": draw(st.sampled_from(["3"] * 5 + ["4"])),
        "level": draw(st.sampled_from(["execute"] * 5 + ["draft", "shadow"])),
        "reason": draw(st.sampled_from(["", "Read it."])),
    }
    account = draw(st.sampled_from(world.accounts[:1] * 6 + world.accounts))
    match about:
        case "account":
            sent |= {"record": {"type": "account", **account}, "action": "set_fields"}
            sent["items"] = items(draw, FIELDS, seen=True)
            sent["facts"] = draw(
                st.sampled_from(
                    [
                        *[[]] * 6,
                        [{"name": "industry", "value": "Shipping"}],
                        [{"name": "account.open_tickets", "value": 1}],
                        [{"name": "weather", "value": "fine"}],
                    ]
                )
            )
        case "contact":
            sent |= {"record": {"type": "contact", "id": str(world.contact.pk)}, "action": "set_fields"}
            sent["items"] = items(
                draw, {"title": ["CTO", "COO"], "account": [str(world.halden.pk)]}, seen=True
            )
        case "deal":
            sent |= {"record": {"type": "opportunity", "id": str(world.deal.pk)}, "action": "move_stage"}
            stage = draw(st.sampled_from(["Negotiation", "Nowhere"]))
            sent["items"] = [{"field": "stage", "seen": "Proposal", "proposed": stage, "confidence": 0.97}]
        case "task":
            sent |= {"record": {"type": "account", **account}, "action": "create_task"}
            fields: dict[str, list[Any]] = {"due_on": ["2026-12-01", "2026-12-02"], "note": ["Soon."]}
            sent["items"] = [{"field": "title", "proposed": "Call", "confidence": 0.97}]
            sent["items"] += draw(st.sampled_from([[], items(draw, fields, seen=False)]))
        case "new":
            sent |= {"record": {"type": "contact"}, "action": "create_record"}
            names: dict[str, list[Any]] = {
                "first_name": ["Ida"],
                "email": ["ida@x.example", "no"],
                "team": [1, world.north.pk],
            }
            sent["items"] = items(draw, names, seen=False)
        case "junk":
            return draw(st.sampled_from([None, 7, {}, {**sent, "itmes": []}, {**sent, "action": "merge"}]))
    return sent


def told(proposal: Any, agent: Agent) -> dict[str, Any]:
    """What one proposal alone is answered, as a line of a batch would show it."""
    try:
        received = intake.receive(proposal=read(proposal), agent=agent, at=NOW)
    except ValidationError as error:
        refused: Refused = batches.NotValid(error)
    except Refused as error:
        refused = error
    else:
        body = answers.to_proposal(received, Sight(Proposer(agent, None)))
        code = 200 if received.duplicate else 201
        return {"code": code, "replayed": False, "suggestion": body, "problem": None}
    return {
        "code": refused.status,
        "replayed": False,
        "suggestion": None,
        "problem": problems.body_of(refused),
    }


def one_by_one(sent: list[Any], agent: Agent) -> list[Any]:
    return [told(one, agent) for one in sent]


def as_a_batch(sent: list[Any], agent: Agent) -> list[Any]:
    return batches.receive(batch=sent, agent=agent, at=NOW, told=problems.body_of)


KEPT: dict[Any, tuple[str, ...]] = {
    SuggestionItem: ("id",),
    GateReading: ("id",),
    Decision: ("id",),
    Execution: ("id", "decision_id"),
    Suggestion: ("number", "workflow_version_id", "queue_id"),
    Conflict: ("id",),
    Claim: ("id", "conflict_id"),
}
NAMED = {Suggestion: ("workflow_version__workflow__name", "workflow_version__version", "queue__name")}


def state(lines: list[Any]) -> str:
    """Everything that was answered and kept, but for numbers of rows; suggestions under their ids."""
    numbers = dict(Suggestion.objects.values_list("number", "id"))
    rows: dict[str, list[str]] = {}
    for model, left_out in KEPT.items():
        names = [f.attname for f in model._meta.concrete_fields if f.attname not in left_out]
        names += NAMED.get(model, ())
        found = [
            json.dumps(row, cls=DjangoJSONEncoder, sort_keys=True) for row in model.objects.values(*names)
        ]
        rows[model.__name__] = sorted(found)
    for line in lines:
        if line["suggestion"]:
            said = line["suggestion"]
            said["number"], said["supersedes"] = (
                str(numbers[said["number"]]),
                str(numbers.get(said["supersedes"])),
            )
            for one in said["asked_elsewhere"]:
                one["number"] = str(numbers[one["number"]])
    text = json.dumps({"lines": lines, "rows": rows}, indent=1, sort_keys=True, cls=DjangoJSONEncoder)
    return re.sub(r"uggestion (\d+)", lambda m: f"uggestion {numbers.get(int(m[1]), m[1])}", text)


def played(
    before: list[Any], sent: list[Any], world: World, post: Callable[[list[Any], Agent], list[Any]]
) -> str:
    """From the same state with the same ids to come, and back to where it was."""
    count = iter(range(1, 10_000))
    with undone(), pytest.MonkeyPatch.context() as patched:
        patched.setattr(drafts, "new_id", lambda: UUID(int=next(count)))
        for agent, proposal in before:
            told(proposal, agent)
        found = state(post(sent, world.agent))
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    return found


@contextmanager
def undone() -> Iterator[None]:
    """Not a block of `atomic`: durable ones are inside."""
    point = transaction.savepoint()
    try:
        yield
    finally:
        transaction.savepoint_rollback(point)


def prepare(world: World, draw: Callable[[Any], Any]) -> list[tuple[Agent, Any]]:
    """What is so in this world, and what was proposed before."""
    if draw(st.integers(0, 2)):
        for action, groups in (
            ("set_fields", ["firmographics", "identity"]),
            ("create_task", ["task"]),
            ("create_record", ["identity", "commercial"]),
        ):
            allow(world.agent, groups, action=action)
        publish(workflows=(WorkflowLine(WORKFLOW, Level.EXECUTE),))
    if draw(st.integers(0, 9)) == 0:
        pauses.pause(scope="agent", target=world.agent.name, reason="Wait.", user=an_admin(), at=NOW)
    if draw(st.integers(0, 4)) == 0:
        owner = an_admin()
        holds.place(account_id=world.corvane.pk, until=NOW.date(), reason="No.", user=owner, at=NOW)
    if draw(st.integers(0, 4)) == 0:
        data = {"field": "employees", "ours": 240, "theirs": 500, "source": "csv"}
        event = RecordEvent.objects.create(
            kind="import_conflict", record_type="account", record_id=world.halden.pk, data=data, at=NOW
        )
        conflicts.take_import_conflicts(events=[event])
    agents = st.sampled_from([world.agent, world.other, world.other])
    return draw(st.lists(st.tuples(agents, bodies(world)), max_size=4))  # type: ignore[no-any-return]


def happened(told: str) -> Iterator[str]:
    """What the worlds were about, so that they cannot all be dull."""
    said = json.loads(told)
    for line in said["lines"]:
        yield str(line["code"])
        if body := line["suggestion"]:
            yield body["status"]
            yield from (name for name in ("duplicate", "asked_elsewhere") if body[name])
            yield from ("supersedes",) if body["supersedes"] != "None" else ()
    yield from (name for name in ("Conflict", "Execution") if said["rows"][name])


def test_a_batch_is_what_its_proposals_are_one_by_one() -> None:
    world, seen = World(), Counter[str]()

    @settings(
        max_examples=60,
        phases=[Phase.generate],
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(data=st.data())
    def equal(data: st.DataObject) -> None:
        with undone():
            before = prepare(world, data.draw)
            sent = data.draw(st.lists(bodies(world), min_size=1, max_size=8))
            note(json.dumps(sent, indent=1))
            seen.update(happened(played_twice(before, sent, world)))

    equal()
    assert {"201", "404", "422", "queued", "approved", "blocked"} <= seen.keys(), seen
    assert {"supersedes", "Conflict", "Execution"} <= seen.keys(), seen


def test_what_proposals_of_one_batch_do_to_each_other() -> None:
    """Each finds what the one before it left: the same again, newer word, another value, the rest elsewhere."""
    world = World()

    def change(*said: dict[str, Any], **more: Any) -> dict[str, Any]:
        record = {"type": "account", "id": str(world.halden.pk)}
        about = {"record": record, "action": "set_fields", "workflow": WORKFLOW, "version": "3"}
        return {**about, "items": list(said), **more}

    def task(*said: dict[str, Any]) -> dict[str, Any]:
        title = {"field": "title", "proposed": "Call"}
        return {**change(title, *said), "action": "create_task"}

    kiel, bremen = item("region", None, "Kiel"), item("region", None, "Bremen")
    sent = [
        change(kiel),
        change(kiel, level="execute"),
        change(item("employees", 240, 310)),
        change(item("employees", 240, 310), item("industry", "Shipping", "Logistics")),
        change(item("employees", 240, 320)),
        change(item("employees", 240, 320), level="shadow"),
        change(bremen, item("industry", "Shipping", "Logistics")),
        task(),
        task(),
        task({"field": "due_on", "proposed": "2026-12-01"}),
        "no proposal",
        change(item("name", world.halden.name, "Halden")),
    ]
    before = [(world.other, change(item("industry", "Shipping", "Logistics")))]
    seen = Counter(happened(played_twice(before, sent, world)))

    assert {"200", "201", "422", "queued", "shadowed"} <= seen.keys(), seen
    assert {"duplicate", "asked_elsewhere", "supersedes"} <= seen.keys(), seen


def played_twice(before: list[Any], sent: list[Any], world: World) -> str:
    """What became of it one by one, which must be what becomes of it as a batch."""
    alone = played(before, json.loads(json.dumps(sent)), world, one_by_one)
    together = played(before, json.loads(json.dumps(sent)), world, as_a_batch)
    assert together == alone
    return alone
