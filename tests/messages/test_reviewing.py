"""A reviewer reads a message where nothing of it can act, edits it, sends it, or sends it themselves."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from approvals.models import Decision, Execution, Message, Suggestion
from approvals.services import desk
from approvals.views import message_plates
from crmgov.people.models import Role
from crmgov.records.models import Activity, Touch
from tests.decisions import scene as decided
from tests.desk import browsing
from tests.messages import scene
from tests.world import NOW, a_team, a_user

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_page_holds_no_tag_of_the_message_and_spells_out_what_was_in_it() -> None:
    decided.publish()
    scene.at_any_hour()
    sara = decided.reviewer()
    suggestion = scene.propose(scene.reader(), body=scene.RUDE)

    page = browsing.at(sara).get(browsing.url("suggestion", suggestion))

    raw, said = page.content.decode(), browsing.text(page)
    assert "track.evil.example" not in raw
    assert "alert(1)" not in raw
    assert "Left out: 1 image, 1 script" in said
    assert "1 hidden character" in said
    assert "leads to evil.example" in said
    assert "leads elsewhere than it says" in said
    assert "Ines Costa (ines.costa@polder.example)" in said
    assert "It leaves 30 s after approval" in said
    assert "Approve and send" in said


def test_the_preview_can_do_nothing_and_only_our_own_page_frames_it() -> None:
    decided.publish()
    sara = decided.reviewer()
    suggestion = scene.propose(scene.reader(), body=scene.RUDE)
    client = browsing.at(sara)

    preview = client.get(browsing.url("suggestion_preview", suggestion))
    page = client.get(browsing.url("suggestion", suggestion))

    policy = preview["Content-Security-Policy"]
    assert "sandbox" in policy
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "frame-ancestors 'self'" in policy
    assert preview["X-Frame-Options"] == "SAMEORIGIN"
    assert "evil.example" not in preview.content.decode()
    assert "<p>Dear Ines,</p>" in preview.content.decode()
    assert "frame-src 'self'" in page["Content-Security-Policy"]
    assert page["X-Frame-Options"] == "DENY"


def test_a_preview_is_there_only_for_messages_and_for_who_sees_them() -> None:
    decided.publish()
    sara = decided.reviewer()
    other = decided.propose(decided.account(), employees=300)
    suggestion = scene.propose(scene.reader())

    elsewhere = browsing.at(a_user("Camille Roux", Role.REVIEWER, a_team("South")))

    assert browsing.at(sara).get(browsing.url("suggestion_preview", other)).status_code == 404
    assert elsewhere.get(browsing.url("suggestion_preview", suggestion)).status_code == 404


def test_an_edit_leaves_as_typed_and_the_difference_is_told() -> None:
    decided.publish()
    scene.at_any_hour()
    sara = decided.reviewer()
    suggestion = scene.propose(scene.reader())
    client = browsing.at(sara)

    form = client.get(browsing.url("suggestion_edit", suggestion)).content.decode()
    answer = _edit(client, suggestion, "Welcome to Polder")

    assert 'name="value:purpose"' not in form
    assert answer.status_code == 302
    assert Decision.objects.get().kind == Decision.Kind.APPROVE_EDITED
    assert Message.objects.get().subject == "Welcome to Polder"
    page = client.get(browsing.url("suggestion", suggestion))
    assert "Changed against what was proposed" in browsing.text(page)
    assert "<ins>" in page.content.decode()
    assert "Undo" in browsing.text(page)
    assert "It leaves in 30 s." in browsing.text(page)


def test_a_promise_and_a_price_that_nobody_proposed_are_said_once_before_they_leave() -> None:
    decided.publish()
    scene.at_any_hour()
    sara = decided.reviewer()
    suggestion = scene.propose(scene.reader())
    client = browsing.at(sara)
    rash = f"{scene.TEXT}<p>We will refund you 50 % by Friday.</p>"

    warned = _edit(client, suggestion, "Welcome", body=rash)
    found = re.search(r'name="read_again" value="([0-9a-f]{64})"', warned.content.decode())

    assert warned.status_code == 409
    assert found is not None
    page = browsing.text(warned)
    assert "It promises “We will refund you 50 % by Friday”." in page
    assert "It names 50 %. None of this was proposed." in page
    assert "Approve and send it all the same" in page
    assert "We will refund you 50 % by Friday." in warned.content.decode().split("<textarea")[1]
    assert not Decision.objects.exists()
    other = _edit(client, suggestion, "Welcome", body=f"{rash}<p>And 70 %.</p>", read_again=found[1])
    assert (other.status_code, "It names 50 % and 70 %" in browsing.text(other)) == (409, True)
    assert _edit(client, suggestion, "Welcome", body=rash, read_again=found[1]).status_code == 302
    assert "50 %" in Message.objects.get().text


def test_before_a_yes_at_night_it_says_when_it_would_really_leave() -> None:
    decided.publish()
    sara = decided.reviewer()
    night = NOW + timedelta(hours=12)
    berlin = scene.propose(scene.reader(time_zone="Europe/Berlin"))
    nowhere = scene.propose(scene.reader("b@polder.example"))

    def said(suggestion: Suggestion, at: datetime) -> str:
        return message_plates.consequence(desk.look(sara, suggestion.pk, at))

    assert "It leaves 30 s after approval; until then" in said(berlin, decided.LATER)
    assert "It leaves at 08:00 where they are, after quiet hours; until then" in said(berlin, night)
    assert "It leaves at 08:00 in UTC, after quiet hours" in said(nowhere, night)
    decision = scene.approve(berlin, sara, at=night)
    assert message_plates.leaves_at(decision) == "It leaves at 08:00 where they are, after quiet hours."


def test_an_edit_that_cannot_stand_keeps_what_was_typed() -> None:
    decided.publish()
    sara = decided.reviewer()
    suggestion = scene.propose(scene.reader())
    client = browsing.at(sara)

    answer = _edit(client, suggestion, "x" * 201)

    assert answer.status_code == 422
    assert "x" * 201 in answer.content.decode()
    assert not Message.objects.exists()


def test_an_edit_made_while_a_colleague_decided_is_not_lost() -> None:
    decided.publish()
    sara, other = decided.reviewer(), decided.reviewer("Tom Becker")
    suggestion = scene.propose(scene.reader())
    client = browsing.at(sara)
    note = browsing.shown(client, suggestion)
    scene.approve(suggestion, other)

    answer = _edit(client, suggestion, "My own words", note=note)

    assert answer.status_code == 409
    assert "Subject: My own words" in browsing.text(answer)


def test_at_suggest_it_is_copied_and_who_sent_it_says_so() -> None:
    decided.publish()
    sara = decided.reviewer()
    suggestion = scene.propose(scene.reader(), level="suggest")
    client = browsing.at(sara)

    page = client.get(browsing.url("suggestion", suggestion))
    answer = browsing.press(client, "sent", suggestion)

    assert "your trial began today" in browsing.text(page)
    assert "I sent it" in browsing.text(page)
    assert answer.status_code == 302
    decision, execution = Decision.objects.get(), Execution.objects.get()
    assert (decision.kind, decision.person) == (Decision.Kind.ACCEPT_FORM, sara)
    assert decision.payload[0]["recipient"] == "ines.costa@polder.example"
    assert (execution.status, execution.payload_digest) == ("succeeded", decision.payload_digest)
    assert not Message.objects.exists()
    touch = Touch.objects.get()
    assert (touch.suggestion_id, touch.state, touch.purpose) == (suggestion.pk, "used", "onboarding")
    entry = Activity.objects.get()
    assert (entry.kind, entry.contact_id, entry.by) == ("mail_out", suggestion.record_id, str(sara))
    assert (entry.subject, entry.body.split(",")[0]) == ("Welcome", "Dear Ines")
    suggestion.refresh_from_db()
    assert suggestion.status == Suggestion.Status.APPROVED
    closed = browsing.text(client.get(browsing.url("suggestion", suggestion)))
    assert "sent this by hand" in closed
    assert "From Sara Okafor's own mailbox" in closed
    assert "I did not send it" in closed


def test_what_is_sent_from_here_cannot_be_said_to_be_sent_by_hand() -> None:
    decided.publish()
    sara = decided.reviewer()
    suggestion = scene.propose(scene.reader())

    answer = browsing.press(browsing.at(sara), "sent", suggestion)

    assert answer.status_code == 409
    assert not Decision.objects.exists()


def _edit(
    client: Client,
    suggestion: Suggestion,
    subject: str,
    *,
    note: str = "",
    body: str = scene.TEXT,
    read_again: str = "",
) -> Any:
    data = {
        "shown": note or browsing.shown(client, suggestion, "suggestion_edit"),
        "mode": "edit",
        "takes": "1",
        "take": ["purpose", "subject", "body"],
        "value:subject": subject,
        "value:body": body,
        "read_again": read_again,
    }
    return client.post(reverse("approvals:suggestion_approve", args=[suggestion.pk]), data)
