"""A real sales CRM, imported with mapping files: counts to the row, every known flaw reported, none guessed away."""

from __future__ import annotations

import csv
import os
import shutil
import tempfile
from pathlib import Path
from typing import ClassVar

import pytest
from django.db import transaction
from django.test import TestCase

from crmgov.kernel.actors import Actor, ActorType
from crmgov.people.models import Team, User
from crmgov.records.models import (
    Account,
    Activity,
    AuthorityKind,
    ChangeSet,
    Contact,
    FieldChange,
    ImportRefusal,
    Opportunity,
    Product,
    RecordEvent,
    Stage,
)
from crmgov.records.services import changes
from crmgov.records.services.imports import Imported
from tests.imports.files import four, mapping_for, take
from tests.world import NOW, hand_edit

DATA = Path(__file__).parents[3] / "shared" / "data" / "sales_crm"
STEPS = (
    ("teams", "teams", "sales_teams.csv"),
    ("managers", "users", "sales_teams.csv"),
    ("users", "users", "sales_teams.csv"),
    ("products", "products", "products.csv"),
    ("stages", "stages", "sales_pipeline.csv"),
    ("accounts", "accounts", "accounts.csv"),
    ("contacts", "contacts", "interactions.csv"),
    ("opportunities", "opportunities", "sales_pipeline.csv"),
    ("activities", "activities", "interactions.csv"),
)


def import_all(folder: Path = DATA) -> dict[str, Imported]:
    return {
        name: take(folder / file, object_name, mapping_for(name), source="sales-crm")
        for name, object_name, file in STEPS
    }


