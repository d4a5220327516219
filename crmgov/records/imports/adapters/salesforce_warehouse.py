"""Salesforce's objects as tables of a warehouse: users, accounts, contacts, leads, opportunities and their timeline."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from crmgov.records.imports.steps import Bundle, RowRefused, Step

from .histories import History, snapshots
from .side_tables import Cells
from .warehouse import (
    Add,
    Tables,
    current,
    first,
    only,
    opted_out,
    still_here,
    table_name,
    time,
    true,
    unknown_tables,
)

PREFIXES = ("sf_", "salesforce_")
# Without these columns a file of that name is no such table.
TABLES: dict[str, tuple[str, ...]] = {
    "user": ("id", "name", "username"),
    "user_role": ("id", "name"),
    "product_2": ("id", "name"),
    "account": ("id", "name"),
    "contact": ("id", "last_name", "account_id"),
    "lead": ("id", "last_name", "is_converted"),
    "opportunity": ("id", "name", "stage_name"),
    "opportunity_contact_role": ("opportunity_id", "contact_id"),
    "opportunity_line_item": ("id", "opportunity_id"),
    "order": ("id", "account_id", "order_number"),
    "event": ("id", "who_id", "what_id"),
    "task": ("id", "who_id", "what_id", "is_closed"),
    "account_history": ("id", "_fivetran_start"),
    "contact_history": ("id", "_fivetran_start"),
    "opportunity_history": ("id", "_fivetran_start"),
}
FORECASTS = {
    "Pipeline": "pipeline", "BestCase": "best_case", "Best Case": "best_case", "MostLikely": "commit",
    "Most Likely": "commit", "Forecast": "commit", "Commit": "commit", "Omitted": "omitted", "Closed": "closed",
}  # fmt: skip
ROLES = {
    "Decision Maker": "decision_maker", "Economic Buyer": "economic_buyer", "Economic Decision Maker": "economic_buyer",
    "Executive Sponsor": "champion", "Champion": "champion", "Influencer": "influencer", "Business User": "user",
    "Evaluator": "influencer", "Technical Buyer": "influencer", "Legal": "legal", "Procurement": "procurement",
    "Blocker": "blocker",
}  # fmt: skip
ACCOUNT: dict[str, Any] = {
    "name": "name",
    "domain": "website",
    "industry": "industry",
    "employees": "number_of_employees",
    "region": "billing_country",
    "owner": "owner_id",
    "parent": "parent_id",
}
PERSON: dict[str, Any] = {
    "first_name": "first_name",
    "last_name": "last_name",
    "email": "email",
    "phone": ("phone", "mobile_phone"),
    "title": "title",
    "source": "lead_source",
    "owner": "owner_id",
}
OPPORTUNITY: dict[str, Any] = {
    "name": "name",
    "account": "account_id",
    "stage": "stage_name",
    "amount": "amount",
    "currency": "currency_iso_code",
    "close_date": "close_date",
    "forecast_category": {"column": ("forecast_category", "forecast_category_name"), "values": FORECASTS},
    "next_step": "next_step",
    "owner": "owner_id",
}
# The first three signs of an id say what it is of.
ABOUT = {"001": "about_account", "006": "about_opportunity", "500": "about_ticket"}
HANGS = {
    "account": "about_account",
    "contact": "who_id",
    "opportunity": "about_opportunity",
    "ticket": "about_ticket",
}
# Whatever an installation calls the columns of its own: saying no is taken from all of them.
OPT_OUT = re.compile(r"(?=.*opt(ed)?_?out)(?!.*(date|time|fax|in_)).*")


def recognises(file_name: str, headings: Sequence[str]) -> bool:
    """Is this a table of Salesforce's as a warehouse connector lands it?"""
    needed = TABLES.get(table_name(file_name, PREFIXES))
    return needed is not None and set(needed) <= set(headings)


def steps(bundle: Bundle) -> list[Step]:
    """Return the steps for the tables of the bundle, in the order in which rows find what they name."""
    tables = Tables(bundle, _named(bundle))
    found = [
        *_people(tables),
        *_records(tables),
        *_timeline(tables),
        *_consents(tables, "contact"),
        *_consents(tables, "lead"),
        *_histories(tables),
    ]
    return [*found, *unknown_tables(tables, found, "Salesforce")]


def _named(bundle: Bundle) -> Callable[[str], str]:
    """A file with the name of a table and without its columns is of no table."""

    def named(name: str) -> str:
        return table_name(name, PREFIXES) if recognises(name, bundle.files[name].headings) else ""

    return named


def _people(tables: Tables) -> list[Step]:
    return [
        *tables.names_only("user_role", "what a person may do here is said by an admin, not by a role elsewhere."),
        *tables.step(
            "users", "user", "users", id="id", keep=False, deleted="", added=("still_here",),
            add=(partial(current, "person"), still_here),
            fields={
                "name": "name", "email": "email", "time_zone": "time_zone_sid_key", "is_active": "still_here",
                "role": {"constant": "account_manager"},
            },
        ),
    ]  # fmt: skip


