"""Events over HTTP: appended once, unknown people become leads by decision, no team learns of another's."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest
from pytest_django import DjangoAssertNumQueries

from approvals.models import Agent, Suggestion, WaitingEvent
from approvals.models.agent import Scope
from approvals.services.incoming import OptOut
from crmgov.kernel.actors import Actor, ActorType
from crmgov.people.models import Team, User
from crmgov.records.models import (
    Account,
    Activity,
    Consent,
    ExternalId,
    RecordEvent,
    Source,
)
from crmgov.records.services import consent, import_access
from tests.intake.kit import an_agent, body, item
from tests.world import NOW, a_contact, a_team, a_ticket, an_account, an_opportunity, change

from .caller import Caller, refusal, said
from .happenings import IDA, about, event, named, post, results

pytestmark = pytest.mark.django_db


def test_an_event_is_appended_to_its_record(caller: Caller, account: Account) -> None:
    told = post(
        caller,
        about(
            account,
            id="e-1",
            source="shop",
            body="Hello",
            by="Ida",
            amount="12.50",
            currency="eur",
            data={"a": 1},
        ),
    )

    assert told.status_code == 201
    line = said(told)
    made = Activity.objects.get()
    assert (line["status"], line["activity"]) == ("appended", str(made.pk))
    assert line["record"] == {"type": "account", "id": str(account.pk)}
    assert (made.account_id, made.team_id, made.kind) == (account.pk, account.team_id, "form")
    assert (str(made.amount), made.currency, made.data, made.by) == (
        "12.50",
        "EUR",
        {"source": "shop", "a": 1},
        "Ida",
    )
    assert (made.occurred_at.isoformat(), made.source) == (
        "2026-11-20T08:00:00+00:00",
        Source.objects.get(name=f"agent:{caller.agent}", kind="agent"),
    )
    news = RecordEvent.objects.get(kind="activity")
    assert (news.record_type, news.record_id, news.data["activity"]) == ("account", account.pk, str(made.pk))


def test_what_hangs_on_something_hangs_on_all_of_it(caller: Caller, account: Account) -> None:
    contact = a_contact(account=str(account.pk), email="maya@halden.example")
    deal = an_opportunity(account=str(account.pk))
    ticket = a_ticket(contact=str(contact.pk), account=str(account.pk))
    told = results(post(caller, [about(one) for one in (contact, deal, ticket)]))

    assert [line["code"] for line in told] == [201, 201, 201]
    rows = {str(a.pk): a for a in Activity.objects.all()}
    first, second, third = (rows[line["activity"]] for line in told)
    assert {one.account_id for one in rows.values()} == {account.pk}
    assert {one.team_id for one in rows.values()} == {account.team_id}
    assert (first.contact_id, second.opportunity_id) == (contact.pk, deal.pk)
    assert (third.ticket_id, third.contact_id) == (ticket.pk, contact.pk)


def test_a_record_is_named_as_its_source_calls_it(caller: Caller, account: Account) -> None:
    named(account, "A-1")
    known = event(record={"type": "account", "external_id": {"source": "csv", "id": "A-1"}})
    unknown = event(record={"type": "account", "external_id": {"source": "csv", "id": "A-2"}})
    told = results(post(caller, [known, unknown]))

    assert told[0]["record"]["id"] == str(account.pk)
    assert told[1]["problem"]["errors"][0]["pointer"] == "/record/external_id"
    assert (told[1]["code"], Activity.objects.count()) == (404, 1)


def test_an_external_id_of_two_records_needs_its_kind(caller: Caller, team: Team) -> None:
    contact, lead = (a_contact(name, team=team.pk) for name in ("Lind", "Berg"))
    named(contact, "7", kind="contact")
    named(lead, "7", kind="lead")
    name = {"source": "csv", "id": "7"}
    vague = event(record={"type": "contact", "external_id": name})
    exact = event(record={"type": "contact", "external_id": {**name, "kind": "lead"}})
    told = results(post(caller, [vague, exact]))

    assert (told[0]["code"], "add the kind" in told[0]["problem"]["detail"]) == (409, True)
    assert told[1]["record"]["id"] == str(lead.pk)


def test_the_same_event_five_times_acts_once(caller: Caller, team: Team) -> None:
    contact = a_contact(team=team.pk, email="maya@lind.example")
    sent = about(contact, id="e-1", opt_out={"channel": "email"})
    told = [post(caller, sent) for _ in range(4)] + [post(caller, [sent, sent])]

    assert [one.status_code for one in told] == [201, 200, 200, 200, 200]
    lines = [said(one) for one in told[:4]] + results(told[4])
    assert [line["status"] for line in lines] == ["appended", *["already_there"] * 5]
    assert len({line["activity"] for line in lines}) == 1
    assert len({json.dumps(line["record"]) for line in lines}) == 1
    assert Activity.objects.count() == RecordEvent.objects.filter(kind="activity").count() == 1
    assert RecordEvent.objects.filter(fields=["consent.email.any"]).count() == 1


@pytest.mark.parametrize("kind", ["", "import", "verified_system"])
def test_an_event_takes_no_names_of_a_source(caller: Caller, account: Account, kind: str) -> None:
    """Neither is a source made of a name, nor an id taken in one that is there."""
    if kind:
        Source.objects.create(name="salesforce", kind=kind, trust_rank=40)
    told = post(
        caller, [about(account, id="00T1", source="salesforce"), about(account, id="00T1", source="x")]
    )

    assert [line["status"] for line in results(told)] == ["appended"] * 2
    assert set(Source.objects.filter(kind="agent")) == {Agent.objects.get(pk=caller.agent.pk).source}
    assert set(ExternalId.objects.values_list("source__kind", "value")) == {
        ("agent", "salesforce/00T1"), ("agent", "x/00T1"),
    }  # fmt: skip
    assert {one.source.kind for one in Activity.objects.select_related("source") if one.source} == {"agent"}
    assert import_access.source_named("salesforce").kind == (kind or "import")


def test_an_agent_is_not_the_source_it_is_called_after(team: Team, account: Account) -> None:
    csv = Source.objects.create(name="csv", kind="import", trust_rank=10)
    Source.objects.create(name="agent:csv", kind="import", trust_rank=10)
    caller = Caller(an_agent(team, name="csv"))

    assert post(caller, about(account, id="1", source="csv")).status_code == 201
    assert not ExternalId.objects.filter(source=csv).exists()
    assert Activity.objects.get().source == Source.objects.get(name=f"agent:{caller.agent.pk}:csv")


@pytest.mark.parametrize("known", [True, False])
def test_another_event_under_the_same_id_is_refused(caller: Caller, team: Team, known: bool) -> None:
    if known:
        a_contact(team=team.pk, email="ida.berg@berg.example")
    sent = event(person=IDA, id="e-1")
    more = {**sent, "opt_out": {"channel": "email"}}
    first, again = (
        post(caller, sent),
        post(caller, {**sent, "person": {**IDA, "email": "IDA.berg@berg.example"}}),
    )

    assert first.status_code == (201 if known else 202)
    assert again.status_code == (200 if known else 202)
    assert "Another event" in refusal(post(caller, more), 422)["/id"]
    twice = results(post(caller, [{**sent, "id": "e-2"}, {**more, "id": "e-2"}]))
    assert [line["code"] for line in twice] == [201 if known else 202, 422]
    assert not Consent.objects.exists()


def test_an_opt_out_is_of_everybody_with_the_address(caller: Caller, team: Team) -> None:
    """Where it is not clear whose the event is, and where the team is another's: nobody is told, and it counts."""
    south = a_team("South")
    hidden = a_contact("Berg", team=south.pk, email="ida.berg@berg.example")
    sent = event(person=IDA, id="e-1", opt_out={"channel": "email"})
    nobody = event(person={**IDA, "email": "nobody@berg.example"}, opt_out={"channel": "email"})
    there, not_there = results(post(caller, [sent, nobody]))

    assert {**there, "suggestion": ""} == {**not_there, "suggestion": ""}
    assert [(one.contact, one.state) for one in Consent.objects.all()] == [(hidden, "opted_out")]

    for name in ("One", "Two"):
        a_contact(name, team=team.pk, email="two@berg.example")
    two = event(person={"email": "two@berg.example"}, opt_out={"channel": "phone"})
    assert "2 contacts" in refusal(post(caller, two), 409)["/person/email"]
    assert Consent.objects.filter(channel="phone", state="opted_out").count() == 2

    twin = a_contact("Twin", team=south.pk, email="three@berg.example")
    mine = a_contact("Mine", team=team.pk, email="three@berg.example")
    assert post(caller, about(mine, opt_out={"channel": "sms"})).status_code == 201
    out = Consent.objects.filter(channel="sms", state="opted_out")
    assert set(out.values_list("contact", flat=True)) == {twin.pk, mine.pk}


