"""The Django admin: admins see everything, edit people, names and queues, and delete nothing."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import models
from django.test import Client
from django.urls import reverse

from approvals.models import Queue, QueueMembership, Suggestion
from crmgov.people.backstage import ReadOnly
from crmgov.people.models import BusinessCalendar, Role, User
from crmgov.records.models import Account, ExchangeRate, Segment, Source
from crmgov.records.services import edits
from scoring.models import Score
from tests.decisions import scene
from tests.security import world
from tests.world import NOW, a_user, an_account

pytestmark = pytest.mark.django_db
OURS = {"people", "records", "approvals"}
# Shown inside the page of what they belong to, or by the product itself.
ELSEWHERE = {
    "BulkItem", "Cell", "CellOutcome", "OutcomeDue", "AuditSample", "SecondLook",
    "OutcomeRollup", "Membership", "QueueMembership", "SuggestionItem", "Attempt", "Claim", "AgentKey", "ImportRefusal",
    "CellStanding", "CellTally",
    "CellLetter",
    "Workflow", "IdempotentCall", "Heartbeat", "PolicyDraft", "PolicyRegating",
    "WorkflowContract", "PolicyReplay", "PolicyReplayLine", "ImportFile", "ImportFileBlock", "ImportFate",
    "Run", "SeenExecution",
    "Delivery", "Message", "MessageTemplate", "Settlement", "StandingApproval", "TemplateVersion",
    "WorkflowStart", "WorkflowLook", "WorkflowTick", "WorkflowFailure",
    "Steward", "Seen", "Experiment", "Assignment", "LetterDue", "WorkflowCost",
    "ModelCall",
    "PublishedScore", "LabelCandidate",
    "TextExample", "TextLabel", "TextModel", "TextReading",
    "KeyboardPreference", "SavedView",
    "MailChoice", "Reminded",
}  # fmt: skip
REGISTERED = {model: shown for model, shown in admin.site._registry.items() if model._meta.app_label in OURS}


def as_admin() -> Client:
    client = Client()
    client.force_login(a_user("Ana Ruiz", Role.ADMIN))
    return client


def url(model: type[models.Model], what: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{what}", args=args)


def test_every_model_of_ours_is_there_or_shown_elsewhere() -> None:
    models_of_ours = {
        model
        for model in apps.get_models()
        if model._meta.app_label in OURS and not model.__name__.startswith("Historical")
    }

    missing = {model.__name__ for model in models_of_ours - set(REGISTERED)} - ELSEWHERE
    assert missing == set()


def test_every_list_and_page_opens() -> None:
    world.build()
    client = as_admin()
    for model in REGISTERED:
        assert client.get(url(model, "changelist")).status_code == 200, model
        first = model._default_manager.order_by("pk").first()
        if first is not None:
            assert client.get(url(model, "change", first.pk)).status_code == 200, model


@pytest.mark.parametrize(
    "model", sorted(REGISTERED, key=str), ids=lambda model: str(model).split(".")[-1].rstrip("'>")
)
def test_nothing_is_deleted_but_plans(model: type[models.Model]) -> None:
    request = type("Request", (), {"user": a_user("Ana Ruiz", Role.ADMIN)})()

    may = REGISTERED[model].has_delete_permission(request)

    assert may is (model.__name__ in {"Absence", "Delegation"})


def test_what_the_door_and_the_services_write_is_read_only() -> None:
    account = an_account()
    client = as_admin()

    assert client.get(url(Account, "add")).status_code == 403
    answer = client.post(url(Account, "change", account.pk), {"name": "Other"})

    assert answer.status_code == 403
    account.refresh_from_db()
    assert account.name == "Halden Marine Systems"


def test_governed_records_ledger_and_decisions_are_read_only() -> None:
    read_only = {model.__name__ for model, shown in REGISTERED.items() if isinstance(shown, ReadOnly)}

    assert {
        "Account", "Contact", "Opportunity", "BuyingRole", "Ticket", "Task", "Activity", "ChangeSet",
        "FieldChange", "Decision", "Execution", "Suggestion", "GateReading", "PolicyVersion", "Grant",
        "Consent", "Suppression", "Hold", "ImportRun", "RecordEvent",
    } <= read_only  # fmt: skip


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.ACCOUNT_MANAGER, Role.AUDITOR])
def test_other_roles_do_not_get_in_even_as_staff(role: Role) -> None:
    """`is_staff` left behind by a changed role opens the door and shows an empty room."""
    user = a_user("Sara Okafor", role)
    User.objects.filter(pk=user.pk).update(is_staff=True)
    client = Client()
    client.force_login(user)

    assert client.get(url(User, "changelist")).status_code == 403
    assert client.get(url(Account, "changelist")).status_code == 403


def test_a_role_given_here_opens_and_closes_the_admin() -> None:
    client, tom = as_admin(), a_user("Tom Becker", Role.REVIEWER)
    form = {
        "email": tom.email, "name": tom.name, "time_zone": "UTC", "language": "en", "is_active": "on",
        "memberships-TOTAL_FORMS": "0", "memberships-INITIAL_FORMS": "0",
    }  # fmt: skip

    client.post(url(User, "change", tom.pk), {**form, "role": "admin"})
    tom.refresh_from_db()
    assert (tom.role, tom.is_staff) == (Role.ADMIN, True)

    client.post(url(User, "change", tom.pk), {**form, "role": "auditor"})
    tom.refresh_from_db()
    assert (tom.role, tom.is_staff) == (Role.AUDITOR, False)


def test_the_last_admin_cannot_lock_everybody_out() -> None:
    client = as_admin()
    ana = User.objects.get(name="Ana Ruiz")
    form = {
        "email": ana.email, "name": ana.name, "time_zone": "UTC", "language": "en", "role": "admin",
        "memberships-TOTAL_FORMS": "0", "memberships-INITIAL_FORMS": "0",
    }  # fmt: skip

    answer = client.post(url(User, "change", ana.pk), form)

    assert answer.status_code == 200
    assert "only active admin" in answer.content.decode()
    ana.refresh_from_db()
    assert ana.is_active


def test_an_admin_makes_somebody_with_a_password() -> None:
    client = as_admin()

    client.post(
        url(User, "add"),
        {
            "email": "New.Person@Example.com", "name": "New Person", "role": "reviewer", "usable_password": "true",
            "password1": "rather-long-and-odd-41", "password2": "rather-long-and-odd-41",
            "memberships-TOTAL_FORMS": "0", "memberships-INITIAL_FORMS": "0",
        },
    )  # fmt: skip

    made = User.objects.get(name="New Person")
    assert made.email == "new.person@example.com"
    assert made.check_password("rather-long-and-odd-41")


def test_a_segment_is_made_and_never_renamed() -> None:
    client = as_admin()
    client.post(url(Segment, "add"), {"name": "partner", "position": "7"})
    segment = Segment.objects.get(name="partner")

    client.post(url(Segment, "change", segment.pk), {"name": "renamed", "position": "2"})

    segment.refresh_from_db()
    assert (segment.name, segment.position) == ("partner", 2)


def test_rates_and_the_trust_of_sources_are_edited() -> None:
    client = as_admin()
    client.post(url(ExchangeRate, "add"), {"currency": "NOK", "day": "2026-11-01", "rate": "0.085"})
    source = Source.objects.create(name="firmdata", kind="enrichment", trust_rank=30)
    client.post(
        url(Source, "change", source.pk), {"name": "firmdata", "kind": "enrichment", "trust_rank": "35"}
    )

    source.refresh_from_db()
    assert source.trust_rank == 35
    assert ExchangeRate.objects.get(currency="NOK").rate


def test_a_calendar_nobody_can_compute_with_is_refused_in_words() -> None:
    form = {
        "name": "Odd",
        "time_zone": "Mars/Olympus",
        "opens": "09:00",
        "closes": "18:00",
        "weekdays": "0,1",
    }

    answer = as_admin().post(url(BusinessCalendar, "add"), form)

    assert "is not a time zone like Europe/Berlin" in answer.content.decode()
    assert not BusinessCalendar.objects.exists()


def test_members_of_a_queue_are_edited() -> None:
    scene.reviewer()
    queue, tom = Queue.objects.get(), a_user("Tom Becker", Role.REVIEWER)
    form = {
        "name": queue.name, "team": queue.team_id, "position": queue.position, "sla_hours": "4",
        "memberships-TOTAL_FORMS": "1", "memberships-INITIAL_FORMS": "0",
        "memberships-0-queue": queue.pk, "memberships-0-user": tom.pk,
    }  # fmt: skip

    as_admin().post(url(Queue, "change", queue.pk), form)

    queue.refresh_from_db()
    assert queue.sla_hours == 4
    assert QueueMembership.objects.filter(queue=queue, user=tom).exists()


def test_the_page_of_a_change_set_shows_what_it_wrote() -> None:
    account = an_account(region="Benelux")
    ana = a_user("Ana Ruiz", Role.ADMIN)
    written = edits.save(
        record_type="account", record_id=account.pk, seen={"region": "Benelux"}, values={"region": "Nordics"},
        user=ana, reason="moved", at=NOW,
    )  # fmt: skip
    assert written is not None

    text = as_admin().get(url(type(written), "change", written.pk)).content.decode()

    assert "Nordics" in text
    assert "moved" in text


def test_a_number_finds_a_suggestion() -> None:
    suggestion = scene.propose(scene.account(), employees=310)

    text = as_admin().get(url(Suggestion, "changelist"), {"q": str(suggestion.number)}).content.decode()

    assert suggestion.title in text


def test_scores_have_no_room_of_their_own_there() -> None:
    assert Score not in admin.site._registry
