"""What a message states names its source; a source that is not there is refused, one that is not seen is not named."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from approvals.models import Suggestion
from approvals.rules.told import UNNAMED
from approvals.selectors import claims as stated
from approvals.services import claims as claims_checked
from approvals.services.intake import Impossible
from approvals.services.proposals import problems_of, read
from crmgov.people.models import Team, User
from crmgov.records.models import Activity, Contact, Ticket
from tests.decisions import scene as decided
from tests.desk import browsing
from tests.messages import scene
from tests.world import NOW, a_contact, a_team, a_ticket, an_opportunity, change

pytestmark = pytest.mark.django_db
FACT = [{"name": "account.industry", "value": "Logistics"}]


def claim(kind: str, key: object, text: str = "your ticket is open") -> dict[str, Any]:
    return {"text": text, "source": {"type": kind, "id": str(key)}}


def an_activity(contact: Contact, **values: Any) -> Activity:
    given = {"kind": "note", "subject": "Promise of May", "occurred_at": NOW, "recorded_at": NOW, **values}
    return Activity.objects.create(contact=contact, account=contact.account, team=contact.team, **given)


def refusal(contact: Contact, *claims: dict[str, Any], **said: Any) -> list[tuple[str, str]]:
    with pytest.raises(Impossible) as refused:
        scene.propose(contact, claims=list(claims), **said)
    return [(one.pointer, one.say) for one in refused.value.problems]


def page_of(user: User, suggestion: Suggestion) -> tuple[str, str]:
    """Its bytes, and what stands in it."""
    page = browsing.at(user).get(browsing.url("suggestion", suggestion))
    return page.content.decode(), browsing.text(page)


def test_each_statement_stands_beside_the_message_with_a_link_to_its_source() -> None:
    sara, contact = decided.reviewer(), scene.reader()
    ticket = a_ticket("Data gaps", account=contact.account_id, team=contact.team_id)
    deal = an_opportunity("Fleet roll-out", account=contact.account_id, team=contact.team_id)
    note = an_activity(contact)
    claims = [
        claim("ticket", ticket.pk),
        claim("opportunity", deal.pk, "the roll-out begins"),
        claim("activity", note.pk, "as promised in May"),
        claim("account", contact.account_id, "your company"),
        claim("contact", contact.pk, "you asked"),
        claim("fact", "account.industry", "in <b>logistics</b>"),
    ]

    suggestion = scene.propose(contact, claims=claims, facts=FACT)

    raw, said = page_of(sara, suggestion)
    assert "your ticket is open Ticket: Data gaps" in said
    assert f'<a href="/tickets/{ticket.pk}/">Ticket: Data gaps</a>' in raw
    assert "the roll-out begins Opportunity: Fleet roll-out" in said
    assert f'<a href="/accounts/{contact.account_id}/">Timeline: Promise of May</a>' in raw
    assert "in <b>logistics</b> Fact account.industry: Logistics" in said
    assert "<b>logistics</b>" not in raw


def test_a_source_that_the_reviewer_does_not_see_is_not_named() -> None:
    sara, contact = decided.reviewer(), scene.reader()
    ticket = a_ticket("Secret of South", account=contact.account_id, team=contact.team_id)
    suggestion = scene.propose(contact, claims=[claim("ticket", ticket.pk)])
    change("ticket", ticket.pk, account=None, team=a_team("South").pk)

    raw, said = page_of(sara, suggestion)

    assert "your ticket is open a source you do not see" in said
    assert "Secret of South" not in raw
    assert str(ticket.pk) not in raw


def test_without_the_look_through_their_own_eyes_it_would_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard taken out."""
    sara, contact = decided.reviewer(), scene.reader()
    ticket = a_ticket("Secret of South", account=contact.account_id, team=contact.team_id)
    suggestion = scene.propose(contact, claims=[claim("ticket", ticket.pk)])
    change("ticket", ticket.pk, account=None, team=a_team("South").pk)
    monkeypatch.setattr(stated, "_seen", lambda user, kind, keys: Ticket.objects.in_bulk(keys))

    assert "Secret of South" in page_of(sara, suggestion)[0]


NOT_THERE = "There is no such ticket here, or it belongs to a team this key does not see."


