"""docs/agent-api.md, run as it is written: each curl over HTTP, each answer compared with what the page shows."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from approvals.models import Suggestion
from approvals.rules.policy import WorkflowLine
from approvals.rules.vocabulary import Level
from approvals.services import agents, asks, decisions, gate, taking_up
from crmgov.people.models import User
from tests.intake.kit import WORKFLOW, a_key, allow, an_admin, an_agent, publish
from tests.world import a_team, a_user, an_account, an_opportunity

from .happenings import accept

PAGE = Path(__file__).resolve().parents[2] / "docs" / "agent-api.md"
BLOCK = re.compile(
    r"<!-- (?P<event>.+?) -->|```(?P<kind>sh|json) ?(?P<status>\d*)\n(?P<text>.*?)```", re.DOTALL
)


@dataclass(frozen=True)
class Call:
    """One curl of the page with the answer that stands beneath it, and what happens before."""

    command: str
    status: int
    shown: Any
    before: str


def calls() -> Iterator[Call]:
    command, event = "", ""
    for block in BLOCK.finditer(PAGE.read_text(encoding="utf-8")):
        if block["event"]:
            event = block["event"]
        elif block["kind"] == "sh" and "curl " in block["text"]:
            assert not command, f"No answer stands beneath {command}"
            command = block["text"]
        elif block["kind"] == "json":
            yield Call(command, int(block["status"]), json.loads(block["text"]), event)
            command, event = "", ""


def run(command: str, names: dict[str, str]) -> tuple[int, Any]:
    """What curl would do: the options the page uses, over HTTP."""
    words = iter(
        shlex.split(re.sub(r"\$([A-Z_]+)", lambda found: names[found[1]], command.replace("\\\n", " ")))
    )
    assert next(words) == "curl"
    url, headers, body = "", {}, None
    for word in words:
        match word:
            case "-s":
                pass
            case "-H":
                name, _, value = next(words).partition(": ")
                headers[name] = value
            case "-d":
                body = next(words).encode()
            case _:
                assert word.startswith("http"), f"The story cannot run {word}"
                url = word
    try:
        with urlopen(Request(url, data=body, headers=headers), timeout=60) as answer:  # noqa: S310
            return answer.status, json.load(answer)
    except HTTPError as refused:
        return refused.code, json.load(refused)


def assert_shown(shown: Any, got: Any, names: dict[str, str], path: str = "answer") -> None:
    """The answer holds what the page shows; … stands for anything, $NAME is kept or compared."""
    if isinstance(shown, dict):
        assert isinstance(got, dict), path
        for name, value in shown.items():
            assert name in got, f"{path} has no {name}: {got}"
            assert_shown(value, got[name], names, f"{path}.{name}")
    elif isinstance(shown, list):
        assert isinstance(got, list), path
        for place, value in enumerate(shown):
            assert_shown(value, got[place], names, f"{path}[{place}]")
    elif isinstance(shown, str) and shown.startswith("$"):
        assert str(got) == names.setdefault(shown[1:], str(got)), path
    elif shown != "…":
        assert got == shown, f"{path}: the page says {shown!r}, the server {got!r}"


def ask_back(names: dict[str, str], sara: User) -> None:
    suggestion = Suggestion.objects.get(number=names["MANY"])
    names["MANY_ID"] = str(suggestion.pk)
    question = "Does that count the crews?"
    asks.ask(suggestion_id=suggestion.pk, user=sara, question=question, at=timezone.now())


def approve_region(names: dict[str, str], sara: User) -> None:
    region = Suggestion.objects.get(number=names["REGION"])
    names["REGION_ID"] = str(region.pk)
    now = timezone.now()
    decisions.accept_form(
        suggestion_id=region.pk,
        seen_digest=gate.digest_of(region),
        reviewer=sara,
        at=now,
        shown_at=now,
        values={"region": "Kiel, Germany"},
        note="As on the letterhead.",
    )


def make_lead(names: dict[str, str], sara: User) -> None:
    lead = Suggestion.objects.get(pk=names["LEAD_URL"].rpartition("/")[2])
    accept(lead, sara)
    assert taking_up.take_up(at=timezone.now()) == 1


@pytest.mark.django_db(transaction=True)
def test_the_page_is_true(live_server: LiveServer) -> None:
    team = a_team()
    sara = a_user("Sara Okafor", "reviewer", team)
    agent = an_agent(team)
    issued = a_key(agent, at=timezone.now() - timedelta(minutes=1))
    account, twin, third = (
        an_account(name, team=team.pk, industry="Shipping", employees=240)
        for name in ("Halden Marine Systems", "Corvane Logistics", "Lund Freight")
    )
    an_opportunity("Another", stage="Negotiation")
    deal = an_opportunity(team=team.pk, account=str(twin.pk), stage="Proposal")
    for action, groups in (("set_fields", ["firmographics"]), ("move_stage", ["commercial"])):
        allow(agent, groups, action=action, version="4")
    publish(workflows=(WorkflowLine(WORKFLOW, Level.EXECUTE, version="4"),))
    names = {
        "HOST": live_server.url,
        "KEY": issued.secret,
        "ACCOUNT": str(account.pk),
        "TWIN": str(twin.pk),
        "THIRD": str(third.pk),
        "DEAL": str(deal.pk),
    }
    events: dict[str, Callable[[], object]] = {
        "a reviewer saves the lead": lambda: make_lead(names, sara),
        "a reviewer asks back about the employees": lambda: ask_back(names, sara),
        "a reviewer approves the region, with an edit": lambda: approve_region(names, sara),
        "an admin revokes the key": lambda: agents.revoke(
            key_id=issued.key.pk, by=an_admin(), at=timezone.now()
        ),
    }
    told = list(calls())
    assert len(told) >= 17
    for call in told:
        if call.before:
            events.pop(call.before)()
        status, got = run(call.command, names)
        assert status == call.status, f"{call.command}\n{got}"
        assert_shown(call.shown, got, names)
    assert not events
