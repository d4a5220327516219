"""HubSpot's seed tables, 56 files with hashed values: every row a record or a refusal with its reason."""

from __future__ import annotations

from collections import Counter
from typing import ClassVar

import pytest
from django.test import TestCase

from crmgov.people.models import User
from crmgov.records.models import (
    Account,
    Activity,
    Consent,
    Contact,
    EarlierChange,
    ExternalId,
    FieldChange,
    Import,
    ImportRefusal,
    Opportunity,
    Stage,
    Ticket,
)
from tests.imports.seeds import bring_seeds, broken_invariants, folder_of, missing, put_back
from tests.imports.whole import outcomes
from tests.world import NOW

# File -> step -> read, new, changed, unchanged, refused by reason.
# fmt: off
EXPECTED: dict[str, dict[str, tuple[int, int, int, int, dict[str, int]]]] = {
    "company_data.csv": {
        "companies": (24, 24, 0, 0, {}),
    },
    "company_property_history_data.csv": {
        "company_property_history": (100, 0, 0, 0, {"unknown_account": 55, "unknown_field": 45}),
    },
    "contact_data.csv": {
        "contacts": (22, 19, 0, 0, {"merged_at_source": 3}),
        "ids merged into contacts": (1, 0, 1, 0, {}),
    },
    "contact_form_submission_data.csv": {
        "form submissions": (5, 0, 0, 0, {"unknown_contact": 5}),
    },
    "contact_list_data.csv": {
        "contact_list": (60, 0, 0, 0, {"names_only": 60}),
    },
    "contact_list_member_data.csv": {
        "lists of contacts": (100, 0, 0, 0, {"deleted_at_source": 32, "unknown_contact": 68}),
    },
    "contact_merge_audit_data.csv": {
        "merged contacts": (4, 0, 0, 0, {"unknown_survivor": 4}),
    },
    "contact_property_history_data.csv": {
        "contact_property_history": (100, 0, 0, 0, {"unknown_contact": 100}),
    },
    "deal_company_data.csv": {
        "companies of deals": (2, 0, 0, 0, {"unknown_account": 2}),
    },
    "deal_contact_data.csv": {
        "roles in deals": (11, 0, 0, 0, {"unknown_opportunity": 11}),
    },
    "deal_data.csv": {
        "deals": (44, 44, 0, 0, {}),
    },
    "deal_pipeline_data.csv": {
        "deal_pipeline": (6, 0, 0, 0, {"names_only": 6}),
    },
    "deal_pipeline_stage_data.csv": {
        "stages": (71, 69, 0, 0, {"deleted_at_source": 2}),
    },
    "deal_property_history_data.csv": {
        "deal_property_history": (100, 0, 0, 0, {"unknown_opportunity": 100}),
    },
    "deal_stage_data.csv": {
        "deal_stage": (14, 0, 0, 0, {"unknown_opportunity": 14}),
    },
    "email_campaign_data.csv": {
        "email_campaign": (100, 0, 0, 0, {"names_only": 100}),
    },
    "email_event_bounce_data.csv": {
        "details: mail bounced": (100, 0, 0, 0, {"unknown_activity": 100}),
    },
    "email_event_click_data.csv": {
        "details: link clicked": (100, 0, 0, 0, {"unknown_activity": 100}),
    },
    "email_event_data.csv": {
        "mail events": (100, 0, 0, 0, {"unknown_contact": 100}),
    },
    "email_event_deferred_data.csv": {
        "details: mail deferred": (100, 0, 0, 0, {"unknown_activity": 100}),
    },
    "email_event_delivered_data.csv": {
        "details: mail delivered": (100, 0, 0, 0, {"unknown_activity": 100}),
    },
    "email_event_dropped_data.csv": {
        "details: mail dropped": (100, 0, 0, 0, {"unknown_activity": 100}),
    },
    "email_event_forward_data.csv": {
        "details: mail forwarded": (100, 0, 0, 0, {"unknown_activity": 100}),
    },
    "email_event_open_data.csv": {
        "details: mail opened": (100, 0, 0, 0, {"unknown_activity": 100}),
    },
    "email_event_print_data.csv": {
        "details: mail printed": (5, 0, 0, 0, {"unknown_activity": 5}),
    },
    "email_event_sent_data.csv": {
        "details: mail sent": (100, 0, 0, 0, {"unknown_activity": 100}),
    },
    "email_event_spam_report_data.csv": {
        "details: reported as spam": (32, 0, 0, 0, {"unknown_activity": 32}),
        "reported as spam": (32, 0, 0, 0, {"unknown_event": 32}),
    },
    "email_event_status_change_data.csv": {
        "unsubscribed": (100, 0, 0, 0, {"unknown_event": 100}),
    },
    "engagement_call_data.csv": {
        "calls": (1, 0, 0, 0, {"hangs_on_nothing": 1}),
    },
    "engagement_communication_data.csv": {
        "communications": (1, 0, 0, 0, {"hangs_on_nothing": 1}),
    },
    "engagement_company_data.csv": {
        "engagement company": (0, 0, 0, 0, {}),
        "engagement company (tasks)": (1, 0, 0, 0, {"unknown_account": 1}),
    },
    "engagement_contact_data.csv": {
        "engagement contact": (1, 0, 0, 0, {"unknown_contact": 1}),
        "engagement contact (tasks)": (0, 0, 0, 0, {}),
    },
    "engagement_data.csv": {
        "engagements": (1, 0, 0, 0, {"unknown_activity": 1}),
        "engagements that are tasks": (0, 0, 0, 0, {}),
    },
    "engagement_deal_data.csv": {
        "engagement deal": (0, 0, 0, 0, {}),
        "engagement deal (tasks)": (1, 0, 0, 0, {"unknown_opportunity": 1}),
    },
    "engagement_email_data.csv": {
        "emails": (1, 0, 0, 0, {"hangs_on_nothing": 1}),
    },
    "engagement_meeting_data.csv": {
        "meetings": (100, 0, 0, 0, {"hangs_on_nothing": 100}),
    },
    "engagement_note_data.csv": {
        "notes": (1, 0, 0, 0, {"hangs_on_nothing": 1}),
    },
    "engagement_task_data.csv": {
        "tasks": (2, 0, 0, 0, {"hangs_on_nothing": 2}),
        "tasks done": (0, 0, 0, 0, {}),
    },
    "form_data.csv": {
        "form": (5, 0, 0, 0, {"names_only": 5}),
    },
    "merged_deal_data.csv": {
        "merged deals": (14, 0, 0, 0, {"unknown_survivor": 14}),
    },
    "owner_data.csv": {
        "owners": (100, 100, 0, 0, {}),
    },
    "owner_team_data.csv": {
        "teams of owners": (3, 0, 2, 0, {"not_the_primary_team": 1}),
    },
    "property_data.csv": {
        "property": (10, 0, 0, 0, {"names_only": 10}),
    },
    "property_option_data.csv": {
        "property_option": (20, 0, 0, 0, {"names_only": 20}),
    },
    "role_data.csv": {
        "role": (2, 0, 0, 0, {"names_only": 2}),
    },
    "team_data.csv": {
        "teams": (3, 3, 0, 0, {}),
    },
    "team_user_data.csv": {
        "teams of users": (2, 0, 0, 1, {"not_the_primary_team": 1}),
    },
    "ticket_company_data.csv": {
        "companies of tickets": (9, 0, 0, 0, {"unknown_account": 9}),
    },
    "ticket_contact_data.csv": {
        "contacts of tickets": (9, 0, 0, 0, {"unknown_contact": 9}),
    },
    "ticket_data.csv": {
        "tickets": (25, 25, 0, 0, {}),
    },
    "ticket_deal_data.csv": {
        "deals of tickets": (9, 0, 0, 0, {"unknown_ticket": 9}),
    },
    "ticket_engagement_data.csv": {
        "ticket engagement": (9, 0, 0, 0, {"hangs_on_one_only": 3, "unknown_ticket": 6}),
        "ticket engagement (tasks)": (0, 0, 0, 0, {}),
    },
    "ticket_pipeline_data.csv": {
        "ticket_pipeline": (9, 0, 0, 0, {"names_only": 9}),
    },
    "ticket_pipeline_stage_data.csv": {
        "ticket_pipeline_stage": (15, 0, 0, 0, {"names_only": 15}),
    },
    "ticket_property_history_data.csv": {
        "ticket_property_history": (15, 1, 0, 0, {"nothing_changed": 1, "unknown_field": 2, "unknown_ticket": 11}),
    },
    "users_data.csv": {
        "users": (2, 2, 0, 0, {}),
    },
}
# fmt: on