def test_a_source_that_is_not_there_is_refused_with_its_place() -> None:
    contact = scene.reader()
    mine = a_ticket("Data gaps", account=contact.account_id, team=contact.team_id)
    theirs = a_ticket("Of South", account=contact.account_id, team=Team.objects.create(name="South").pk)
    nobody = "0198c9e2-5b1e-7c3a-9d51-2f6a4c0e8b77"

    found = refusal(
        contact,
        claim("ticket", mine.pk),
        claim("ticket", nobody),
        claim("ticket", theirs.pk),
        claim("ticket", "T-404"),
        claim("activity", nobody),
    )

    assert found[:3] == [(f"/claims/{place}/source", NOT_THERE) for place in (1, 2, 3)]
    assert found[3][0] == "/claims/4/source"
    assert not Suggestion.objects.exists()


def test_without_the_look_at_sources_an_invented_one_would_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard taken out."""
    monkeypatch.setattr(claims_checked, "problems", lambda *given, **said: [])

    suggestion = scene.propose(scene.reader(), claims=[claim("ticket", "T-404")])

    assert suggestion.stated == [{"text": "your ticket is open", "type": "ticket", "id": "T-404"}]


def test_a_source_of_another_customer_is_refused() -> None:
    contact, other = scene.reader(), decided.account("Kestrel Logistics")
    ticket = a_ticket("Theirs", account=other.pk, team=other.team_id)
    stranger = a_contact("Maas", account=other.pk, team=other.team_id)

    found = refusal(contact, claim("ticket", ticket.pk), claim("activity", an_activity(stranger).pk))

    assert [say for _, say in found] == [
        "This ticket belongs to another account than the reader of the message.",
        "This activity belongs to another account than the reader of the message.",
    ]


def test_a_fact_is_a_source_only_where_its_value_is_named_too() -> None:
    assert refusal(scene.reader(), claim("fact", "account.industry")) == [
        ("/claims/0/source", "Name “account.industry” in facts too, with the value you saw.")
    ]


def test_only_messages_state_something() -> None:
    account = decided.account(industry="Shipping")
    body = {
        "record": {"type": "account", "id": str(account.pk)},
        "action": "set_fields",
        "items": [{"field": "industry", "seen": "Shipping", "proposed": "Logistics"}],
    }

    with pytest.raises(Impossible) as refused:
        decided.propose_raw({**body, "claims": [claim("account", account.pk)]})

    assert [(one.pointer, one.say) for one in refused.value.problems] == [
        ("/claims", "Only messages state something: set_fields takes evidence in its items.")
    ]


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"text": "x"}, "/claims/0/source"),
        ({"text": " ", "source": {"type": "ticket", "id": "1"}}, "/claims/0/text"),
        ({"text": "x", "source": {"type": "planet", "id": "1"}}, "/claims/0/source/type"),
        (
            {"text": "x", "source": {"type": "ticket", "id": "1", "url": "https://evil.example"}},
            "/claims/0/source/url",
        ),
    ],
)
def test_a_claim_without_form_is_refused_in_its_place(wrong: dict[str, Any], pointer: str) -> None:
    body = {"record": {"type": "contact"}, "action": "send_message", "workflow": "w", "version": "1"}
    with pytest.raises(ValidationError) as refused:
        read({**body, "claims": [wrong]})

    assert [one.pointer for one in problems_of(refused.value)] == [pointer]


def test_what_a_message_names_as_its_source_is_not_called_unnamed() -> None:
    """An agent that says where it has a statement from has seen that; the other ticket it did not name."""
    sara, contact = decided.reviewer(), scene.reader()
    named, other = (
        a_ticket(subject, account=contact.account_id, team=contact.team_id) for subject in ("Gaps", "Invoice")
    )
    suggestion = scene.propose(contact, claims=[claim("ticket", named.pk)], at=NOW + timedelta(minutes=1))

    page = browsing.at(sara).get(browsing.url("suggestion", suggestion))

    marks = {one["title"]: one["mark"] for one in page.context["account"]["tickets"]}
    assert marks == {str(named): "", str(other): UNNAMED}


def test_the_decision_on_paper_keeps_what_was_stated_and_from_where() -> None:
    decided.publish()
    sara, contact = decided.reviewer(), scene.reader()
    ticket = a_ticket("Data gaps", account=contact.account_id, team=contact.team_id)
    suggestion = scene.propose(contact, claims=[claim("ticket", ticket.pk)])
    scene.approve(suggestion, sara)

    said = browsing.text(browsing.at(sara).get(browsing.url("decision", suggestion)))

    assert "What the message states, and from where your ticket is open Ticket: Data gaps" in said