@pytest.mark.skipif(
    not DATA.is_dir() and os.environ.get("CI") != "true",
    reason="the sales_crm data set is not beside this checkout (with CI=true it must be)",
)
class TestSalesCrm(TestCase):
    """Imported once for all tests; each sees it as it was."""

    databases = {"default", "owner"}
    imported: ClassVar[dict[str, Imported]]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.imported = import_all()

    def copy(self) -> Path:
        """A copy of the files that a test may change."""
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        for file in {file for _, _, file in STEPS}:
            shutil.copyfile(DATA / file, folder / file)
        return folder

    def test_counts_per_object_to_the_row(self) -> None:
        assert {name: four(one) for name, one in self.imported.items()} == {
            "teams": (3, 0, 32, 0),
            "managers": (6, 0, 29, 0),
            "users": (35, 0, 0, 0),
            "products": (7, 0, 0, 0),
            "stages": (2, 0, 2087, 0),
            "accounts": (85, 0, 0, 0),
            "contacts": (85, 0, 541, 0),
            "opportunities": (2089, 0, 0, 0),
            "activities": (626, 0, 0, 0),
        }
        assert all(one.report.conflicts == 0 for one in self.imported.values())
        assert (Account.objects.count(), Contact.objects.count(), Opportunity.objects.count()) == (
            85,
            85,
            2089,
        )
        assert (Activity.objects.count(), Product.objects.count(), Team.objects.count()) == (626, 7, 3)
        assert set(Stage.objects.values_list("name", flat=True)) == {"Engaging", "Prospecting"}

    def test_every_known_flaw_is_reported_and_none_guessed_away(self) -> None:
        opportunities, accounts = self.imported["opportunities"], self.imported["accounts"]

        assert opportunities.report.reported == {"no_account": 1425, "unknown_product": 333}
        assert Opportunity.objects.filter(account=None).count() == 1425
        assert Opportunity.objects.filter(product=None).count() == 333
        assert Opportunity.objects.filter(extra__product="GTXPro", product=None).count() == 333
        gtx = ImportRefusal.objects.filter(run=opportunities.run, reason="unknown_product").order_by("line")[
            0
        ]
        assert (gtx.line, gtx.column, gtx.value, gtx.row_taken) == (3, "product", "GTXPro", True)
        assert "Did you mean “GTX Pro”?" in gtx.say

        assert accounts.report.reported == {"unknown_industry": 12, "unknown_region": 2}
        assert Account.objects.filter(industry="technolgy").count() == 12
        technology = ImportRefusal.objects.filter(run=accounts.run, reason="unknown_industry").order_by(
            "line"
        )[0]
        assert (technology.line, technology.value) == (2, "technolgy")
        assert "Did you mean “technology”?" in technology.say
        regions = ImportRefusal.objects.filter(run=accounts.run, reason="unknown_region").order_by("line")
        assert [one.value for one in regions] == ["Philipines", "Korea"]

        dates = "engage_date is read as month/day/year (%m/%d/%Y)"
        assert opportunities.report.readings[dates] == 1589
        assert (
            self.imported["activities"].report.readings["timestamp is read as month/day/year (%m/%d/%Y)"]
            == 626
        )
        assert accounts.report.readings["subsidiary_of is looked up by name"] == 15

    def test_values_are_what_the_mapping_says(self) -> None:
        bluth = Account.objects.get(name="Bluth Company")
        assert bluth.parent is not None
        assert bluth.parent.name == "Acme Corporation"
        assert (bluth.annual_value, bluth.employees) == (None, 3027)
        assert bluth.extra == {"year_established": "1993", "revenue": "1242.32"}
        assert Account.objects.exclude(parent=None).count() == 15

        deal = Opportunity.objects.get(name="GTX Plus Pro S3W6Q07M")
        assert deal.owner is not None
        assert (deal.owner.name, deal.stage_id, deal.product_id) == (
            "Kami Bicknell",
            "Engaging",
            "GTX Plus Pro",
        )
        assert deal.extra == {"engage_date": "2024-09-16"}

        moran = Contact.objects.get(last_name="Moran")
        assert (moran.first_name, moran.extra) == ("Nicholas", {"contact_name": "Mr. Nicholas Moran"})
        assert moran.account is not None

        meeting = Activity.objects.filter(account__name="Acme Corporation", kind="meeting").order_by(
            "occurred_at"
        )[0]
        assert meeting.occurred_at.isoformat() == "2024-01-31T00:00:00+00:00"
        assert meeting.contact is not None
        assert "\r\n\r\nTo move forward" in meeting.body
        assert meeting.data == {"activity_type": "Meeting", "status": "Completed"}

    def test_sales_people_cannot_log_in_and_are_in_their_team(self) -> None:
        people = User.objects.filter(email__endswith="@imported.invalid")

        assert people.count() == 41
        assert not any(user.has_usable_password() for user in people)
        kami = people.get(name="Kami Bicknell")
        assert (kami.email, kami.role) == ("kami.bicknell@imported.invalid", "account_manager")
        assert [team.name for team in kami.teams.all()] == ["West"]

    def test_the_ledger_names_the_person_and_the_import(self) -> None:
        run = self.imported["accounts"].run
        assert run is not None
        change_sets = ChangeSet.objects.filter(import_run_id=run.pk)

        assert {(one.actor_type, one.actor_label, one.authority) for one in change_sets} == {
            ("human", "Ada Admin", "import")
        }
        assert FieldChange.objects.filter(change_set__in=change_sets, field="name").count() == 85
        assert run.confirmed_by.name == "Ada Admin"
        assert run.counts["read"] == 85

    def test_the_second_import_changes_nothing(self) -> None:
        before = FieldChange.objects.count()

        again = import_all()

        rows = {name: one.report.read for name, one in again.items()}
        assert {name: four(one) for name, one in again.items()} == {
            name: (0, 0, read, 0) for name, read in rows.items()
        }
        assert FieldChange.objects.count() == before
        assert again["opportunities"].report.reported == {"no_account": 1425, "unknown_product": 333}

    def test_an_approved_ai_value_stays_until_the_source_says_otherwise(self) -> None:
        folder = self.copy()
        acme = Account.objects.get(name="Acme Corporation")
        approve(acme, "industry", "technology")

        unchanged = take(folder / "accounts.csv", "accounts", mapping_for("accounts"), source="sales-crm")

        acme.refresh_from_db()
        assert (acme.industry, four(unchanged)) == ("technology", (0, 0, 85, 0))

        change_cell(folder / "accounts.csv", "account_id", "1000", "sector", "finance")
        disagreeing = take(folder / "accounts.csv", "accounts", mapping_for("accounts"), source="sales-crm")

        acme.refresh_from_db()
        assert acme.industry == "technology"
        assert (four(disagreeing), disagreeing.report.conflicts) == ((0, 1, 84, 0), 1)
        event = RecordEvent.objects.get(kind="import_conflict")
        assert (event.record_id, event.fields) == (acme.pk, ["industry"])
        assert disagreeing.run is not None
        assert event.data == {
            "field": "industry",
            "ours": "technology",
            "theirs": "finance",
            "ours_label": "",
            "theirs_label": "",
            "source": "sales-crm",
            "import_run": str(disagreeing.run.pk),
            "line": 2,
        }

        asked_once = take(folder / "accounts.csv", "accounts", mapping_for("accounts"), source="sales-crm")
        assert (four(asked_once), asked_once.report.conflicts) == ((0, 0, 85, 0), 0)

    def test_a_cell_nobody_here_touched_follows_the_source(self) -> None:
        folder = self.copy()
        change_cell(folder / "sales_pipeline.csv", "opportunity_id", "7TI1WTV9", "product", "GTX Pro")

        corrected = take(
            folder / "sales_pipeline.csv", "opportunities", mapping_for("opportunities"), source="sales-crm"
        )

        deal = Opportunity.objects.get(extra__engage_date="2024-11-04", account__name="Acme Corporation")
        assert four(corrected) == (0, 1, 2088, 0)
        assert corrected.report.reported["unknown_product"] == 332
        assert (deal.product_id, deal.name) == ("GTX Pro", "GTX Pro 7TI1WTV9")
        assert deal.extra["product"] is None


def approve(account: Account, field: str, value: str) -> None:
    """What the executor writes for an approved suggestion."""
    new = hand_edit(
        actor=Actor(ActorType.HUMAN_APPROVED_AI, "1", "Mira Reviewer"), authority=AuthorityKind.DECISION
    )
    edit = changes.Edit(field, getattr(account, field), value, "enrichment agent")
    with transaction.atomic():
        outcome = changes.apply(
            change_sets=[new],
            patches=[changes.Patch(new.id, "account", account.pk, (edit,))],
            at=NOW,
        )
    assert not outcome.refused


def change_cell(path: Path, key_column: str, key: str, column: str, value: str) -> None:
    with path.open(encoding="utf-8", newline="") as text:
        rows = list(csv.DictReader(text))
    for row in rows:
        if row[key_column] == key:
            row[column] = value
    with path.open("w", encoding="utf-8", newline="") as text:
        writer = csv.DictWriter(text, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
