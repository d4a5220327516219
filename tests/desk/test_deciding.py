"""Approve, edit then approve, approve some, reject, save the form: and every no of the server, said on the page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from approvals.models import Decision, Suggestion
from approvals.rules.vocabulary import Level
from approvals.services import decisions
from crmgov.people.models import Role, User
from crmgov.records.models import Account, ChangeSet
from tests.decisions import scene
from tests.desk.browsing import HTMX, at, press, shown, text, url
from tests.world import NOW, a_team, a_user, change

pytestmark = pytest.mark.django_db


@pytest.fixture
def sara() -> Client:
    client = at(scene.reviewer())
    scene.publish()
    return client


def waiting(**values: Any) -> Suggestion:
    return scene.propose(scene.account(), **(values or {"employees": 310}))


def decision() -> Decision:
    return Decision.objects.get()


def test_approving_goes_on_to_the_next_and_says_what_was_approved(sara: Client) -> None:
    suggestion = waiting()
    behind = scene.propose(scene.account("Skarholm Paper"), employees=90, at=NOW + timedelta(hours=1))
    answer = press(sara, "approve", suggestion)
    assert answer.status_code == 302
    assert answer["Location"] == url("suggestion", behind)
    assert "Approved: Employees: 240 to 310, Polder Freight." in text(sara.get(answer["Location"]))


def test_after_the_last_one_the_list_is_next_and_keeps_its_filter(sara: Client) -> None:
    answer = press(sara, "approve", waiting(), list="view=team&rule=level&evil=1")
    assert answer["Location"] == "/inbox/?view=team&rule=level"
    assert "Nothing like this waits" in text(sara.get(answer["Location"]))


def test_the_decision_keeps_what_was_on_screen_and_since_when(sara: Client) -> None:
    suggestion = waiting()
    before = timezone.now()
    press(sara, "approve", suggestion)
    made = decision()
    assert made.digest == Suggestion.objects.get(pk=suggestion.pk).digest
    assert made.shown_at is not None
    assert before <= made.shown_at <= made.decided_at


def test_only_what_is_ticked_is_taken(sara: Client) -> None:
    suggestion = waiting(employees=310, region="EMEA")
    press(sara, "approve", suggestion, takes="1", take=["region"])
    assert decision().kind == "approve_some"
    assert decision().taken == ["region"]


def test_nothing_ticked_is_refused_with_a_way_out(sara: Client) -> None:
    answer = press(sara, "approve", waiting(employees=310, region="EMEA"), takes="1")
    assert answer.status_code == 422
    assert "Nothing is ticked: tick what to take, or reject the suggestion." in text(answer)


def test_an_edited_value_is_approved_as_it_was_typed(sara: Client) -> None:
    typed = {"mode": "edit", "takes": "1", "take": ["employees"], "value:employees": "333"}
    assert press(sara, "approve", waiting(), **typed).status_code == 302
    assert decision().kind == "approve_edited"
    assert decision().edits == {"employees": 333}


def test_an_impossible_value_is_said_under_its_control_and_stays_there(sara: Client) -> None:
    typed = {
        "mode": "edit",
        "takes": "1",
        "take": ["employees"],
        "value:employees": "many",
        "note": "see mail",
    }
    answer = press(sara, "approve", waiting(), **typed)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert 'value="many"' in page
    assert 'aria-invalid="true"' in page
    assert "see mail" in page
    assert not Decision.objects.exists()


def test_rejecting_keeps_reason_and_note_for_the_agent(sara: Client) -> None:
    assert (
        press(sara, "reject", waiting(), reason_code="bad_timing", note="After the audit.").status_code == 302
    )
    assert (decision().kind, decision().reason_code, decision().note) == (
        "reject",
        "bad_timing",
        "After the audit.",
    )


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"reason_code": "", "note": "not now, they said"}, "Choose a reason"),
        ({"reason_code": "other", "note": ""}, "Say why."),
        ({"reason_code": "nonsense", "note": "kept"}, "Choose a reason"),
    ],
)
def test_a_no_needs_a_reason_and_what_was_typed_stays(sara: Client, typed: dict[str, str], says: str) -> None:
    answer = press(sara, "reject", waiting(), mode="reject", **typed)
    assert answer.status_code == 422
    assert says in text(answer)
    assert typed["note"] in answer.content.decode()
    assert 'id="rejection"' in answer.content.decode()
    assert not Decision.objects.exists()


def test_the_form_of_a_no_has_an_address_of_its_own(sara: Client) -> None:
    page = sara.get(url("suggestion_reject", waiting())).content.decode()
    assert page.count('name="reason_code"') == 1
    assert 'form="rejection"' in page


def test_who_may_not_decide_sees_why_and_is_refused(sara: Client) -> None:
    suggestion = waiting()
    colleague = at(a_user("Jonas Weber", Role.ACCOUNT_MANAGER, a_team()))
    page = colleague.get(url("suggestion", suggestion))
    assert "This is decided by somebody else" in text(page)
    assert 'aria-disabled="true"' in page.content.decode()
    for step, typed in (("approve", {}), ("reject", {"reason_code": "not_ours"})):
        answer = press(colleague, step, suggestion, note="my words", **typed)
        assert answer.status_code == 403
        assert "my words" in text(answer)
    assert not Decision.objects.exists()


def test_an_auditor_looks_and_decides_nothing(sara: Client) -> None:
    suggestion = waiting()
    auditor = at(a_user("Ida Holm", Role.AUDITOR))
    assert auditor.get(url("suggestion", suggestion)).status_code == 200
    assert press(auditor, "approve", suggestion).status_code == 403


def test_of_two_reviewers_the_second_sees_who_was_faster_and_keeps_their_words(sara: Client) -> None:
    suggestion = waiting()
    theirs = shown(sara, suggestion)
    tom = a_user("Tom Becker", Role.REVIEWER, a_team())
    scene.reviewer("Tom Becker")
    press(at(tom), "reject", suggestion, reason_code="wrong_value", note="It is 290.")
    answer = sara.post(url("suggestion_approve", suggestion), {"shown": theirs, "note": "checked by phone"})
    assert answer.status_code == 409
    said = text(answer)
    assert "Tom Becker decided this one: rejected." in said
    assert "What you wrote is kept here" in said
    assert "The value is wrong" in said
    assert "It is 290." in said
    assert "checked by phone" in said
    assert decision().person == tom


def test_what_changed_since_the_page_was_drawn_is_shown_and_not_decided(sara: Client) -> None:
    suggestion = waiting()
    before = shown(sara, suggestion)
    change("account", suggestion.record_id, employees=270)  # type: ignore[arg-type]
    answer = sara.post(url("suggestion_approve", suggestion), {"shown": before, "note": "still fine"})
    assert answer.status_code == 409
    said = text(answer)
    assert "has changed since the page was loaded" in said
    assert "270" in said
    assert "still fine" in said
    assert not Decision.objects.exists()


def test_a_value_that_moved_on_cannot_be_taken_and_the_page_says_so(sara: Client) -> None:
    suggestion = waiting(employees=310, region="EMEA")
    change("account", suggestion.record_id, employees=270)  # type: ignore[arg-type]
    page = sara.get(url("suggestion", suggestion))
    assert "Employees was 240 and is now 270." in text(page)
    assert 'value="employees" form="decide" data-take' in page.content.decode()
    assert 'value="region" form="decide" checked data-take' in page.content.decode()
    assert press(sara, "approve", suggestion, takes="1", take=["employees"]).status_code == 409
    assert press(sara, "approve", suggestion, takes="1", take=["region"]).status_code == 302


@pytest.mark.parametrize("forged", ["", "x", "eyJhIjoxfQ:1abc:def"])
def test_a_page_we_did_not_draw_decides_nothing(sara: Client, forged: str) -> None:
    suggestion = waiting()
    answer = sara.post(url("suggestion_approve", suggestion), {"shown": forged, "note": "words"})
    assert answer.status_code == 409
    assert "nothing was decided" in text(answer)
    assert not Decision.objects.exists()


def test_what_another_person_or_another_page_showed_does_not_count(sara: Client) -> None:
    suggestion, other = waiting(), scene.propose(scene.account("Skarholm Paper"), employees=90)
    tom = at(scene.reviewer("Tom Becker"))
    for signed in (shown(tom, suggestion), shown(sara, other)):
        assert sara.post(url("suggestion_approve", suggestion), {"shown": signed}).status_code == 409
    assert not Decision.objects.exists()


def test_the_same_post_is_refused_without_a_forgery_token() -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(scene.reviewer())
    scene.publish()
    suggestion = waiting()
    signed = shown(strict, suggestion)
    assert strict.post(url("suggestion_approve", suggestion), {"shown": signed}).status_code == 403
    assert not Decision.objects.exists()


@pytest.mark.parametrize("step", ["approve", "reject"])
def test_a_script_gets_the_same_page_and_the_address_to_stand_on(sara: Client, step: str) -> None:
    suggestion = waiting()
    data = {"shown": shown(sara, suggestion), "takes": "1"}
    answer = sara.post(url(f"suggestion_{step}", suggestion), data, headers=HTMX)
    assert answer.status_code == 422
    assert answer["HX-Push-Url"] == url("suggestion", suggestion)
    page = answer.content.decode()
    assert 'id="item"' in page
    assert 'id="list"' in page
    assert "data-announce" in page


def test_a_script_asking_for_what_is_not_there_gets_a_piece_it_can_swap_in(sara: Client) -> None:
    answer = sara.get(url("suggestion", "00000000-0000-7000-8000-000000000000"), headers=HTMX)
    assert answer.status_code == 404
    assert answer["HX-Retarget"] == "#main"
    assert "<html" not in answer.content.decode()


class TestSuggestLevel:
    """Accepting is opening the prefilled form: what is saved is the person's own (DESIGN §2)."""

    @pytest.fixture
    def suggestion(self) -> Suggestion:
        self.person: User = scene.reviewer()
        self.sara = at(self.person)
        scene.publish(level=Level.SUGGEST)
        return waiting(employees=310, region="EMEA")

    def save(self, suggestion: Suggestion, **typed: Any) -> Any:
        signed = shown(self.sara, suggestion, "suggestion_form")
        data = {"shown": signed, "mode": "form", "value:employees": "310", "value:region": "EMEA", **typed}
        return self.sara.post(url("suggestion_accept", suggestion), data)

    def test_the_page_offers_the_form_and_no_approval(self, suggestion: Suggestion) -> None:
        page = self.sara.get(url("suggestion", suggestion))
        assert "Open the form" in text(page)
        assert "Nothing changes until you save it" in text(page)
        answer = press(self.sara, "approve", suggestion)
        assert answer.status_code == 409
        assert "open the prefilled form" in text(answer)

    def test_the_form_is_filled_with_the_proposal(self, suggestion: Suggestion) -> None:
        page = self.sara.get(url("suggestion_form", suggestion)).content.decode()
        assert 'name="value:employees" value="310"' in page
        assert 'name="value:region" value="EMEA"' in page
        assert Suggestion.objects.get(pk=suggestion.pk).status == "queued"

    def test_what_is_saved_is_the_persons_and_what_was_typed_or_ticked_is_locked(
        self, suggestion: Suggestion
    ) -> None:
        answer = self.save(suggestion, take=["employees", "region"], checked=["region"])
        assert answer.status_code == 302
        made = decision()
        change_set = ChangeSet.objects.get(execution_id=made.execution.pk)
        assert (made.kind, change_set.actor_type) == ("accept_form", "human")
        assert change_set.suggestion_id == suggestion.pk
        account = Account.objects.get(name="Polder Freight")
        assert account.region == "EMEA"
        assert account.provenance["region"]["locked"]
        assert not account.provenance["employees"].get("locked")

    def test_an_impossible_value_keeps_the_form_open(self, suggestion: Suggestion) -> None:
        answer = self.save(suggestion, take=["employees"], **{"value:employees": "-4"})
        assert answer.status_code == 422
        assert 'value="-4"' in answer.content.decode()
        assert not Decision.objects.exists()

    def test_a_colleagues_save_in_between_is_shown_with_both_values(self, suggestion: Suggestion) -> None:
        signed = shown(self.sara, suggestion, "suggestion_form")
        change("account", suggestion.record_id, employees=277)  # type: ignore[arg-type]
        data = {"shown": signed, "mode": "form", "value:employees": "311", "take": ["employees"]}
        answer = self.sara.post(url("suggestion_accept", suggestion), data)
        assert answer.status_code == 409
        page = answer.content.decode()
        assert 'value="311"' in page
        assert "277" in text(answer)


