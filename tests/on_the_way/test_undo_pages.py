"""Undo when it was written already, which is the usual case: one press puts it back, and the list is there again."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from approvals.models import QueueMembership, Suggestion
from approvals.services import executions
from crmgov.people.models import Role
from crmgov.records.models import Account, ChangeSet
from tests.decisions import scene
from tests.desk.browsing import HIDDEN, at, press, text, url
from tests.world import a_team, a_user

pytestmark = pytest.mark.django_db
LIST = "view=team&order=newest"
UNDO = re.compile(r'<form method="post" action="([^"]*take-back[^"]*)"')


@pytest.fixture
def suggestion() -> Suggestion:
    scene.reviewer()
    scene.publish()
    return scene.propose(scene.account(), employees=310, at=timezone.now() - timedelta(minutes=1))


def undo_after_approving(client: Client, suggestion: Suggestion, *, written: bool = True) -> Any:
    """Approve from a list, let the worker come by, and press Undo on the toast."""
    approved = press(client, "approve", suggestion, list=LIST)
    if written:
        executions.drain(at=timezone.now())
    page = client.get(approved["Location"]).content.decode()
    found = UNDO.search(page)
    assert found, "the toast has an Undo"
    return client.post(unescape(found[1]), follow=True)


def put_back(client: Client, page: Any) -> Any:
    """Press the one button of the form as it stands there."""
    content = page.content.decode()
    found = re.search(r'action="([^"]*/revert)".*?</form>', content, re.DOTALL)
    assert found, text(page)
    reason = re.search(r'name="reason"[^>]* value="([^"]*)"', found[0])
    assert reason
    typed = {name: unescape(value) for name, value in HIDDEN.findall(found[0])}
    return client.post(found[1], {**typed, "reason": unescape(reason[1])}, follow=True)


def test_undo_of_what_is_written_takes_one_press_and_leads_back_to_the_list(suggestion: Suggestion) -> None:
    sara = at(scene.reviewer())
    page = undo_after_approving(sara, suggestion)
    assert "It was written already. Put it back here." in text(page)
    assert "cannot be taken back" not in text(page)
    (button,) = re.findall(r"<button[^>]*data-focus[^>]*>", page.content.decode())
    assert 'type="submit"' in button
    assert "autofocus" in button
    after = put_back(sara, page)
    assert after.redirect_chain[-1][0] == f"/inbox/?{LIST}"
    assert "Undone: Polder Freight is as it was before." in text(after)
    assert Account.objects.get().employees == 240
    assert ChangeSet.objects.get(authority="revert").reason == "Undone by the person who decided it."


def test_undo_before_it_is_written_returns_to_the_list_too(suggestion: Suggestion) -> None:
    page = undo_after_approving(at(scene.reviewer()), suggestion, written=False)
    assert page.redirect_chain[-1][0].endswith(f"?{LIST}")
    assert "Taken back. Nothing was written" in text(page)


def test_who_put_it_back_may_revert_that_as_the_toast_says(suggestion: Suggestion) -> None:
    sara = at(scene.reviewer())
    press(sara, "approve", suggestion)
    executions.drain(at=timezone.now())
    written = ChangeSet.objects.get(suggestion_id=suggestion.pk)
    after = sara.post(url("revert", written), {"reason": "Wrong company."}, follow=True)
    assert "can be reverted, too" in text(after)
    assert "Who decided it" not in text(after)
    again = put_back_typed(sara, after, "It was right.")
    assert again.status_code == 200
    assert Account.objects.get().employees == 310
    tom = at(scene.reviewer("Tom Becker"))
    latest = ChangeSet.objects.order_by("-at", "-pk").first()
    assert "Who decided it, the account's owner or an admin may revert it." in text(
        tom.get(url("change_set", latest))
    )


def put_back_typed(client: Client, page: Any, reason: str) -> Any:
    found = re.search(r'action="([^"]*/revert)"', page.content.decode())
    assert found, text(page)
    return client.post(found[1], {"reason": reason}, follow=True)


def test_who_decided_and_may_not_revert_is_not_told_that_they_may(suggestion: Suggestion) -> None:
    priya = a_user("Priya Nair", Role.ACCOUNT_MANAGER, a_team())
    assert suggestion.queue is not None
    QueueMembership.objects.create(queue=suggestion.queue, user=priya)
    page = undo_after_approving(at(priya), suggestion)
    said = text(page)
    assert "It was written already." in said
    assert "You decided it, and the account is another's: its owner or an admin may revert it." in said
    assert "can be put back" not in said
    assert "Put it back here" not in said
    assert f'href="/inbox/?{LIST.replace("&", "&amp;")}"' in page.content.decode()


def test_the_way_back_leads_nowhere_else(suggestion: Suggestion) -> None:
    sara = at(scene.reviewer())
    press(sara, "approve", suggestion)
    executions.drain(at=timezone.now())
    written = ChangeSet.objects.get(suggestion_id=suggestion.pk)
    evil = {"undo": "1", "list": "https://evil.example/?view=//evil.example"}
    page = sara.get(url("change_set", written), evil).content.decode()
    assert '<a class="btn" data-kind="ghost" href="/inbox/">' in page
    answer = sara.post(url("revert", written), {**evil, "reason": "Wrong."})
    assert answer["Location"] == "/inbox/"