@pytest.mark.skipif(
    missing("hubspot"), reason="the hubspot seeds are not beside this checkout (with CI=true they must be)"
)
class TestHubSpotSeeds(TestCase):
    """Imported once for all tests; each sees it as it was."""

    databases = {"default", "owner"}
    imported: ClassVar[Import]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.imported = bring_seeds("hubspot")

    def test_every_file_is_read_to_the_row(self) -> None:
        found = outcomes(self.imported)

        assert found == EXPECTED
        assert set(found) == {path.name for path in folder_of("hubspot").glob("*.csv")}
        assert len(found) == 56

    def test_counts_of_records(self) -> None:
        counts = [model.objects.count() for model in (Account, Contact, Opportunity, Ticket)]

        assert counts == [24, 19, 44, 25]
        assert User.objects.filter(email__endswith="@imported.invalid").count() == 100
        assert (Stage.objects.count(), Activity.objects.count(), Consent.objects.count()) == (69, 0, 0)

    def test_three_contacts_that_hubspot_merged_are_ids_of_the_survivor(self) -> None:
        survivor = ExternalId.objects.get(kind="contact", value="78971951")

        ids = ExternalId.objects.filter(kind="contact", record_id=survivor.record_id)
        assert set(ids.values_list("value", flat=True)) == {"78971951", "76340251", "46897301", "76226001"}

    def test_a_hashed_mail_address_is_reported_and_kept_as_written(self) -> None:
        contacts = Contact.objects.all()

        assert set(contacts.values_list("email", flat=True)) == {""}
        assert all(len(contact.extra["property_email"]) == 32 for contact in contacts)
        reported = ImportRefusal.objects.filter(
            run__parent=self.imported, row_taken=True, reason="invalid_email"
        )
        assert Counter(reported.values_list("run__step", flat=True)) == {"contacts": 19, "owners": 100}

    def test_nobody_can_log_in_and_nobody_is_opted_in(self) -> None:
        people = User.objects.exclude(email="ada.admin@crmgov.example")

        assert people.count() == 102
        assert not any(user.has_usable_password() for user in people)
        assert set(people.values_list("role", flat=True)) == {"account_manager"}
        assert not Consent.objects.filter(state="opted_in").exists()

    def test_an_earlier_change_has_its_own_date(self) -> None:
        change = EarlierChange.objects.get()

        assert (change.field, change.old, change.new) == ("status", None, "open")
        assert change.at.isoformat() == "2020-07-09T11:06:21.056000+00:00"
        assert change.taken_at >= NOW

    def test_the_second_import_changes_nothing(self) -> None:
        before = FieldChange.objects.count()

        again = outcomes(bring_seeds("hubspot"))

        for file, steps in EXPECTED.items():
            for step, (read, new, changed, unchanged, refused) in steps.items():
                assert again[file][step] == (read, 0, 0, new + changed + unchanged, refused), (file, step)
        assert FieldChange.objects.count() == before

    def test_invariants_hold_and_putting_it_back_archives_what_it_made(self) -> None:
        assert broken_invariants() == []

        put_back(self.imported)

        for model in (Account, Contact, Opportunity, Ticket):
            assert not model.objects.filter(archived_at=None).exists(), model
        assert broken_invariants() == []
        self.imported.refresh_from_db()
        assert self.imported.status == Import.Status.REVERTED