def _records(tables: Tables) -> list[Step]:
    return [
        *tables.step(
            "products", "product_2", "products", id="id", fields={"name": "name", "family": "family"}, keep=False,
            deleted="product",
        ),
        *tables.step(
            "accounts", "account", "accounts", id="id", fields=ACCOUNT, deleted="account", add=(_merged_away,)
        ),
        *_merges(tables, "account"),
        *tables.step(
            "contacts", "contact", "contacts", id="id", fields={**PERSON, "account": "account_id"},
            country=("mailing_country_code", "mailing_country"), deleted="contact", add=(_merged_away,),
        ),
        *_merges(tables, "contact"),
        *tables.step(
            "converted leads", "lead", "lead_conversions", id="id", keep=False, deleted="lead",
            add=(only(_is_converted),),
            fields={"survivor": {"column": "converted_contact_id", "required": True}},
        ),
        *tables.step(
            "leads", "lead", "leads", id="id", deleted="lead", country=("country_code", "country"),
            fields={**PERSON, "lifecycle": {"constant": "lead"}},
            add=(only(lambda cells: not _is_converted(cells)), _merged_away),
        ),
        *tables.step(
            "stages", "opportunity", "stages", id="stage_name", keep=False, added=("stage_kind",), deleted="",
            fields={"name": "stage_name", "kind": "stage_kind"}, add=(_stage(),),
        ),
        *tables.step(
            "opportunities", "opportunity", "opportunities", id="id", fields=OPPORTUNITY, deleted="opportunity"
        ),
        *tables.step(
            "roles in opportunities", "opportunity_contact_role", "buying_roles", id="id", keep=False,
            fields={
                "opportunity": {"column": "opportunity_id", "required": True},
                "contact": {"column": "contact_id", "required": True},
                "role": "role_here",
            },
            added=("role_here",), add=(_role,),
        ),
        *_line_items(tables),
    ]  # fmt: skip


def _merged_away(cells: Cells) -> Cells:
    """Salesforce marks what it merged away as deleted; some installations do not."""
    if first(cells, "master_record_id"):
        raise RowRefused(
            "merged_at_source",
            f"Salesforce merged this one into {cells['master_record_id']}; its id stands there as a further one.",
            "master_record_id",
            cells["master_record_id"],
        )
    return cells


def _merges(tables: Tables, table: str) -> list[Step]:
    if "master_record_id" not in tables.headings(table):
        return []
    return tables.step(
        f"merged {table}s", table, f"{table}_merges", id="id", keep=False, deleted="",
        add=(only(lambda cells: bool(first(cells, "master_record_id"))),),
        fields={"survivor": {"column": "master_record_id", "required": True}},
    )  # fmt: skip


def _is_converted(cells: Cells) -> bool:
    return true(cells["is_converted"]) and bool(first(cells, "converted_contact_id"))


def _stage() -> Add:
    """Every stage an opportunity is in, once, and whether it is closed there."""
    seen: set[str] = set()

    def add(cells: Cells) -> Cells | None:
        name = cells["stage_name"].strip()
        if not name or name in seen or true(cells.get("is_deleted", "")):
            return None
        seen.add(name)
        won, closed = true(cells.get("is_won", "")), true(cells.get("is_closed", ""))
        return cells | {"stage_kind": "won" if won else "lost" if closed else "open"}

    return add


def _role(cells: Cells) -> Cells:
    return cells | {"role_here": ROLES.get(first(cells, "role"), "other")}


def _line_items(tables: Tables) -> list[Step]:
    def refuse(cells: Cells) -> Cells:
        raise RowRefused(
            "no_place_for_it",
            "An opportunity here has one amount and no line items. They stay with Salesforce.",
            "opportunity_id",
            cells["opportunity_id"],
        )

    return tables.step(
        "line items", "opportunity_line_item", "names", fields={}, add=(refuse,), deleted="", keep=False
    )


