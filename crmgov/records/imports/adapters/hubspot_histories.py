"""What HubSpot's history tables say about earlier values."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from crmgov.records.imports.steps import Step

from .histories import ADDED_BY_HISTORY, History, as_history, properties, property_change
from .hubspot_records import (
    COMPANY,
    CONTACT,
    DEAL,
    PRIORITIES,
    TICKET,
    stage_name,
    status_of,
    ticket_stage_of,
)
from .side_tables import Cells, Kept, key_of, rows_of
from .warehouse import Tables, first, time


def histories(tables: Tables) -> list[Step]:
    names = {"company": ("account", COMPANY), "contact": ("contact", CONTACT), "deal": ("opportunity", DEAL)}
    stage = partial(stage_name, tables)
    found: list[Step] = []
    for table, (about, fields) in names.items():
        words: dict[str, Callable[[str], str]] = {
            field: partial(_said, said["values"]) for field, said in fields.items() if isinstance(said, dict)
        }
        columns = _property_names(fields)
        if table == "deal":
            columns, words = columns | {"name": "dealname", "stage": "dealstage"}, words | {"stage": stage}
        if table == "company":
            columns = columns | {"name": "name"}
        history = History(
            f"{table}_property_history",
            about,
            f"{table}_id",
            ("timestamp", "timestamp_instant"),
            columns,
            words,
        )
        found += properties(tables, history)
    return [*found, *_ticket_history(tables), *_deal_stages(tables, stage)]


def _said(values: dict[str, str], text: str) -> str:
    return values.get(text, text)


def _property_names(fields: dict[str, Any]) -> dict[str, str]:
    """Our field -> the name of the property whose column it is read from."""
    found = {}
    for field, said in fields.items():
        column = said["column"] if isinstance(said, dict) else said
        column = column if isinstance(column, str) else column[0]
        found[field] = column.removeprefix("property_")
    return found


def _ticket_history(tables: Tables) -> list[Step]:
    columns = _property_names(TICKET) | {"subject": "subject", "status": "hs_pipeline_stage"}
    words: dict[str, Callable[[str], str]] = {
        "priority": partial(_said, PRIORITIES),
        "status": lambda stage_id: status_of(ticket_stage_of(tables, stage_id)),
    }
    at = ("timestamp_instant", "timestamp", "_fivetran_start")
    return properties(tables, History("ticket_property_history", "ticket", "ticket_id", at, columns, words))


def _deal_stages(tables: Tables, stage: Callable[[str], str]) -> list[Step]:
    """When a deal came into which stage: the same as the property dealstage says, and known under the same id."""
    history = History(
        "deal_stage", "opportunity", "deal_id", ("date_entered", "_fivetran_start"), {}, {"stage": stage}
    )
    earlier = tables.made("earlier deal_stage", partial(_stages_entered, tables, history))

    def add(cells: Cells) -> Cells:
        at = time(first(cells, *history.at))
        before = earlier.before(key_of(cells["deal_id"]), at)
        return cells | {
            "change_key": "|".join(("opportunity", cells["deal_id"], "dealstage", at)),
            "changed_at": at,
            "said_by": first(cells, "source")[:200],
            "changes": property_change(history, "stage", cells["value"], before.get("value", "")),
            "property": "dealstage",
        }

    said = as_history(history, add, "property")
    return tables.step(
        "deal_stage", "deal_stage", "earlier_changes", **said | {"added": (*ADDED_BY_HISTORY, "property")}
    )


def _stages_entered(tables: Tables, history: History) -> Iterable[Kept]:
    for cells in rows_of(tables.file("deal_stage")):
        yield Kept(key_of(cells["deal_id"]), time(first(cells, *history.at)), {"value": cells["value"]})
