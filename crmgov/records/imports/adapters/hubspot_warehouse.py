"""HubSpot's tables in a warehouse: people, companies, contacts, deals, tickets, and what hangs together."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from crmgov.records.imports.steps import Bundle, RowRefused, Step

from .hubspot_histories import histories
from .hubspot_records import associations, records, stages
from .hubspot_timeline import TIMELINE, timeline
from .side_tables import Cells
from .warehouse import Tables, current, first, opted_out, still_here, table_name, true, unknown_tables

PREFIXES = ("hubspot_", "hs_")
# Without these columns a file of that name is no such table.
TABLES: dict[str, tuple[str, ...]] = {
    "team": ("id", "name"),
    "users": ("id", "email"),
    "team_user": ("user_id", "team_id"),
    "owner": ("owner_id",),
    "owner_team": ("owner_id", "team_id"),
    "role": ("id", "name"),
    "property": ("name",),
    "property_option": ("property_id",),
    "deal_pipeline": ("pipeline_id",),
    "deal_pipeline_stage": ("stage_id", "label"),
    "ticket_pipeline": ("pipeline_id",),
    "ticket_pipeline_stage": ("stage_id", "label"),
    "company": ("id",),
    "contact": ("id",),
    "contact_merge_audit": ("canonical_vid", "vid_to_merge"),
    "contact_list": ("id", "name"),
    "contact_list_member": ("contact_id", "contact_list_id"),
    "deal": ("deal_id",),
    "merged_deal": ("deal_id", "merged_deal_id"),
    "deal_company": ("deal_id", "company_id"),
    "deal_contact": ("deal_id", "contact_id"),
    "deal_stage": ("deal_id", "value"),
    "ticket": ("id",),
    "ticket_company": ("ticket_id", "company_id"),
    "ticket_contact": ("ticket_id", "contact_id"),
    "ticket_deal": ("ticket_id", "deal_id"),
    "company_property_history": ("company_id", "name", "value"),
    "contact_property_history": ("contact_id", "name", "value"),
    "deal_property_history": ("deal_id", "name", "value"),
    "ticket_property_history": ("ticket_id", "name", "value"),
    **TIMELINE,
}
OPT_OUT = re.compile(r"property_hs_email_optout(?:_(\w+))?")


def recognises(file_name: str, headings: Sequence[str]) -> bool:
    """Is this a table of HubSpot's as a warehouse connector lands it?"""
    needed = TABLES.get(table_name(file_name, PREFIXES))
    return needed is not None and set(needed) <= set(headings)


def steps(bundle: Bundle) -> list[Step]:
    """Return the steps for the tables of the bundle, in the order in which rows find what they name."""
    tables = Tables(bundle, _named(bundle))
    found = [
        *_people(tables),
        *stages(tables),
        *records(tables),
        *associations(tables),
        *timeline(tables),
        *_consents(tables),
        *_lists(tables),
        *histories(tables),
    ]
    return [*found, *unknown_tables(tables, found, "HubSpot")]


def _named(bundle: Bundle) -> Callable[[str], str]:
    """A file with the name of a table and without its columns is of no table."""

    def named(name: str) -> str:
        return table_name(name, PREFIXES) if recognises(name, bundle.files[name].headings) else ""

    return named


def _people(tables: Tables) -> list[Step]:
    person: dict[str, Any] = {
        "name": "person", "email": "email", "role": {"constant": "account_manager"}, "is_active": "still_here",
    }  # fmt: skip
    added = ("person", "still_here")
    return [
        *tables.step("teams", "team", "teams", id="id", fields={"name": "name"}, keep=False),
        *tables.names_only("role", "what a person may do here is said by an admin, not by a role elsewhere."),
        *tables.step(
            "users", "users", "users", id="user_key", fields={**person, "team": "primary_team_id"}, keep=False,
            added=(*added, "user_key"), deleted="", add=(partial(current, "person"), still_here, _user),
        ),
        *tables.step(
            "owners", "owner", "users", id="owner_id", fields=person, keep=False,
            added=added, deleted="", add=(partial(current, "person"), still_here, _owner),
        ),
        *tables.step(
            "teams of owners", "owner_team", "user_teams", id="owner_id",
            fields={"team": {"column": "team_id", "required": True}}, keep=False, add=(_primary,),
        ),
        *tables.step(
            "teams of users", "team_user", "user_teams", id="user_key",
            fields={"team": {"column": "team_id", "required": True}}, keep=False,
            added=("user_key",), add=(_primary, _user_key),
        ),
    ]  # fmt: skip


def _user_key(cells: Cells) -> Cells:
    """Users and owners are numbered apart, and both are people here."""
    return cells | {"user_key": f"user {first(cells, 'id', 'user_id')}"}


def _user(cells: Cells) -> Cells:
    return _user_key(_owner(cells))


def _owner(cells: Cells) -> Cells:
    name = " ".join(part for part in (first(cells, "first_name"), first(cells, "last_name")) if part)
    known = name or first(cells, "email") or f"Owner {first(cells, 'owner_id', 'id')}"
    return cells | {"person": known[:120]}


def _primary(cells: Cells) -> Cells:
    if cells.get("is_team_primary", "").lower() == "false" or true(cells.get("is_secondary_user", "")):
        raise RowRefused(
            "not_the_primary_team",
            "A person here comes into the primary team alone: a further one would widen what they see.",
            "team_id",
            cells["team_id"],
        )
    return cells


def _consents(tables: Tables) -> list[Step]:
    """Opting out is taken, opting in never is: FALSE says that nobody objected, not that somebody agreed."""
    found: list[Step] = []
    for heading in tables.headings("contact"):
        if which := OPT_OUT.fullmatch(heading):
            purpose = f"subscription {which[1]}"[:40] if which[1] else "any"
            found += tables.step(
                f"opted out: {purpose}", "contact", "consents", id="consent_key", keep=False, deleted="contact",
                fields=opted_out("id", "email", purpose), added=("consent_key",),
                add=(partial(_opted_out, heading),),
            )  # fmt: skip
    return found


def _opted_out(heading: str, cells: Cells) -> Cells | None:
    if not true(cells[heading]):
        return None
    return cells | {"consent_key": f"{heading}|{cells['id']}"}


def _lists(tables: Tables) -> list[Step]:
    return [
        *tables.names_only("contact_list", "a list's name is the tag of the contacts on it."),
        *tables.step(
            "lists of contacts", "contact_list_member", "contact_tags", id="membership", keep=False,
            deleted="membership", fields={"contact": {"column": "contact_id", "required": True}, "tag": "tag"},
            added=("membership", "tag"), add=(partial(_membership, tables),),
        ),
    ]  # fmt: skip


def _membership(tables: Tables, cells: Cells) -> Cells:
    number = cells["contact_list_id"].strip()
    name = tables.side("contact_list", "id", "name").get(number).get("name", "").strip()
    return cells | {
        "membership": f"{number}|{cells['contact_id']}",
        "tag": (name or f"List {number}")[:60].strip(),
    }
