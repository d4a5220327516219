"""An opted-out contact cannot be reached: by the link in a mail, by an import or by an agent, each before it leaves."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.test import Client

from approvals.models import Execution, Message, Suggestion
from approvals.rules import mime
from approvals.services import sending
from crmgov.records.models import Suppression
from tests.api.caller import Caller, said
from tests.built_in import kit
from tests.decisions import scene as decided
from tests.decisions.scene import LATER
from tests.imports.files import take, write
from tests.messages import scene, server

pytestmark = pytest.mark.django_db(transaction=True)
DUE = LATER + timedelta(seconds=30)


@pytest.fixture
def approved() -> Suggestion:
    decided.publish()
    sara = decided.reviewer()
    suggestion = scene.propose(scene.reader())
    scene.approve(suggestion, sara)
    return suggestion


def nothing_leaves(because: str = "opted out") -> bool:
    with server.running() as mail:
        sending.work_off(clock=lambda: DUE)
    execution = Execution.objects.get(leaves=True)
    assert because in execution.note
    return not mail.kept and execution.status == Execution.Status.CANCELLED


def test_by_the_link_in_the_mail_without_cookies_or_a_redirect(approved: Suggestion) -> None:
    (address,) = mime.read_back(bytes(Message.objects.get().mime)).list_unsubscribe
    path = "/" + address.split("/", 3)[3]

    shown = Client().get(path)
    answer = Client(enforce_csrf_checks=True).post(path, {"List-Unsubscribe": "One-Click"})

    assert (shown.status_code, answer.status_code) == (200, 200)
    assert nothing_leaves()


def test_looking_at_the_link_changes_nothing(approved: Suggestion) -> None:
    (address,) = mime.read_back(bytes(Message.objects.get().mime)).list_unsubscribe
    Client().get("/" + address.split("/", 3)[3])

    with server.running() as mail:
        sending.work_off(clock=lambda: DUE)

    assert len(mail.kept) == 1


def test_by_the_word_of_an_agent(approved: Suggestion) -> None:
    contact = Message.objects.get().contact
    kit.post(kit.event(contact, "reply", at=LATER, opt_out={"channel": "email"}), at=LATER)

    assert nothing_leaves()
    assert scene.propose(contact, purpose="renewal").status == Suggestion.Status.BLOCKED


def test_by_a_file_that_somebody_imports(approved: Suggestion, tmp_path: Path) -> None:
    lines = ["contact,channel,purpose,state", "ines.costa@polder.example,email,any,opted out"]
    take(write(tmp_path / "consents.csv", lines), "consents")

    assert nothing_leaves()


def test_by_the_request_of_an_agent_that_a_person_approves(approved: Suggestion) -> None:
    contact = Message.objects.get().contact
    with time_machine.travel(LATER, tick=False):
        answer = Caller(decided.an_agent("Website")).post(
            {
                "record": {"type": "contact", "id": str(contact.pk)},
                "action": "request_suppression",
                "items": [
                    {"field": "kind", "proposed": "address"},
                    {"field": "value", "proposed": "Ines.Costa@polder.example"},
                    {"field": "reason", "proposed": "They asked on the phone not to be written to."},
                ],
                "workflow": decided.WORKFLOW,
                "version": decided.VERSION,
                "level": "draft",
            }
        )
    told = said(answer)
    assert (told["status"], told["verdict"]) == ("queued", "queue")
    asked = Suggestion.objects.get(pk=told["id"])
    decided.approve(asked, decided.reviewer())
    done = decided.run(asked)

    assert (done.status, done.change_set_id) == ("succeeded", None)
    assert done.note == "Nobody writes to ines.costa@polder.example by e-mail for good."
    (row,) = Suppression.objects.all()
    assert row.added_by == "Sara Okafor, asked by Website"
    assert nothing_leaves("This address is suppressed")
    assert "suppressed" in scene.propose(contact, purpose="renewal").rules