def test_an_event_told_again_takes_nothing_back_again(caller: Caller, team: Team) -> None:
    contact = a_contact(team=team.pk, email="maya@lind.example")
    sent = about(contact, id="e-1", opt_out={"channel": "email", "purpose": "news"})
    post(caller, sent)
    consent.record(
        contact=contact, channel="email", purpose="news", state="opted_in",
        actor=Actor(ActorType.HUMAN, "1", "Maya Lind"), at=NOW,
    )  # fmt: skip

    assert said(post(caller, sent))["status"] == "already_there"
    assert Consent.objects.get().state == "opted_in"


def test_one_list_tells_an_event_twice(caller: Caller, account: Account) -> None:
    lines = results(post(caller, [about(account, id="e-1"), about(account, id="e-1"), about(account)]))
    assert [line["status"] for line in lines] == ["appended", "already_there", "appended"]


@pytest.mark.parametrize(
    ("wrong", "pointer", "say"),
    [
        ({"kind": "carrier_pigeon"}, "/kind", "must be one of"),
        ({"occurred_at": "2026-11-20T09:00:00"}, "/occurred_at", "timezone"),
        ({"occurred_at": "2099-01-01T00:00:00Z"}, "/occurred_at", "future"),
        ({"record": {"type": "account"}}, "/record", "by id or by external_id"),
        ({"record": None}, "", "whose event"),
        ({"person": {"email": "nobody"}}, "/person/email", "not an e-mail"),
        ({"amount": "1.234"}, "/amount", "digits after the point"),
        ({"amount": "12"}, "", "needs its currency"),
        ({"currency": "XXL"}, "/currency", "ISO currency"),
        ({"subject": "a\u0000b"}, "/subject", "U+0000"),
        ({"data": {"a": {"b": 1}}}, "/data/a", "list of at most"),
        ({"data": {str(n): n for n in range(51)}}, "/data", "more than 50"),
        ({"opt_in": {"channel": "email"}}, "/opt_in", "no “opt_in”"),
        ({"opt_out": {"channel": "email", "state": "opted_in"}}, "/opt_out/state", "no “state”"),
        ({"opt_out": {"channel": "email"}}, "/opt_out", "Only a contact"),
    ],
)
def test_a_bad_event_spoils_no_other(
    caller: Caller, account: Account, wrong: dict[str, Any], pointer: str, say: str
) -> None:
    good = about(account)
    told = results(post(caller, [good, {**good, **wrong}, good]))

    assert [line["code"] for line in told] == [201, 422, 201]
    errors = {error["pointer"]: error["detail"] for error in told[1]["problem"]["errors"]}
    assert say in errors[pointer]
    assert refusal(post(caller, {**good, **wrong}), 422)[pointer] == errors[pointer]


