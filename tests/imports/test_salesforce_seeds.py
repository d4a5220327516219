"""Salesforce's seed tables, 14 files with hashed values: every row a record or a refusal with its reason."""

from __future__ import annotations

from typing import ClassVar

import pytest
from django.test import TestCase

from crmgov.people.models import User
from crmgov.records.models import Account, Consent, Contact, EarlierChange, FieldChange, Import, Opportunity
from tests.imports.seeds import bring_seeds, broken_invariants, folder_of, missing, put_back
from tests.imports.whole import outcomes

# File -> step -> read, new, changed, unchanged, refused by reason.
# fmt: off
EXPECTED: dict[str, dict[str, tuple[int, int, int, int, dict[str, int]]]] = {
    "sf_account_data.csv": {
        "accounts": (10, 1, 0, 0, {"deleted_at_source": 9}),
        "merged accounts": (1, 0, 0, 0, {"unknown_survivor": 1}),
    },
    "sf_account_history_data.csv": {
        "account_history": (10, 1, 0, 0, {"deleted_at_source": 9}),
    },
    "sf_contact_data.csv": {
        "contacts": (4, 4, 0, 0, {}),
        "contacts: do not call": (0, 0, 0, 0, {}),
        "contacts: has opted out of email": (0, 0, 0, 0, {}),
        "contacts: sales email opt out": (0, 0, 0, 0, {}),
        "merged contacts": (0, 0, 0, 0, {}),
    },
    "sf_contact_history_data.csv": {
        "contact_history": (4, 3, 0, 0, {"nothing_changed": 1}),
    },
    "sf_event_data.csv": {
        "events": (10, 0, 0, 0, {"hangs_on_nothing": 10}),
    },
    "sf_lead_data.csv": {
        "converted leads": (1, 0, 0, 0, {"unknown_survivor": 1}),
        "leads": (0, 0, 0, 0, {}),
        "leads: has opted out of email": (0, 0, 0, 0, {}),
        "leads: sales email opt out": (0, 0, 0, 0, {}),
    },
    "sf_opportunity_data.csv": {
        "opportunities": (10, 0, 0, 0, {"deleted_at_source": 10}),
        "stages": (0, 0, 0, 0, {}),
    },
    "sf_opportunity_history_data.csv": {
        "opportunity_history": (10, 0, 0, 0, {"deleted_at_source": 10}),
    },
    "sf_opportunity_line_item_data.csv": {
        "line items": (10, 0, 0, 0, {"no_place_for_it": 10}),
    },
    "sf_order_data.csv": {
        "orders": (10, 0, 0, 0, {"unknown_account": 10}),
    },
    "sf_product_2_data.csv": {
        "products": (2, 1, 0, 0, {"repeated_key": 1}),
    },
    "sf_task_data.csv": {
        "tasks": (10, 0, 0, 0, {"hangs_on_nothing": 10}),
        "tasks done": (10, 0, 0, 0, {"hangs_on_nothing": 10}),
    },
    "sf_user_data.csv": {
        "users": (10, 8, 0, 0, {"earlier_version": 2}),
    },
    "sf_user_role_data.csv": {
        "user_role": (10, 0, 0, 0, {"names_only": 10}),
    },
}
# fmt: on


@pytest.mark.skipif(
    missing("salesforce"),
    reason="the salesforce seeds are not beside this checkout (with CI=true they must be)",
)
class TestSalesforceSeeds(TestCase):
    """Imported once for all tests; each sees it as it was."""

    databases = {"default", "owner"}
    imported: ClassVar[Import]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.imported = bring_seeds("salesforce")

    def test_every_file_is_read_to_the_row(self) -> None:
        found = outcomes(self.imported)

        assert found == EXPECTED
        assert set(found) == {path.name for path in folder_of("salesforce").glob("*.csv")}
        assert len(found) == 14

    def test_what_is_left_of_them(self) -> None:
        assert (Account.objects.count(), Contact.objects.count(), Opportunity.objects.count()) == (1, 4, 0)
        assert Account.objects.get().name == "Eric's Test"
        marketing = Contact.objects.get(title="Markeing Direcor")
        assert (marketing.email, marketing.extra["account_id"]) == ("hi@google.com", "0011G00000eNyiXQAS")

    def test_people_who_left_are_deactivated_and_nobody_can_log_in(self) -> None:
        people = User.objects.exclude(email="ada.admin@crmgov.example")

        assert (people.count(), people.filter(is_active=False).count()) == (8, 4)
        assert not any(user.has_usable_password() for user in people)
        assert not Consent.objects.exists()

    def test_earlier_rows_are_told_with_their_own_dates(self) -> None:
        story = (
            EarlierChange.objects.filter(field="title").order_by("at").values_list("at__date", "old", "new")
        )

        assert [(str(day), old, new) for day, old, new in story] == [
            ("2018-11-12", None, "Daa Science Direcor"),
            ("2019-01-03", None, "Markeing Direcor"),
            ("2019-04-04", None, "Direcor, Business Insighs & Sraegy"),
        ]

    def test_the_second_import_changes_nothing(self) -> None:
        before = FieldChange.objects.count()

        again = outcomes(bring_seeds("salesforce"))

        for file, steps in EXPECTED.items():
            for step, (read, new, changed, unchanged, refused) in steps.items():
                assert again[file][step] == (read, 0, 0, new + changed + unchanged, refused), (file, step)
        assert FieldChange.objects.count() == before

    def test_invariants_hold_and_putting_it_back_archives_what_it_made(self) -> None:
        assert broken_invariants() == []

        put_back(self.imported)

        assert not Account.objects.filter(archived_at=None).exists()
        assert not Contact.objects.filter(archived_at=None).exists()
        assert broken_invariants() == []
