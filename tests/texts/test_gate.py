"""What a model reads and people say holds messages, and never lets one go that the word lists hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from approvals.models import Suggestion
from approvals.rules import gate as rules
from approvals.rules.facts import Facts, Message, ReadTopic
from approvals.rules.findings import Finding, Ref
from approvals.rules.messages import NOUNS
from crmgov.people.models import Role, User
from crmgov.records.models import Account, Activity, Contact, Source, Ticket
from crmgov.records.services import activities
from crmgov.records.services.activities import NewActivity
from scoring.models import TextReading
from scoring.services import text_labels, text_reading
from tests.decisions import scene as decided
from tests.imports.files import take, write
from tests.messages import scene
from tests.rules.worlds import WORLDS
from tests.texts import kit
from tests.world import NOW, a_team, a_ticket, a_user, change

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=5)


def wrote(contact: Contact, subject: str) -> Activity:
    source = Source.objects.get_or_create(name="mailbox", defaults={"kind": "import", "trust_rank": 10})[0]
    (key,) = activities.append([NewActivity(contact, "reply", NOW, source, subject=subject)], at=NOW)
    assert key is not None
    return Activity.objects.get(pk=key)


def said(label: str, positive: bool, record: Any, kind: str, *, by: User | None = None) -> None:
    text_labels.say(
        label=label,
        positive=positive,
        record_type=kind,
        record_id=record.pk,
        user=by or decided.reviewer(),
        at=NOW,
    )


def welcome() -> Callable[[Contact], Suggestion]:
    """A template that goes out by itself: what proposes it to a contact."""
    decided.publish()
    version = scene.template(by=decided.admin())
    scene.sign(version, by=a_user("Olga Brandt", Role.ADMIN))
    return lambda contact: scene.propose(contact, **scene.filled(version, contact), at=LATER)


def finding(suggestion: Suggestion, rule: str) -> Finding:
    stored = suggestion.readings.latest("id").findings
    (found,) = (Finding.from_json(one) for one in stored if one["rule"] == rule)
    return found


def test_a_complaint_in_an_imported_ticket_that_no_list_knows_makes_a_message_queue(tmp_path: Path) -> None:
    decided.publish()
    kit.trained()
    take(write(tmp_path / "accounts.csv", ["id,name", "1,Polder Freight"]), "accounts")
    account = Account.objects.get(name="Polder Freight")
    change("account", account.pk, team=str(a_team().pk))
    tickets = ["id,account,subject,opened at,status", f't1,1,"{kit.ANGRY}",2026-11-19 09:30,open']
    take(write(tmp_path / "tickets.csv", tickets), "tickets")
    reader = scene.reader(account=Account.objects.get(pk=account.pk))
    before = scene.propose(reader, purpose="renewal", at=LATER)

    text_reading.read_news(at=LATER)
    suggestion = scene.propose(reader, at=LATER)

    assert "empathy_needed" not in before.rules
    assert suggestion.status == Suggestion.Status.QUEUED
    found = finding(suggestion, "empathy_needed")
    ticket = Ticket.objects.get()
    assert f"A model read “{ticket.subject}” as a complaint: " in found.sentence
    assert found.sentence.endswith("labeled texts like it were.")
    assert [(one.kind, one.id) for one in found.evidence] == [("ticket", str(ticket.pk))]


def test_a_ticket_of_another_team_holds_the_message_and_keeps_its_words() -> None:
    propose, reader = welcome(), scene.reader()
    ticket = a_ticket("We are suing the pilot of Kestrel", account=reader.account_id, team=a_team("South").pk)
    said("legal", True, ticket, "ticket", by=a_user("Sven Lund", Role.REVIEWER, a_team("South")))

    held = propose(reader)

    found = finding(held, "sensitive_topic")
    assert held.status == Suggestion.Status.QUEUED
    assert "Kestrel" not in str(found.to_json())
    assert str(ticket.pk) not in str(found.to_json())


def test_a_reply_read_as_a_complaint_holds_what_a_standing_approval_would_let_out() -> None:
    propose, calm, angry = welcome(), scene.reader(), scene.reader(account=decided.account("Other"))
    kit.trained()
    wrote(calm, "Thanks for the guide")
    wrote(angry, kit.ANGRY)
    text_reading.read_news(at=NOW)

    assert propose(calm).status == Suggestion.Status.APPROVED
    held = propose(angry)

    assert (held.status, held.rules) == (Suggestion.Status.QUEUED, ["empathy_needed"])
    assert [one.kind for one in finding(held, "empathy_needed").evidence] == ["account"]


def test_what_somebody_said_holds_at_once_without_any_model() -> None:
    propose, reader = welcome(), scene.reader()
    reply = wrote(reader, "We will be looking elsewhere")
    said("cancellation", True, reply, "activity")

    held = propose(reader)

    assert held.rules == ["empathy_needed"]
    sentence = finding(held, "empathy_needed").sentence
    assert sentence == "Sara Okafor said that “We will be looking elsewhere” is a cancellation."


def test_a_person_who_said_that_it_is_none_has_the_last_word_over_the_model() -> None:
    propose, reader = welcome(), scene.reader()
    kit.trained()
    reply = wrote(reader, kit.ANGRY)
    text_reading.read_news(at=NOW)
    said("complaint", False, reply, "activity")

    assert propose(reader).status == Suggestion.Status.APPROVED


def test_nobody_and_nothing_takes_away_what_the_lists_found() -> None:
    propose, reader = welcome(), scene.reader()
    kit.trained()
    reply = wrote(reader, "Thanks for the guide, though I complained")
    text_reading.read_news(at=NOW)
    said("complaint", False, reply, "activity")
    assert TextReading.objects.get(record_id=reply.pk).raised == []

    held = propose(reader)

    assert finding(held, "empathy_needed").sentence == "It is about complaint."


@pytest.mark.parametrize("topic", ["pricing", "legal", "security"])
def test_sensitive_topics_hold_by_their_own_rule(topic: str) -> None:
    propose, reader = welcome(), scene.reader()
    said(topic, True, wrote(reader, "About the matter we spoke of"), "activity")

    assert propose(reader).rules == ["sensitive_topic"]


def test_a_tone_or_a_topic_that_the_gate_does_not_know_holds_nothing() -> None:
    propose, reader = welcome(), scene.reader()
    reply = wrote(reader, "The screen stays black")
    for label in ("fault", "negative"):
        said(label, True, reply, "activity")

    assert propose(reader).status == Suggestion.Status.APPROVED


def test_judged_again_from_what_was_kept_it_comes_to_the_same() -> None:
    propose, reader = welcome(), scene.reader()
    kit.trained()
    wrote(reader, kit.ANGRY)
    text_reading.read_news(at=NOW)
    held = propose(reader)
    kept = held.readings.latest("id")
    TextReading.objects.update(raised=[])

    again = rules.judge(Facts.from_json(kept.facts))

    assert [one.to_json() for one in again.findings] == kept.findings


READINGS = st.lists(
    st.tuples(st.sampled_from([*NOUNS, "fault"]), st.integers(0, 50), st.sampled_from(["", "Sara Okafor"])),
    max_size=4,
)


@given(facts=WORLDS, read=READINGS)
@settings(max_examples=60, deadline=None)
def test_whatever_is_read_on_top_loosens_nothing(facts: Facts, read: list[tuple[str, int, str]]) -> None:
    message = facts.message or Message("onboarding")
    without = replace(facts, message=message)
    topics = tuple(ReadTopic(topic, Ref("ticket", "t", "T"), part, 50, by) for topic, part, by in read)
    with_them = replace(without, message=replace(message, read_topics=(*message.read_topics, *topics)))

    before, after = rules.judge(without), rules.judge(with_them)

    assert set(before.rules) <= set(after.rules)
    assert after.verdict.rank >= before.verdict.rank
