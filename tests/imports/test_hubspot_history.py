"""What HubSpot's history tables say of earlier values."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection

from crmgov.records.models import (
    EarlierChange,
    FieldChange,
)
from tests.imports.hubspot import CONTACT, DEAL, OWNER, PIPELINE, STAGE, TICKET, TICKET_STAGE
from tests.imports.tables import became, bring_tables, table

pytestmark = pytest.mark.django_db


HISTORY = {
    "contact_property_history": table(
        "contact_id,timestamp,source,name,value",
        "11,2023-05-02 9:00:00.5,CRM_UI,jobtitle,CTO",
        "11,2023-01-01 8:00:00,IMPORT,jobtitle,Head of IT",
        "11,2023-06-01 8:00:00,CRM_UI,lifecyclestage,marketingqualifiedlead",
        "11,2023-06-01 8:00:00,CRM_UI,favorite_color,blue",
        "404,2023-06-01 8:00:00,CRM_UI,jobtitle,CEO",
    ),
    "deal_property_history": table(
        "deal_id,timestamp,source,name,value",
        "21,2023-02-01 8:00:00,CRM_UI,amount,1000",
        "21,2023-03-01 8:00:00,CRM_UI,amount,1200.50",
        "21,2023-03-02 8:00:00,CRM_UI,amount,a lot",
        "21,2023-03-03 8:00:00,CRM_UI,closedate,1711922400000",
        "21,2023-03-04 8:00:00,CRM_UI,hubspot_owner_id,71",
    ),
    "deal_stage": table(
        "deal_id,date_entered,source,value,_fivetran_active",
        "21,2023-02-02 8:00:00,CRM_UI,s1,TRUE",
        "21,2023-01-02 8:00:00,CRM_UI,s4,FALSE",
    ),
    "ticket_property_history": table(
        "ticket_id,name,source,timestamp_instant,value",
        "31,hs_pipeline_stage,X,2024-02-01 8:00:00.056,t1",
        "31,hs_ticket_priority,X,2024-02-01 9:00:00.056,LOW",
    ),
}


def story(field: str) -> list[tuple[object, object, str]]:
    rows = EarlierChange.objects.filter(field=field).order_by("at")
    return [(row.old, row.new, f"{row.at:%Y-%m-%d}") for row in rows]


def test_what_happened_earlier_is_kept_with_its_own_dates(tmp_path: Path) -> None:
    tables = {
        "owner": OWNER, "contact": CONTACT, "deal": DEAL, "deal_pipeline": PIPELINE, "deal_pipeline_stage": STAGE,
        "ticket": TICKET, "ticket_pipeline_stage": TICKET_STAGE, **HISTORY,
    }  # fmt: skip
    whole = bring_tables(tmp_path, "hubspot", **tables)

    # The rows of a table come in any order; what stood before is found by time.
    assert story("title") == [(None, "Head of IT", "2023-01-01"), ("Head of IT", "CTO", "2023-05-02")]
    assert story("lifecycle") == [(None, "mql", "2023-06-01")]
    assert story("amount") == [(None, "1000.00", "2023-02-01"), ("1000.00", "1200.50", "2023-03-01")]
    assert story("close_date") == [(None, "2024-03-31", "2023-03-03")]
    assert story("owner") == [(None, "Left Long Ago", "2023-03-04")]
    assert story("stage") == [
        (None, "Lost", "2023-01-02"),
        ("Lost", "New business: Qualified", "2023-02-02"),
    ]
    assert (story("status"), story("priority")) == (
        [(None, "open", "2024-02-01")],
        [(None, "low", "2024-02-01")],
    )
    title = EarlierChange.objects.get(field="title", new="CTO")
    assert (title.by, title.source, title.record_label) == ("CRM_UI", "hubspot", "Maya Lind")
    assert became(whole, "contact_property_history") == {
        "contact_property_history": (3, 0, 0, {"unknown_field": 1, "unknown_contact": 1})
    }
    assert became(whole, "deal_property_history")["deal_property_history"][3] == {"invalid_amount": 1}
    # Nothing of it was written here.
    assert not FieldChange.objects.filter(field="title").exists()

    again = bring_tables(tmp_path, "hubspot", **tables)
    assert became(again, "contact_property_history")["contact_property_history"][:3] == (0, 0, 3)
    assert EarlierChange.objects.filter(field="title").count() == 2


def test_a_shorter_history_later_adds_nothing(tmp_path: Path) -> None:
    tables = {"contact": CONTACT, "contact_property_history": HISTORY["contact_property_history"]}
    bring_tables(tmp_path, "hubspot", **tables)
    tables["contact_property_history"] = table(
        "contact_id,timestamp,source,name,value", "11,2023-05-02 9:00:00.5,CRM_UI,jobtitle,CTO"
    )

    whole = bring_tables(tmp_path, "hubspot", **tables)

    assert became(whole, "contact_property_history") == {"contact_property_history": (0, 0, 1, {})}


def test_commitments_of_earlier_changes_are_those_of_their_values(tmp_path: Path) -> None:
    bring_tables(
        tmp_path,
        "hubspot",
        contact=CONTACT,
        contact_property_history=HISTORY["contact_property_history"],
    )

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(*) FILTER (WHERE commitment = crmgov_commitment(salt, old, new)), "
            "count(DISTINCT salt) FROM records_earlierchange"
        )
        assert cursor.fetchone() == (3, 3, 3)
