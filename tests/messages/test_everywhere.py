"""Where a message stands beside the item: on paper, on the record, in what AI did by itself."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from approvals.models import Execution, Message
from approvals.services import contests
from crmgov.people.models import Role
from tests.decisions import scene as decided
from tests.desk import browsing
from tests.messages import scene
from tests.world import a_user

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_print_shows_the_text_as_sent_and_the_digest_of_its_bytes() -> None:
    decided.publish()
    sara = decided.reviewer()
    suggestion = scene.propose(scene.reader(), body=scene.RUDE)
    scene.approve(suggestion, sara, edits={"body": scene.TEXT})

    page = browsing.at(sara).get(browsing.url("decision", suggestion))

    said, message = browsing.text(page), Message.objects.get()
    assert "Dear Ines, your trial began today." in said
    assert message.mime_digest in said
    assert message.message_id in said
    assert "Ines Costa <ines.costa@polder.example>" in said
    assert "track.evil.example" not in page.content.decode()


def test_the_record_tells_of_it_and_leads_to_the_item() -> None:
    decided.publish()
    sara = decided.reviewer()
    reader = scene.reader()
    suggestion = scene.propose(reader)
    scene.approve(suggestion, sara)
    client = browsing.at(sara)

    for show in ("", "mail"):
        page = client.get(browsing.url("contact", reader), {"tab": "timeline", "show": show})

        assert "Message: Welcome" in browsing.text(page), show
        assert browsing.url("suggestion", suggestion) in page.content.decode()


def test_what_went_out_by_itself_is_listed_and_never_offered_to_be_put_back() -> None:
    decided.publish()
    ana, olga = decided.admin(), a_user("Olga Brandt", Role.ADMIN)
    version = scene.template(by=ana)
    scene.sign(version, by=olga)
    reader = scene.reader(account=decided.account(owner=ana.pk))
    suggestion = scene.propose(reader, **scene.filled(version, reader))
    execution = Execution.objects.get(suggestion=suggestion)
    # What the sender does at its end.
    Execution.objects.update(status="succeeded", finished_at=timezone.now())

    page = browsing.at(ana).get(reverse("approvals:done"), {"view": "team"})

    assert "Sent. Message: Welcome, Ines" in browsing.text(page)
    assert browsing.url("contest", execution) not in page.content.decode()
    with pytest.raises(contests.SentAlready):
        contests.contest(execution_id=execution.pk, user=ana, at=timezone.now(), reason="Wrong.")
