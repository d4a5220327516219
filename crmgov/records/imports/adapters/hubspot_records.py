"""HubSpot's companies, contacts, deals and tickets, what of them was merged, and what hangs together."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from crmgov.records.imports.steps import RowRefused, Step

from .hubspot_links import only_one
from .side_tables import Cells, Kept, SideTable, rows_of
from .warehouse import Tables, first, only, true

LIFECYCLES = {"marketingqualifiedlead": "mql", "salesqualifiedlead": "sql"}
FORECASTS = {
    "BEST_CASE": "best_case",
    "COMMIT": "commit",
    "PIPELINE": "pipeline",
    "OMIT": "omitted",
    "CLOSED": "closed",
}
PRIORITIES = {"LOW": "low", "MEDIUM": "normal", "HIGH": "high", "URGENT": "urgent"}
BUYING_ROLES = {
    "CHAMPION": "champion", "DECISION_MAKER": "decision_maker", "BUDGET_HOLDER": "economic_buyer",
    "EXECUTIVE_SPONSOR": "champion", "INFLUENCER": "influencer", "END_USER": "user",
    "LEGAL_AND_COMPLIANCE": "legal", "BLOCKER": "blocker",
}  # fmt: skip
OWNER = ("property_hubspot_owner_id", "owner_id")
COMPANY: dict[str, Any] = {
    "domain": ("property_domain", "property_website"),
    "industry": "property_industry",
    "employees": "property_numberofemployees",
    "region": "property_country",
    "lifecycle": {"column": "property_lifecyclestage", "values": LIFECYCLES},
    "owner": OWNER,
    "parent": "property_hs_parent_company_id",
}
CONTACT: dict[str, Any] = {
    "first_name": "property_firstname",
    "last_name": "property_lastname",
    "email": ("property_email", "email"),
    "phone": ("property_phone", "property_mobilephone"),
    "title": "property_jobtitle",
    "language": "property_hs_language",
    "lifecycle": {"column": "property_lifecyclestage", "values": LIFECYCLES},
    "lead_score": "property_hubspotscore",
    "source": "property_hs_analytics_source",
    "account": "property_associatedcompanyid",
    "owner": OWNER,
}
DEAL: dict[str, Any] = {
    "amount": "property_amount",
    "currency": "property_deal_currency_code",
    "close_date": "property_closedate",
    "forecast_category": {"column": "property_hs_manual_forecast_category", "values": FORECASTS},
    "next_step": "property_hs_next_step",
    "closed_reason": ("property_closed_lost_reason", "property_closed_won_reason"),
    "owner": OWNER,
}
TICKET: dict[str, Any] = {
    "body": "property_content",
    "priority": {"column": "property_hs_ticket_priority", "values": PRIORITIES},
    "opened_at": ("property_createdate", "property_created_at"),
    "resolved_at": ("property_closed_date", "property_closedate"),
    "channel": "property_source_type",
}
MERGED_IDS = ("property_hs_merged_object_ids", "property_hs_calculated_merged_vids")


def stages(tables: Tables) -> list[Step]:
    return [
        *tables.names_only("property", "columns keep the names they have in the file."),
        *tables.names_only("property_option", "values stay as the source writes them."),
        *tables.names_only("deal_pipeline", "the pipeline stands before a stage whose name several pipelines have."),
        *tables.names_only("ticket_pipeline", "the pipeline of a ticket is kept by its number, in extra."),
        *tables.names_only("ticket_pipeline_stage", "it says which tickets are closed and what their stage is."),
        *tables.step(
            "stages", "deal_pipeline_stage", "stages", id="stage_id", keep=False, deleted="stage",
            fields={"name": "stage_name", "kind": "stage_kind", "position": "display_order"},
            added=("stage_name", "stage_kind"), add=(partial(_stage, tables),),
        ),
    ]  # fmt: skip


def _stage(tables: Tables, cells: Cells) -> Cells:
    won, closed = true(cells.get("closed_won", "")), true(cells.get("is_closed", ""))
    kind = "won" if won else "lost" if closed else "open"
    return cells | {"stage_name": stage_name(tables, cells["stage_id"]), "stage_kind": kind}


def stage_name(tables: Tables, stage_id: str) -> str:
    """The label, after that of its pipeline where several pipelines have a stage of this label; else the id."""
    stage = tables.side("deal_pipeline_stage", "stage_id", "label", "pipeline_id").get(stage_id)
    label = first(stage, "label")
    if tables.side("deal_pipeline_stage", "label", "label").count(label) > 1:
        pipeline = tables.side("deal_pipeline", "pipeline_id", "label").get(stage.get("pipeline_id", ""))
        label = ": ".join(
            part for part in (first(pipeline, "label") or stage.get("pipeline_id", ""), label) if part
        )
    return (label or stage_id)[:60]


def records(tables: Tables) -> list[Step]:
    contacts, deals = _contacts_merged(tables), _deals_merged(tables)
    merged_ids = next((name for name in MERGED_IDS if name in tables.headings("contact")), "")
    return [
        *tables.step(
            "companies", "company", "accounts", id="id", deleted="company", fields={"name": "called", **COMPANY},
            added=("called",), read=("property_name",),
            add=(_called("Company", "id", "property_name", "property_domain"),),
        ),
        *tables.step(
            "contacts", "contact", "contacts", id="id", deleted="contact", fields=CONTACT,
            country=("property_hs_country_region_code", "property_country"),
            add=(partial(_merged_away, contacts, "id"),),
        ),
        *tables.step(
            "merged contacts", "contact_merge_audit", "contact_merges", id="vid_to_merge",
            fields={"survivor": {"column": "canonical_vid", "required": True}}, keep=False,
        ),
        *(tables.step(
            "ids merged into contacts", "contact", "contact_merged_ids", id="id", fields={"merged": merged_ids},
            keep=False, deleted="contact",
            add=(only(lambda cells: bool(cells[merged_ids].strip())), _bare_ids(merged_ids)),
        ) if merged_ids else ()),
        *tables.step(
            "deals", "deal", "opportunities", id="deal_id", deleted="deal",
            fields={"name": "called", "stage": "stage_name", **DEAL}, added=("called", "stage_name"),
            read=("property_dealname",),
            add=(
                partial(_merged_away, deals, "deal_id"), _called("Deal", "deal_id", "property_dealname"),
                partial(_deal_stage, tables),
            ),
        ),
        *tables.step(
            "merged deals", "merged_deal", "opportunity_merges", id="merged_deal_id",
            fields={"survivor": {"column": "deal_id", "required": True}}, keep=False,
        ),
        *tables.step(
            "tickets", "ticket", "tickets", id="id", deleted="ticket",
            fields={"subject": "called", "status": "ticket_status", "extra.stage": "stage_label", **TICKET},
            added=("called", "ticket_status", "stage_label"), read=("property_subject",),
            add=(_called("Ticket", "id", "property_subject"), partial(_ticket_stage, tables)),
        ),
    ]  # fmt: skip


def _called(what: str, key: str, *columns: str) -> Callable[[Cells], Cells]:
    """What has no name is called by its number, for a name is what people find it by."""
    return lambda cells: cells | {"called": first(cells, *columns) or f"{what} {cells[key]}"}


def _bare_ids(column: str) -> Callable[[Cells], Cells]:
    """Some tables write when an id was merged behind it: 76340251:1617298367000."""
    return lambda cells: (
        cells | {column: ";".join(part.split(":")[0].strip() for part in cells[column].split(";"))}
    )


def _contacts_merged(tables: Tables) -> SideTable:
    """Which contact ids were merged into which."""

    def rows() -> Iterable[Kept]:
        for cells in rows_of(tables.file("contact_merge_audit")):
            yield Kept(cells["vid_to_merge"].strip(), "", {"into": cells["canonical_vid"].strip()})
        for cells in rows_of(tables.file("contact")):
            for old in re.split(r"[;,]", first(cells, *MERGED_IDS)):
                if old.strip():
                    yield Kept(old.split(":")[0].strip(), "", {"into": cells["id"].strip()})

    return tables.made("contacts merged", rows)


def _deals_merged(tables: Tables) -> SideTable:
    def rows() -> Iterable[Kept]:
        for cells in rows_of(tables.file("merged_deal")):
            yield Kept(cells["merged_deal_id"].strip(), "", {"into": cells["deal_id"].strip()})

    return tables.made("deals merged", rows)


def _merged_away(merged: SideTable, key: str, cells: Cells) -> Cells:
    into = merged.get(cells[key].strip()).get("into", "")
    if into and into != cells[key].strip():
        raise RowRefused(
            "merged_at_source",
            f"HubSpot merged this one into {into}; its id stands there as a further one.",
            key,
            cells[key],
        )
    return cells


def _deal_stage(tables: Tables, cells: Cells) -> Cells:
    stage = first(cells, "deal_pipeline_stage_id", "property_dealstage")
    return cells | {"stage_name": stage_name(tables, stage) if stage else ""}


def _ticket_stage(tables: Tables, cells: Cells) -> Cells:
    stage = ticket_stage_of(tables, first(cells, "property_hs_pipeline_stage"))
    return cells | {"ticket_status": status_of(stage), "stage_label": first(stage, "label")}


def ticket_stage_of(tables: Tables, stage_id: str) -> Cells:
    return tables.side("ticket_pipeline_stage", "stage_id", "label", "is_closed", "ticket_state").get(
        stage_id
    )


def status_of(stage: Cells) -> str:
    closed = true(stage.get("is_closed", "")) or first(stage, "ticket_state").upper() == "CLOSED"
    return "closed" if closed else "open"


def associations(tables: Tables) -> list[Step]:
    ticket, deal = {"id": "ticket_id", "keep": False}, {"id": "deal_id", "keep": False}
    return [
        *tables.step(
            "companies of deals", "deal_company", "opportunity_links", **deal,
            fields={"account": {"column": "company_id", "required": True}},
            add=(only_one(tables, "deal_company", "deal_id", "company_id"),),
        ),
        *tables.step(
            "roles in deals", "deal_contact", "buying_roles", id="role_key", added=("role_key", "role"), keep=False,
            fields={
                "opportunity": {"column": "deal_id", "required": True},
                "contact": {"column": "contact_id", "required": True},
                "role": {"column": "role", "values": BUYING_ROLES},
            }, add=(partial(_role, tables),),
        ),
        *tables.step(
            "companies of tickets", "ticket_company", "ticket_links", **ticket,
            add=(only_one(tables, "ticket_company", "ticket_id", "company_id"),),
            fields={"account": {"column": "company_id", "required": True}},
        ),
        *tables.step(
            "contacts of tickets", "ticket_contact", "ticket_links", **ticket,
            add=(only_one(tables, "ticket_contact", "ticket_id", "contact_id"),),
            fields={"contact": {"column": "contact_id", "required": True}},
        ),
        *tables.step(
            "deals of tickets", "ticket_deal", "ticket_links", **ticket,
            add=(only_one(tables, "ticket_deal", "ticket_id", "deal_id"),),
            fields={"extra.deal_id": {"column": "deal_id", "required": True}},
        ),
    ]  # fmt: skip


def _role(tables: Tables, cells: Cells) -> Cells:
    """HubSpot keeps the role with the contact, several joined by ";": the first that is ours counts."""
    contact = tables.side("contact", "id", "property_hs_buying_role").get(cells["contact_id"].strip())
    roles = [role.strip() for role in contact.get("property_hs_buying_role", "").split(";")]
    return cells | {
        "role_key": f"{cells['deal_id']}|{cells['contact_id']}",
        "role": next((role for role in roles if role in BUYING_ROLES), "other"),
    }