def _timeline(tables: Tables) -> list[Step]:
    added = (*ABOUT.values(), "subject_here", "by_here")
    about: tuple[Add, ...] = (_about, partial(_said, tables))
    return [
        *tables.step(
            "orders", "order", "activities", id="id", keep=False, deleted="order", added=("subject_here", "ordered_at"),
            add=(_order,),
            fields={
                "kind": {"constant": "purchase"}, "account": {"column": "account_id", "required": True},
                "opportunity": "opportunity_id", "occurred_at": "ordered_at", "subject": "subject_here",
                "amount": "total_amount", "currency": "currency_iso_code", "data.status": "status",
            },
        ),
        *tables.step(
            "events", "event", "activities", id="id", keep=False, deleted="event", added=(*added, "kind", "at"),
            add=(*about, _event),
            fields={
                "kind": "kind", "occurred_at": "at", "subject": "subject_here", "body": "description",
                "by": "by_here", "data.type": "type", "data.minutes": "duration_in_minutes", **HANGS,
            },
        ),
        *tables.step(
            "tasks", "task", "tasks", id="id", deleted="task", added=(*added, "done", "title"), add=(*about, _task),
            read=("subject", "what_id", "account_id"),
            fields={
                "title": "title", "note": "description", "due_on": "activity_date", "done_at": "done",
                "purpose": "task_subtype", "assignee": "owner_id", **HANGS,
            },
        ),
        *tables.step(
            "tasks done", "task", "activities", id="id", keep=False, deleted="task",
            added=(*added, "done", "title", "kind"), add=(only(_is_closed), *about, _task, _task_done),
            fields={
                "kind": "kind", "occurred_at": "done", "subject": "subject_here", "body": "description",
                "by": "by_here", "data.type": ("type", "task_subtype"), **HANGS,
            },
        ),
    ]  # fmt: skip


def _is_closed(cells: Cells) -> bool:
    return true(cells["is_closed"])


def _order(cells: Cells) -> Cells:
    at = first(cells, "effective_date", "activated_date", "created_date")
    return cells | {"subject_here": f"Order {first(cells, 'order_number', 'id')}", "ordered_at": at}


def _about(cells: Cells) -> Cells:
    """What an activity is about: one column for all, told apart by how the id begins."""
    what = first(cells, "what_id")
    found = {column: what if what.startswith(key) else "" for key, column in ABOUT.items()}
    found["about_account"] = found["about_account"] or first(cells, "account_id")
    return cells | found


def _said(tables: Tables, cells: Cells) -> Cells:
    user = tables.side("user", "id", "name").get(first(cells, "owner_id"))
    return cells | {"by_here": first(user, "name")[:160], "subject_here": first(cells, "subject")[:300]}


def _event(cells: Cells) -> Cells:
    call = "call" in first(cells, "type", "event_subtype").lower()
    at = first(cells, "start_date_time", "activity_date_time", "activity_date", "created_date")
    return cells | {"kind": "call" if call else "meeting", "at": at}


def _task(cells: Cells) -> Cells:
    times = ("completed_date_time", "last_modified_date", "activity_date")
    done = first(cells, *times) if _is_closed(cells) else ""
    title = first(cells, "subject") or f"Task {cells['id']}"
    return cells | {"done": time(done), "title": title[:200]}


def _task_done(cells: Cells) -> Cells:
    """Salesforce writes logged calls and mails as tasks that are done."""
    said = f"{first(cells, 'task_subtype')} {first(cells, 'type')}".lower()
    kind = "call" if "call" in said else "mail_out" if "email" in said else "note"
    subject = cells["title"] if kind != "note" else f"Task done: {cells['title']}"
    return cells | {"kind": kind, "subject_here": subject[:300]}


def _consents(tables: Tables, table: str) -> list[Step]:
    """Opting out is taken, opting in never is: FALSE says that nobody objected, not that somebody agreed."""
    found: list[Step] = []
    for heading in tables.headings(table):
        said = heading.removesuffix("_c").replace("_", " ")
        if heading == "do_not_call":
            channel, purpose = "phone", "any"
        elif OPT_OUT.fullmatch(heading):
            channel, purpose = "email", "any" if heading == "has_opted_out_of_email" else said[:40].strip()
        else:
            continue
        found += tables.step(
            f"{table}s: {said}"[:60], table, "consents", id="consent_key", keep=False,
            deleted=table, added=("consent_key",), add=(partial(_opted_out, heading),),
            fields=opted_out("id", channel, purpose),
        )  # fmt: skip
    return found


def _opted_out(heading: str, cells: Cells) -> Cells | None:
    return cells | {"consent_key": f"{heading}|{cells['id']}"} if true(cells[heading]) else None


def _histories(tables: Tables) -> list[Step]:
    """In history mode a connector keeps each row as it was, with the time from which on it was so."""
    objects: dict[str, tuple[str, dict[str, Any]]] = {
        "account_history": ("account", ACCOUNT),
        "contact_history": ("contact", {**PERSON, "account": "account_id"}),
        "opportunity_history": ("opportunity", OPPORTUNITY),
    }
    words: dict[str, Callable[[str], str]] = {"forecast_category": lambda text: FORECASTS.get(text, text)}
    found: list[Step] = []
    for table, (about, fields) in objects.items():
        columns = {field: _column(said) for field, said in fields.items()}
        found += snapshots(tables, History(table, about, "id", ("_fivetran_start",), columns, words))
    return found


def _column(said: Any) -> str:
    column = said["column"] if isinstance(said, dict) else said
    return str(column) if isinstance(column, str) else str(column[0])
