"""What is asked and answered stays with the team that asked."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from approvals.models import Note, Suggestion
from approvals.models.suggestion import SuggestionQuerySet
from approvals.selectors import beside
from approvals.services import asks
from crmgov.people.models import Role
from crmgov.records.models import Account
from tests.api.caller import Caller, refusal, said
from tests.decisions import scene
from tests.intake.kit import an_agent, body, item
from tests.on_the_way import verbs
from tests.world import a_team, a_user, an_account, change

pytestmark = pytest.mark.django_db
STAYS = "stays on the same account and in the same team"


@pytest.fixture
def caller() -> Caller:
    scene.reviewer()
    return Caller(an_agent(a_team(), a_team("South")))


def contact(account: Account, last_name: str = "Lind", **more: Any) -> dict[str, Any]:
    values = {"first_name": "Maya", "last_name": last_name, "account": str(account.pk)}
    items = [{"field": field, "proposed": value} for field, value in values.items()]
    record = {"type": "contact"}
    return {**body(account), "record": record, "action": "create_record", "items": items, **more}


def asked(caller: Caller, account: Account) -> Suggestion:
    told = said(caller.post(contact(account)))
    return verbs.ask(Suggestion.objects.get(pk=told["id"]), scene.reviewer(), at=timezone.now())


def test_an_answer_about_something_new_stays_with_its_account_and_team(caller: Caller) -> None:
    older = asked(caller, an_account("Halden", team=a_team().pk))
    south = an_account("Lund", team=a_team("South").pk)
    beside_it = an_account("Corvane", team=a_team().pk)
    for elsewhere in (south, beside_it):
        told = refusal(caller.post(contact(elsewhere, answers=str(older.pk))), 422)
        assert STAYS in told["/answers"]
    assert verbs.again(older).asked_at is not None

    home = Account.objects.get(name="Halden")
    answered = caller.post(contact(home, "Lindh", answers=str(older.pk)))

    assert said(answered)["supersedes"] == older.number
    verbs.nothing_is_broken()


def test_without_that_guard_the_answer_would_leave_the_team(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asks, "_at_home", lambda asked, subject: True)
    older = asked(caller, an_account("Halden", team=a_team().pk))
    south = an_account("Lund", team=a_team("South").pk)
    told = said(caller.post(contact(south, answers=str(older.pk))))
    assert Suggestion.objects.get(pk=told["id"]).team == a_team("South")


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "guard out"])
def test_after_a_move_the_other_team_reads_nothing_of_what_was_asked_before(
    caller: Caller, guarded: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = an_account("Halden", team=a_team().pk, employees=240)
    told = said(caller.post(body(account, item("employees", 240, 310))))
    older = verbs.ask(Suggestion.objects.get(pk=told["id"]), scene.reviewer(), at=timezone.now())
    change("account", account.pk, team=a_team("South").pk)
    told = said(caller.post(body(account, item("employees", 240, 311))))
    newer = Suggestion.objects.get(pk=told["id"])
    assert (newer.supersedes_id, newer.team, older.team) == (older.pk, a_team("South"), a_team())
    olga = a_user("Olga Brandt", Role.REVIEWER, a_team("South"))
    if not guarded:
        monkeypatch.setattr(SuggestionQuerySet, "for_user", lambda rows, user: rows)
        assert thread(olga, newer), "the filter is what hides it"
        return
    assert thread(olga, newer) == []
    assert [note.text for note in thread(scene.admin(), newer)] == [verbs.QUESTION]
    assert newer.asked_at is None, "who asked no longer sees it"


def thread(user: Any, suggestion: Suggestion) -> list[Note]:
    return list(beside.of(user, suggestion, timezone.now()).thread)