@pytest.mark.parametrize("sent", ["event", 7, None, [None], [[]]])
def test_what_is_no_event_is_refused(caller: Caller, sent: Any) -> None:
    answer = post(caller, json.dumps(sent))
    assert (results(answer)[0]["code"] if isinstance(sent, list) else answer.status_code) == 422


def test_more_than_a_thousand_are_too_many(caller: Caller, account: Account) -> None:
    assert "1,000" in refusal(post(caller, [about(account)] * 1_001), 422)["detail"]
    assert results(post(caller, [])) == []


def test_another_teams_record_is_not_there(caller: Caller) -> None:
    south = a_team("South")
    hidden, lind = an_account("Orsted", team=south.pk), a_contact(team=south.pk, email="maya@lind.example")
    named(hidden, "A-9")
    gone = "0198c9e2-5b1e-7c3a-9d51-2f6a4c0e8b77"
    seen, missing, external, missing_external = results(
        post(
            caller,
            [
                about(hidden),
                event(record={"type": "account", "id": gone}),
                event(record={"type": "account", "external_id": {"source": "csv", "id": "A-9"}}),
                event(record={"type": "account", "external_id": {"source": "csv", "id": "A-0"}}),
            ],
        )
    )
    person, nobody = results(
        post(caller, [event(person={"email": lind.email}), event(person={"email": "no@lind.example"})])
    )

    assert (seen, external) == (missing, missing_external)
    assert (person["status"], nobody["status"]) == ("waiting", "waiting")
    assert not Activity.objects.exists()


