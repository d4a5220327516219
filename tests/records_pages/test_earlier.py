"""What a source says happened to a field before it came to us: on the page of the record, and not to be put back."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.db import connection

from crmgov.people.models import Role
from crmgov.records.models import Contact, EarlierChange
from crmgov.records.selectors import ledger
from tests.records_pages.kit import browser_of
from tests.world import a_contact, a_user, change

pytestmark = pytest.mark.django_db


def earlier(contact: Contact, old: str | None, new: str | None, year: int, field: str = "title") -> None:
    """Write what a source says, as an import does."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {EarlierChange._meta.db_table} (import_run_id, record_type, record_id, record_label, field, "  # noqa: S608
            "old, new, source, by, at, taken_at, salt, commitment) "
            "SELECT %s, 'contact', %s, 'Maya Lind', %s, old, new, 'HUBSPOT', 'CRM_UI', %s, now(), '\\x00', "
            "crmgov_commitment('\\x00', old, new) FROM (SELECT %s::jsonb AS old, %s::jsonb AS new) AS said",
            [uuid4(), contact.pk, field, datetime(year, 3, 1, tzinfo=UTC), _json(old), _json(new)],
        )


def _json(value: str | None) -> str | None:
    return None if value is None else json.dumps(value)


def test_earlier_changes_stand_below_ours_with_their_own_dates() -> None:
    maya = a_contact(title="CTO")
    change("contact", maya.pk, title="CIO")
    earlier(maya, None, "Head of IT", 2019)
    earlier(maya, "Head of IT", "CTO", 2021)

    page = (
        browser_of(a_user("Ana Ruiz", Role.ADMIN)).get(f"/contacts/{maya.pk}/?field=title").content.decode()
    )

    ours, newer, older = (
        page.index(words) for words in ("CTO to CIO", "Head of IT to CTO", "empty to Head of IT")
    )
    assert ours < newer < older
    assert page.count("before it came to us, says HUBSPOT") == 2
    assert "2019" in page
    assert "CRM_UI" in page
    # What can be put back is our own last change, and nothing else.
    assert page.count("Revert to") == 1
    assert "Revert to CTO" in page


def test_a_field_with_an_earlier_story_alone_has_nothing_to_put_back() -> None:
    maya = a_contact()
    earlier(maya, None, "CTO", 2019)

    page = (
        browser_of(a_user("Ana Ruiz", Role.ADMIN)).get(f"/contacts/{maya.pk}/?field=title").content.decode()
    )

    assert "before it came to us, says HUBSPOT" in page
    assert "Nobody has written this field yet" not in page
    assert "Revert to" not in page


def test_they_are_neither_changes_of_ours_nor_of_another_field() -> None:
    maya = a_contact(title="CTO")
    earlier(maya, None, "Head of IT", 2019)
    earlier(maya, None, "+49 30 1", 2019, field="phone")

    assert [one.new for one in ledger.earlier_of(record_id=maya.pk, field="title")] == ["Head of IT"]
    assert [one.new for one in ledger.history_of(record_id=maya.pk, field="title")] == ["CTO"]