def test_values_typed_into_one_that_was_decided_meanwhile_are_kept_too(sara: Client) -> None:
    suggestion = waiting(employees=310, region="EMEA")
    theirs = shown(sara, suggestion, "suggestion_edit")
    press(sara, "approve", suggestion)
    data = {
        "shown": theirs,
        "mode": "edit",
        "takes": "1",
        "take": ["employees", "region"],
        "note": "by phone",
    }
    values = {"value:employees": "312", "value:region": "EMEA"}
    answer = sara.post(url("suggestion_approve", suggestion), {**data, **values})
    assert answer.status_code == 409
    said = text(answer)
    assert "Employees: 312" in said
    assert "by phone" in said
    assert "Region: EMEA" not in said


def test_a_second_reviewer_who_wrote_nothing_reads_of_nothing_kept(sara: Client) -> None:
    suggestion = waiting()
    theirs = shown(sara, suggestion)
    press(sara, "approve", suggestion)
    answer = sara.post(url("suggestion_approve", suggestion), {"shown": theirs})
    assert answer.status_code == 409
    assert "kept" not in text(answer)


def test_the_story_says_that_only_part_was_approved(sara: Client) -> None:
    suggestion = waiting(employees=310, region="EMEA")
    press(sara, "approve", suggestion, takes="1", take=["region"])
    assert "Sara Okafor approved part of this" in text(sara.get(url("suggestion", suggestion)))


