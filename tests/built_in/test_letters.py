"""Workflows that write: an escalation, a trial, a customer who left. What they write waits for people or their word."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from approvals.models import Execution, Message, StandingApproval, Suggestion, TemplateVersion
from approvals.services import standing_approvals, templates_kept
from approvals.workflows.escalation_reply import EscalationReply
from approvals.workflows.letters import DAY_3, WELCOME
from approvals.workflows.trial_sequence import TrialSequence
from approvals.workflows.win_back import WinBack
from crmgov.people.models import Role
from crmgov.records.models import Contact
from tests.built_in import kit
from tests.decisions import scene
from tests.world import NOW, a_contact, a_team, a_ticket, a_user, change

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def a_reader(**values: Any) -> Contact:
    owner = kit.an_owner()
    account = scene.account("Polder Freight", owner=owner.pk, **values)
    named = {"first_name": "Ines", "email": "ines.costa@polder.example", "owner": owner.pk}
    return a_contact("Costa", account=account.pk, team=a_team().pk, **named)


def sign(name: str, **audience: Any) -> StandingApproval:
    """Somebody else than whoever the templates were shipped for signs."""
    version = TemplateVersion.objects.get(template__name=name)
    signer = a_user("Ana Ruiz", Role.ADMIN)
    given = {"segments": [], "lifecycles": [], "until": NOW + 30 * DAY, "why": "fixed text", **audience}
    return standing_approvals.sign(version_id=version.pk, user=signer, at=NOW, **given)


def test_an_escalated_ticket_brings_a_reply_that_waits_for_a_person() -> None:
    kit.begin()
    contact = a_reader()
    ticket = a_ticket("Data gaps", account=contact.account_id, contact=contact.pk, team=a_team().pk)
    kit.ring()
    assert kit.of(EscalationReply) == []

    change("ticket", ticket.pk, escalated=True)
    for _ in range(5):
        kit.ring()

    (reply,) = kit.of(EscalationReply)
    assert (reply.action, reply.status, reply.record_id) == ("send_message", "queued", contact.pk)
    assert {"customer_facing", "escalated"} <= set(reply.rules)
    assert "Dear Ines" in kit.values(reply)["body"]


def test_an_escalation_reply_never_goes_by_itself_whatever_was_signed() -> None:
    kit.begin()
    contact = a_reader()
    ticket = a_ticket("Data gaps", account=contact.account_id, contact=contact.pk, team=a_team().pk)
    kit.ring()
    sign("Escalation reply")

    change("ticket", ticket.pk, escalated=True)
    kit.ring()

    assert [one.status for one in kit.of(EscalationReply)] == ["queued"]
    assert Message.objects.count() == 0


def test_a_trial_is_welcomed_under_a_standing_approval_and_waits_once_the_template_was_edited() -> None:
    kit.begin()
    first = a_reader()
    kit.ring()
    sign(WELCOME.name)

    change("contact", first.pk, tags=["trial"])
    for _ in range(5):
        kit.ring()

    (welcome,) = kit.of(TrialSequence)
    assert welcome.status == Suggestion.Status.APPROVED
    assert Message.objects.get().standing is not None
    assert Execution.objects.get(leaves=True).decision.person is None

    version = TemplateVersion.objects.get(template__name=WELCOME.name)
    templates_kept.save(
        template_id=version.template_id,
        against=1,
        subject=version.subject,
        body=version.body.replace("worth doing", "well worth doing"),
        why="kinder",
        user=scene.admin(),
        at=NOW,
    )
    second = a_contact(
        "Maas", first_name="Jan", email="jan@polder.example", account=first.account_id, team=a_team().pk
    )
    change("contact", second.pk, tags=["trial"])
    kit.ring()

    assert [one.status for one in kit.of(TrialSequence)] == ["approved", "queued"]


def test_the_word_after_three_days_stops_where_they_answered() -> None:
    kit.begin()
    silent, talking = a_reader(), a_contact("Maas", first_name="Jan", email="jan@polder.example", team=a_team().pk,
                                            owner=kit.an_owner().pk)  # fmt: skip
    kit.ring()
    for contact in (silent, talking):
        change("contact", contact.pk, tags=["trial"])
    kit.ring()
    kit.post(kit.event(talking, "reply", at=NOW + DAY, body="Thanks, all fine."), at=NOW + DAY)

    kit.ring(at=kit.SOON + 3 * DAY + timedelta(hours=1))

    wrote = [one for one in kit.of(TrialSequence) if one.title == "Message: How is it going, Ines?"]
    assert [kit.values(one)["template"] for one in wrote] == [f"{DAY_3.name}@1"]
    assert not [one for one in kit.of(TrialSequence) if "Jan" in one.title and "going" in one.title]


def test_a_field_that_is_empty_makes_a_task_instead_of_a_hole() -> None:
    kit.begin()
    nobody_owns = a_contact("Costa", first_name="", email="x@polder.example", team=a_team().pk)
    kit.ring()

    change("contact", nobody_owns.pk, tags=["trial"])
    kit.ring()

    (task,) = kit.of(TrialSequence)
    assert (task.action, task.title) == ("create_task", "Task: Write to Costa: Trial welcome")
    assert "contact.first_name" in kit.values(task)["note"]


def test_who_left_is_asked_after_two_months_and_a_person_decides() -> None:
    kit.begin()
    contact = a_reader(annual_value="48000.00", currency="EUR", lifecycle="customer")
    kit.ring()

    assert contact.account_id is not None
    change("account", contact.account_id, lifecycle="churned")
    kit.ring()
    assert kit.of(WinBack) == []
    kit.ring(at=kit.SOON + 60 * DAY + timedelta(hours=1))

    call, message = kit.of(WinBack)
    assert (call.action, call.status) == ("create_task", "queued")
    # Nobody said that they want such mail.
    assert (message.action, message.status, message.rules[:1]) == (
        "send_message",
        "blocked",
        message.rules[:1],
    )
    assert "opted_out" in message.rules
