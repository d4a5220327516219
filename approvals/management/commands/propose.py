"""manage.py propose FILE --agent NAME: what POST /api/v1/suggestions does, from a file."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from pydantic import ValidationError

from approvals.models import Agent
from approvals.selectors.sights import Sight
from approvals.selectors.subjects import Proposer
from approvals.services import answers, intake, proposals
from approvals.services.drafts import Impossible
from approvals.services.proposals import Problem
from crmgov.kernel.refusals import Refused


class Command(BaseCommand):
    help = "Take in proposals from a file: one JSON object, a JSON array, or one JSON object per line."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="the file; - reads the standard input")
        parser.add_argument("--agent", required=True, help="the name of the agent that proposes")

    def handle(self, *args: Any, **options: Any) -> None:
        agent = self._agent(options["agent"])
        refused = 0
        for place, body in _bodies(_text(options["file"])):
            answer, taken = _proposed(agent, body)
            refused += not taken
            self.stdout.write(json.dumps({"proposal": place, **answer}, ensure_ascii=False))
        if refused:
            raise CommandError(f"{refused} of the proposals were refused; each says why.")

    def _agent(self, name: str) -> Agent:
        agent = Agent.objects.select_related("owner").filter(name__iexact=name).first()
        if agent is None:
            known = ", ".join(Agent.objects.values_list("name", flat=True)) or "none yet"
            raise CommandError(f"There is no agent “{name}”. Known are: {known}.")
        if agent.deactivated_at is not None or not agent.owner.is_active:
            raise CommandError(f"{agent} is deactivated, or {agent.owner}, who owns it, is.")
        return agent


def _proposed(agent: Agent, body: Any) -> tuple[dict[str, Any], bool]:
    """The answer, and whether the proposal was taken in (a blocked one is)."""
    try:
        proposal = proposals.read(body)
        received = intake.receive(proposal=proposal, agent=agent, at=timezone.now())
    except ValidationError as error:
        return _refusal("What you sent is not valid.", proposals.problems_of(error)), False
    except Impossible as refused:
        return _refusal(refused.say, list(refused.problems)), False
    except Refused as refused:
        return _refusal(refused.say, []), False
    return answers.to_proposal(received, Sight(Proposer(agent, None))), True


def _refusal(say: str, errors: list[Problem]) -> dict[str, Any]:
    return {"refused": say, "errors": [{"pointer": one.pointer, "detail": one.say} for one in errors]}


def _text(name: str) -> str:
    if name == "-":
        return sys.stdin.read()
    try:
        return Path(name).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{name} cannot be read: {error}") from error


def _bodies(text: str) -> Iterator[tuple[int, Any]]:
    """Each proposal with its number, from 1."""
    try:
        whole = json.loads(text)
    except json.JSONDecodeError:
        yield from _lines(text)
        return
    yield from enumerate(whole if isinstance(whole, list) else [whole], start=1)


def _lines(text: str) -> Iterator[tuple[int, Any]]:
    lines = [(number, line) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    if not lines:
        raise CommandError("The file is empty.")
    parsed = []
    for number, line in lines:
        try:
            parsed.append(json.loads(line))
        except json.JSONDecodeError as error:
            say = f"Line {number} is not JSON ({error.msg} at column {error.colno}). Nothing was taken in."
            raise CommandError(say) from error
    yield from enumerate(parsed, start=1)