def test_one_that_is_over_tells_its_story_and_offers_no_button(sara: Client) -> None:
    suggestion = waiting()
    press(sara, "approve", suggestion, note="Checked in the register.")
    scene.run(Suggestion.objects.get(pk=suggestion.pk), at=timezone.now() + timedelta(seconds=1))
    page = sara.get(url("suggestion", suggestion))
    said = text(page)
    for words in (
        "Sara Okafor approved this",
        "Written to the record",
        "Enricher proposed it",
        "held it for a person",
        "Checked in the register.",
        "taken",
        decision().digest,
    ):
        assert words in said
    assert 'form="decide"' not in page.content.decode()


def test_a_blocked_one_says_what_blocked_it(sara: Client) -> None:
    blocked = waiting(employees=-5)
    said = text(sara.get(url("suggestion", blocked)))
    assert "Blocked" in said
    assert "blocked it" in said


def test_deciding_costs_no_more_queries_with_many_waiting(
    sara: Client, django_assert_max_num_queries: Any
) -> None:
    suggestion = waiting()
    for number in range(10):
        scene.propose(scene.account(f"Account {number}"), employees=300 + number)
    signed = shown(sara, suggestion)
    with django_assert_max_num_queries(60):
        assert sara.post(url("suggestion_approve", suggestion), {"shown": signed}).status_code == 302


def test_services_are_asked_once(sara: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[dict[str, Any]] = []
    original = decisions.approve

    def counted(**said: Any) -> Decision:
        calls.append(said)
        return original(**said)

    monkeypatch.setattr(decisions, "approve", counted)
    press(sara, "approve", waiting())
    assert len(calls) == 1
    assert calls[0]["taken"] is None
