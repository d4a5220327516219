"""What happened, as HubSpot's tables tell it: engagements, tasks, forms, mail, and who said no."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from crmgov.kernel.actors import Actor, ActorType
from crmgov.records.models import (
    Account,
    Activity,
    Consent,
    Contact,
    Opportunity,
    Task,
)
from crmgov.records.services import consent
from tests.imports.hubspot import COMPANY, CONTACT, DEAL, OWNER, TICKET
from tests.imports.tables import became, bring_tables, table
from tests.world import NOW

pytestmark = pytest.mark.django_db


ENGAGEMENTS = {
    "engagement": table("id,type", "41,CALL", "42,MEETING", "43,TASK", "99,CALL"),
    "engagement_call": table(
        "engagement_id,_fivetran_deleted,property_hs_timestamp,property_hs_call_title,property_hs_call_body,type",
        "41,false,2024-01-05 9:00:00.5,Intro,They like it,CALL",
        "47,true,2024-01-05 9:00:00.5,Gone,,CALL",
    ),
    "engagement_meeting": table(
        "engagement_id,start_time,title,body", "42,2024-01-06 10:00:00,Kick-off,Agenda"
    ),
    "engagement_task": table(
        "engagement_id,property_hs_task_subject,property_hs_task_status,property_hs_timestamp,"
        "property_hs_task_completion_date,property_hubspot_owner_id",
        "43,Send the offer,NOT_STARTED,2024-02-01 8:00:00,,70",
        "44,Call back,COMPLETED,2024-02-02 8:00:00,2024-02-02 16:30:00,70",
    ),
    "engagement_contact": table(
        "contact_id,engagement_id,engagement_type", "11,41,CALL", "14,41,CALL", "14,44,TASK", "404,42,MEETING"
    ),
    "engagement_company": table("company_id,engagement_id,engagement_type", "1,42,MEETING", "1,43,TASK"),
    "engagement_deal": table("deal_id,engagement_id,engagement_type", "21,43,TASK"),
    "ticket_engagement": table("ticket_id,engagement_id", "31,41", "31,43"),
}


def test_engagements_stand_in_the_timeline_and_tasks_among_the_tasks(tmp_path: Path) -> None:
    whole = bring_tables(
        tmp_path, "hubspot", owner=OWNER, company=COMPANY, contact=CONTACT, deal=DEAL, ticket=TICKET, **ENGAGEMENTS
    )  # fmt: skip

    found = {one.subject: one for one in Activity.objects.select_related("contact", "account", "ticket")}
    assert set(found) == {"Intro", "Kick-off", "Task done: Call back"}
    intro, kick_off = found["Intro"], found["Kick-off"]
    assert intro.contact is not None
    assert intro.ticket is not None
    assert (intro.kind, intro.contact.first_name, intro.ticket.subject) == ("call", "Maya", "Data gaps")
    assert (intro.occurred_at, intro.body) == (
        datetime(2024, 1, 5, 9, 0, 0, 500000, tzinfo=UTC),
        "They like it",
    )
    assert kick_off.account is not None
    assert (kick_off.kind, kick_off.account.name, kick_off.contact) == ("meeting", "Polder Freight", None)

    offer, called = Task.objects.order_by("-title")
    assert offer.assignee is not None
    assert (offer.title, offer.assignee.name, str(offer.due_on), offer.done_at) == (
        "Send the offer",
        "Sara Okafor",
        "2024-02-01",
        None,
    )
    assert (offer.account, offer.opportunity) == (
        Account.objects.get(name="Polder Freight"),
        Opportunity.objects.get(name="Fleet roll-out"),
    )
    assert called.done_at == datetime(2024, 2, 2, 16, 30, tzinfo=UTC)

    assert became(whole, "engagement_call") == {"calls": (1, 0, 0, {"deleted_at_source": 1})}
    assert became(whole, "engagement") == {
        "engagements": (0, 0, 2, {"unknown_activity": 1}),
        "engagements that are tasks": (0, 1, 0, {}),
    }
    # An activity hangs on one contact: the second is refused, and says why.
    assert became(whole, "engagement_contact") == {
        "engagement contact": (0, 0, 1, {"hangs_on_one_only": 1, "unknown_contact": 1}),
        "engagement contact (tasks)": (0, 0, 1, {}),
    }
    assert became(whole, "engagement_company") == {
        "engagement company": (0, 0, 1, {}),
        "engagement company (tasks)": (0, 0, 1, {}),
    }
    assert became(whole, "ticket_engagement") == {
        "ticket engagement": (0, 0, 1, {}),
        "ticket engagement (tasks)": (0, 0, 1, {}),
    }


def test_a_task_that_is_done_later_is_done_here_too(tmp_path: Path) -> None:
    bring_tables(tmp_path, "hubspot", owner=OWNER, engagement_task=ENGAGEMENTS["engagement_task"])
    done = ENGAGEMENTS["engagement_task"].replace(
        "NOT_STARTED,2024-02-01 8:00:00,", "COMPLETED,2024-02-01 8:00:00,2024-02-09 8:00:00"
    )

    whole = bring_tables(tmp_path, "hubspot", engagement_task=done)

    assert became(whole, "engagement_task")["tasks"] == (0, 1, 1, {})
    assert Task.objects.get(title="Send the offer").done_at == datetime(2024, 2, 9, 8, tzinfo=UTC)


def test_forms_stand_in_the_timeline(tmp_path: Path) -> None:
    whole = bring_tables(
        tmp_path, "hubspot", contact=CONTACT, form=table("guid,name", "f1,Request a demo"),
        contact_form_submission=table(
            "timestamp,form_id,contact_id,page_url,title",
            "2024-01-02 8:10:00,f1,11,https://example.com/demo,Demo",
            "2024-01-02 8:10:00,f1,404,https://example.com/demo,Demo",
        ),
    )  # fmt: skip

    form = Activity.objects.get()
    assert form.contact is not None
    assert (form.kind, form.subject, form.contact.first_name, form.data["page"]) == (
        "form",
        "Request a demo",
        "Maya",
        "https://example.com/demo",
    )
    assert became(whole, "contact_form_submission") == {"form submissions": (1, 0, 0, {"unknown_contact": 1})}


EVENTS = {
    "email_campaign": table("id,name,subject", "7,spring,Spring offers"),
    "email_event": table(
        "id,created,email_campaign_id,type,recipient",
        "e1,2024-03-01 8:00:00,7,SENT,MAYA@polder-freight.com",
        "e2,2024-03-01 9:00:00,7,CLICK,maya@polder-freight.com",
        "e3,2024-03-02 9:00:00,7,STATUSCHANGE,tom@polder-freight.com",
        "e4,2024-03-02 9:00:00,7,OPEN,nobody@elsewhere.example",
        "e5,2024-03-03 9:00:00,,SPAMREPORT,maya@polder-freight.com",
        "e6,2024-03-04 9:00:00,7,STATUSCHANGE,maya@polder-freight.com",
    ),
    "email_event_click": table("id,url,browser", "e2,https://example.com/offer,Firefox", "e9,https://example.com/x,"),
    "email_event_sent": table("id,from,subject", "e1,us@example.com,Spring"),
    "email_event_spam_report": table("id,ip_address,user_agent", "e5,,"),
    "email_event_status_change": table(
        "id,portal_subscription_status,source", "e3,UNSUBSCRIBED,SOURCE_RECIPIENT", "e6,SUBSCRIBED,SOURCE_PORTAL",
        "e8,UNSUBSCRIBED,SOURCE_RECIPIENT",
    ),
}  # fmt: skip


def test_mail_events_stand_in_the_timeline_of_whom_they_were_sent_to(tmp_path: Path) -> None:
    whole = bring_tables(tmp_path, "hubspot", contact=CONTACT, **EVENTS)

    maya = Contact.objects.get(first_name="Maya")
    told = Activity.objects.filter(contact=maya).order_by("occurred_at").values_list("kind", "subject")
    assert list(told) == [
        ("mail_out", "Mail sent: Spring offers"),
        ("mail_click", "Link clicked: Spring offers"),
        ("mail_event", "Reported as spam"),
        ("mail_event", "Subscription changed: Spring offers"),
    ]
    click = Activity.objects.get(kind="mail_click")
    # What people use and where they are is not taken.
    assert click.data == {"event": "CLICK", "campaign": "7", "url": "https://example.com/offer"}
    assert became(whole, "email_event") == {"mail events": (5, 0, 0, {"unknown_contact": 1})}
    assert became(whole, "email_event_click") == {"details: link clicked": (0, 0, 1, {"unknown_activity": 1})}
    assert became(whole, "email_campaign") == {"email_campaign": (0, 0, 0, {"names_only": 1})}


def test_unsubscribing_opts_out_and_subscribing_never_opts_in(tmp_path: Path) -> None:
    whole = bring_tables(tmp_path, "hubspot", contact=CONTACT, **EVENTS)

    said = {
        (one.contact.first_name, one.channel, one.purpose): one
        for one in Consent.objects.select_related("contact")
    }
    assert set(said) == {
        ("Tom", "email", "any"),
        ("Tom", "email", "subscription 77"),
        ("Maya", "email", "any"),
    }
    assert {one.state for one in said.values()} == {"opted_out"}
    # Tom had said so by an event and in his own record: the same word once more.
    assert became(whole, "contact")["opted out: any"] == (0, 0, 1, {})
    assert became(whole, "email_event_spam_report")["reported as spam"] == (1, 0, 0, {})
    assert became(whole, "email_event_status_change") == {
        "unsubscribed": (1, 0, 0, {"not_an_opt_out": 1, "unknown_event": 1})
    }
    assert said["Maya", "email", "any"].recorded_at == datetime(2024, 3, 3, 9, tzinfo=UTC)


def test_what_the_source_takes_back_opts_nobody_in(tmp_path: Path) -> None:
    bring_tables(tmp_path, "hubspot", contact=CONTACT)
    tom = Contact.objects.get(first_name="Tom")
    states = Consent.objects.filter(contact=tom).values_list("purpose", "state")
    assert dict(states) == {"any": "opted_out", "subscription 77": "opted_out"}

    bring_tables(tmp_path, "hubspot", contact=CONTACT.replace(",true,TRUE,", ",false,FALSE,"))

    assert dict(states.all()) == {"any": "opted_out", "subscription 77": "opted_out"}


def test_an_opt_out_of_the_source_wins_over_an_opt_in_of_ours(tmp_path: Path) -> None:
    bring_tables(tmp_path, "hubspot", contact=CONTACT.replace(",true,TRUE,", ",,,"))
    tom = Contact.objects.get(first_name="Tom")
    person = Actor(ActorType.HUMAN, "1", "Tom Becker")
    consent.record(contact=tom, channel="email", purpose="any", state="opted_in", at=NOW, actor=person)

    bring_tables(tmp_path, "hubspot", contact=CONTACT)

    assert Consent.objects.get(contact=tom, purpose="any").state == "opted_out"
