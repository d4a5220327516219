"""What stands on a record page beside the fields: the timeline by kind, a value's story, consent, a hold in one go."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
import time_machine
from django.utils import timezone

from approvals.models import Decision
from approvals.views import hold_days
from crmgov.kernel.refusals import NotAllowed
from crmgov.people.models import Role, User
from crmgov.records.models import Account, Activity, Consent, Hold, RecordEvent
from crmgov.records.services import consents_by_hand
from tests.decisions import scene
from tests.desk.browsing import at, text
from tests.world import NOW, a_contact, a_team, a_user

pytestmark = pytest.mark.django_db


def priya() -> User:
    return a_user("Priya Nair", Role.ACCOUNT_MANAGER, a_team())


def happened(record: Account, kind: str, subject: str, hours: int) -> None:
    moment = timezone.now() - timedelta(hours=hours)
    Activity.objects.create(
        kind=kind,
        account=record,
        team=record.team,
        subject=subject,
        occurred_at=moment,
        recorded_at=moment,
    )


def sentences(answer: object) -> list[str]:
    return [entry["sentence"] for entry in answer.context["happenings"]]  # type: ignore[attr-defined]


def test_the_timeline_shows_one_kind_at_a_time() -> None:
    sara = scene.reviewer()
    scene.publish()
    account = scene.account(owner=priya().pk)
    happened(account, "mail_in", "They asked for the report", 5)
    happened(account, "call", "Call about terms", 4)
    happened(account, "note", "Lunch", 3)
    happened(account, "page_view", "Pricing page", 2)
    refused = scene.propose(account, employees=310)
    scene.reject(refused, sara, note="That is the group.")
    approved = scene.propose(account, region="EMEA")
    scene.approve(approved, sara)
    scene.run(approved)
    client, here = at(sara), f"/accounts/{account.pk}/?tab=timeline"

    assert sentences(client.get(f"{here}&show=mail")) == ["They asked for the report"]
    assert sentences(client.get(f"{here}&show=calls")) == ["Call about terms"]
    assert sentences(client.get(f"{here}&show=notes")) == ["Lunch"]
    assert sentences(client.get(f"{here}&show=web")) == ["Pricing page"]
    assert len(sentences(client.get(f"{here}&show=changes"))) == 2
    decided = text(client.get(f"{here}&show=decisions"))
    assert "Sara Okafor rejected the suggestion: Employees: 240 to 310" in decided
    assert "Sara Okafor approved the suggestion: Region: Benelux to EMEA" in decided
    assert "That is the group." in decided
    everything = client.get(here)
    # An approval stands there as the change it became; a no would be nowhere else.
    assert len(sentences(everything)) == 4 + 2 + 1
    assert sentences(client.get(f"{here}&show=nonsense")) == sentences(everything)
    assert "Nothing of this kind" in text(
        client.get(f"/accounts/{scene.account('New').pk}/?tab=timeline&show=web")
    )


def test_decisions_page_by_keyset_and_keep_their_filter() -> None:
    sara = scene.reviewer()
    scene.publish()
    account = scene.account()
    for number in range(30):
        scene.reject(scene.propose(account, employees=300 + number), sara)
    client, address, walked = at(sara), f"/accounts/{account.pk}/?tab=timeline&show=decisions", []
    while address:
        page = client.get(address)
        walked += [entry["value"] for entry in page.context["happenings"]]
        address = (page.context["pager"] or {}).get("older_url", "")
    assert len(walked) == len(set(walked)) == Decision.objects.count() == 30


def test_a_decision_about_the_record_of_another_team_is_not_told() -> None:
    sara = scene.reviewer()
    scene.publish()
    account = scene.account()
    scene.reject(scene.propose(account, employees=310), sara)
    stranger = a_user("Camille Roux", Role.REVIEWER, a_team("South"))
    answer = at(stranger).get(f"/accounts/{account.pk}/?tab=timeline&show=decisions")
    assert answer.status_code == 404


@time_machine.travel(NOW, tick=False)
def test_a_value_leads_to_its_story_and_the_past_can_only_be_read() -> None:
    account = scene.account(owner=priya().pk)
    client = at(priya())
    page = client.get(f"/accounts/{account.pk}/").content.decode()
    assert (
        f'<a class="rec-story" href="/accounts/{account.pk}/?field=employees#field-employees">240</a>' in page
    )
    assert "Hold AI contact" in page

    past = client.get(f"/accounts/{account.pk}/?as_of={timezone.localdate() - timedelta(days=1)}")

    said = past.content.decode()
    assert "As the ledger had it at the end of" in said
    for word in ("Hold AI contact", f"{account.pk}/edit", "Give your view", "Record consent"):
        assert word not in said


@pytest.mark.parametrize(
    ("day", "end"),
    [
        (date(2026, 1, 1), date(2026, 3, 31)),
        (date(2026, 6, 30), date(2026, 6, 30)),
        (date(2026, 7, 1), date(2026, 9, 30)),
        (date(2026, 11, 22), date(2026, 12, 31)),
        (date(2026, 12, 31), date(2026, 12, 31)),
    ],
)
def test_a_quarter_ends_on_its_last_day(day: date, end: date) -> None:
    assert hold_days.quarter_end(day) == end


@time_machine.travel(NOW, tick=False)
def test_a_hold_takes_one_of_the_days_offered_or_the_one_typed() -> None:
    account, client = scene.account(owner=priya().pk), at(priya())
    offered = hold_days.offered(timezone.localdate())
    page = text(client.get(f"/accounts/{account.pk}/"))
    assert all(name in page for _, name in offered)

    client.post(
        f"/accounts/{account.pk}/hold", {"until": offered[2][0], "until_day": "", "reason": "Renewal talks"}
    )
    assert Hold.objects.get().until == date.fromisoformat(offered[2][0])
    client.post(f"/holds/{Hold.objects.get().pk}/lift")
    typed = timezone.localdate() + timedelta(days=3)
    client.post(
        f"/accounts/{account.pk}/hold", {"until": offered[0][0], "until_day": str(typed), "reason": "x"}
    )
    assert Hold.objects.get(lifted_at=None).until == typed


def test_a_refused_hold_stands_open_on_the_page_with_what_was_typed() -> None:
    account, client = scene.account(owner=priya().pk), at(priya())
    answer = client.post(
        f"/accounts/{account.pk}/hold", {"until_day": "2020-01-01", "reason": "Renewal talks until June"}
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "That day has passed." in page
    assert 'value="2020-01-01"' in page
    assert 'value="Renewal talks until June"' in page
    assert 'popovertarget="hold"' not in page
    assert not Hold.objects.exists()


def word(**more: str) -> dict[str, str]:
    return {"state": "opted_out", "channel": "email", "purpose": "newsletter", "evidence": "", **more}


def test_an_opt_out_by_hand_says_who_took_it_down_and_how_they_know() -> None:
    team = a_team()
    contact = a_contact(team=team.pk)
    client = at(a_user("Sara Okafor", Role.REVIEWER, team))
    assert "They have said nothing we know of" in text(client.get(f"/contacts/{contact.pk}/"))

    answer = client.post(f"/contacts/{contact.pk}/consent", word(evidence="by phone on 3 March"), follow=True)

    said = text(answer)
    assert "Recorded: opted out, E-mail, newsletter." in said
    assert "Sara Okafor: “by phone on 3 March”" in said
    row = Consent.objects.get()
    assert (row.state, row.recorded_by, row.source) == ("opted_out", "Sara Okafor", "by phone on 3 March")
    event = RecordEvent.objects.filter(record_id=contact.pk).latest("id")
    assert (event.data["to"], event.data["evidence"]) == ("opted_out", "by phone on 3 March")


def test_an_opt_out_without_a_purpose_is_for_every_purpose() -> None:
    team = a_team()
    contact, client = a_contact(team=team.pk), at(priya())
    client.post(
        f"/contacts/{contact.pk}/consent", word(state="opted_in", purpose="events", evidence="at the fair")
    )
    client.post(f"/contacts/{contact.pk}/consent", word(purpose=""))
    assert dict(Consent.objects.values_list("purpose", "state")) == {
        "any": "opted_out",
        "events": "opted_out",
    }
    assert "every purpose" in text(client.get(f"/contacts/{contact.pk}/"))

    refused = client.post(
        f"/contacts/{contact.pk}/consent", word(state="opted_in", purpose="events", evidence="by mail")
    )
    assert refused.status_code == 422
    assert "They objected to every purpose on this channel" in text(refused)


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        (word(state="opted_in", evidence=""), "Say how you know"),
        (word(state="opted_in", purpose="", evidence="by phone"), "Name the purpose"),
        (word(state="maybe"), "Choose whether they opted in or out."),
        (word(evidence="x" * 121), "It has 121 characters"),
        (word(channel="pigeon"), "“pigeon” is not one of"),
    ],
)
def test_what_cannot_be_taken_down_says_why_and_keeps_what_was_typed(
    typed: dict[str, str], says: str
) -> None:
    contact = a_contact(team=a_team().pk)
    answer = at(priya()).post(f"/contacts/{contact.pk}/consent", typed)
    page = text(answer)
    assert answer.status_code == 422
    assert says in page
    assert typed["evidence"] in page
    assert f'value="{typed["purpose"]}"' in answer.content.decode()
    assert not Consent.objects.exists()


@pytest.mark.parametrize(
    ("typed", "control"),
    [
        (word(state="opted_in", purpose="", evidence=""), 'id="consent-purpose"'),
        (word(state="opted_in"), 'id="consent-evidence"'),
        (word(state="maybe", evidence="x" * 121), 'type="radio"'),
    ],
)
def test_a_refused_consent_is_a_card_and_begins_again_at_the_first_wrong_control(
    typed: dict[str, str], control: str
) -> None:
    contact = a_contact(team=a_team().pk)
    content = at(priya()).post(f"/contacts/{contact.pk}/consent", typed).content.decode()
    card = content.split('<section class="card" aria-label="Record consent">')[1].split("</section>")[0]
    assert '<div class="card-body stack">' in card
    assert '<div class="card-foot">' in card
    (focused,) = re.findall(r"<[^>]*autofocus[^>]*>", card)
    assert control in focused


def test_a_refused_hold_is_a_card_too_and_says_what_a_hold_does() -> None:
    account = scene.account(owner=priya().pk)
    answer = at(priya()).post(f"/accounts/{account.pk}/hold", {"until_day": "2020-01-01", "reason": "Talks"})
    card = answer.content.decode().split('aria-label="Hold AI contact">')[1].split("</section>")[0]
    assert '<div class="card-body stack">' in card
    assert "AI changes and messages about this account wait for a person" in card
    (focused,) = re.findall(r"<[^>]*autofocus[^>]*>", card)
    assert 'id="hold-until"' in focused


def test_a_yes_is_protected_and_a_no_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    team = a_team()
    contact, sara = a_contact(team=team.pk), a_user("Sara Okafor", Role.REVIEWER, team)
    client = at(sara)
    assert 'value="opted_in"' not in client.get(f"/contacts/{contact.pk}/").content.decode()
    yes = word(state="opted_in", evidence="by phone")
    assert client.post(f"/contacts/{contact.pk}/consent", yes).status_code == 403
    assert not Consent.objects.exists()
    assert client.post(f"/contacts/{contact.pk}/consent", word()).status_code == 302
    stranger = at(a_user("Camille Roux", Role.REVIEWER, a_team("South")))
    assert stranger.post(f"/contacts/{contact.pk}/consent", word()).status_code == 404
    auditor = at(a_user("Ida Holm", Role.AUDITOR))
    assert auditor.post(f"/contacts/{contact.pk}/consent", word()).status_code == 403

    with pytest.raises(NotAllowed):
        consents_by_hand.take_down(contact_id=contact.pk, user=sara, at=timezone.now(), **yes)
    monkeypatch.setattr("crmgov.records.services.consents_by_hand._require_right", lambda *given: None)
    assert consents_by_hand.take_down(contact_id=contact.pk, user=sara, at=timezone.now(), **yes)