def test_an_id_another_team_has_used_is_no_answer(caller: Caller, account: Account) -> None:
    """Neither is its event called known, nor is ours lost; and ours acts once too."""
    south = a_team("South")
    other = Caller(an_agent(south, name="Other"))
    first = post(other, about(an_account("Orsted", team=south.pk), id="e-1", source="shop"))
    told = [said(post(caller, about(account, id="e-1", source="shop"))) for _ in range(2)]

    assert first.status_code == 201
    assert [line["status"] for line in told] == ["appended", "already_there"]
    assert told[0]["activity"] == told[1]["activity"] != said(first)["activity"]


def test_an_archived_record_takes_nothing(caller: Caller, account: Account) -> None:
    change("account", account.pk, archived_at="2026-11-20T10:00:00Z")
    assert "archived" in refusal(post(caller, about(account)), 422)["/record/id"]


def test_a_known_address_is_that_contact(caller: Caller, team: Team) -> None:
    contact = a_contact(team=team.pk, email="ida.berg@berg.example")
    unknown = {"type": "contact", "external_id": {"source": "csv", "id": "C-404"}}
    told = results(post(caller, [event(person=IDA), event(person=IDA, record=unknown)]))

    assert [line["record"]["id"] for line in told] == [str(contact.pk)] * 2
    assert not Suggestion.objects.exists()


def test_an_address_of_two_contacts_is_asked_back(caller: Caller, team: Team) -> None:
    for name in ("Berg", "Berg-Lund"):
        a_contact(name, team=team.pk, email="ida.berg@berg.example")
    assert "2 contacts" in refusal(post(caller, event(person=IDA)), 409)["/person/email"]


def test_the_header_counts_for_the_whole(caller: Caller, account: Account) -> None:
    sent = [about(account), event(person=IDA)]
    first, again = post(caller, sent, key="run-1"), post(caller, sent, key="run-1")

    assert (said(again), again["Idempotent-Replayed"]) == (said(first), "true")
    assert Activity.objects.count() == WaitingEvent.objects.count() == 1
    refusal(post(caller, sent[:1], key="run-1"), 422)


def test_events_need_their_own_scope(account: Account, team: Team) -> None:
    writes = Caller(an_agent(team, name="Proposer"), scopes=[Scope.PROPOSE])
    reports = Caller(an_agent(team, name="Reporter"), scopes=[Scope.REPORT])

    assert "events:write" in refusal(post(writes, about(account)), 403)["detail"]
    assert post(reports, about(account)).status_code == 201
    refusal(reports.post(body(account, item("employees", 240, 310))), 403)


def test_many_events_cost_as_many_queries_as_few(
    caller: Caller, team: Team, sara: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    accounts = [an_account(f"Account {n}", team=team.pk) for n in range(30)]
    people = [{"email": f"p{n}@x.example", "first_name": f"P{n}"} for n in range(30)]
    sent = [about(a, id=f"a-{n}") for n, a in enumerate(accounts)]
    sent += [event(person=p, id=f"p-{n}", opt_out={"channel": "email"}) for n, p in enumerate(people)]
    post(caller, [sent[0], sent[30]])
    with django_assert_max_num_queries(50):
        told = results(post(caller, sent))

    assert [line["status"] for line in told] == [
        "already_there",
        *["appended"] * 29,
        *["waiting"] * 30,
    ]


def test_whoever_may_be_reached_may_be_left_alone() -> None:
    assert set(get_args(OptOut.model_fields["channel"].annotation)) == set(Consent.Channel.values)
