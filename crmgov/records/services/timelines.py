"""Where an activity belongs: the account and the team of what it hangs on. Everything that writes one asks here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import connection

from crmgov.records.models import Account, Activity, Contact, Opportunity, Ticket

from .inheritance import TEAM
from .patches import Patch

ACCOUNT = "account"
# The nearest first: it is of the team of the nearest that has one, and without any of these it is shared.
HANGS_ON: tuple[tuple[str, Any], ...] = (
    ("ticket", Ticket),
    ("opportunity", Opportunity),
    ("contact", Contact),
    (ACCOUNT, Account),
)
# Each activity `a`, and where it belongs.
BELONGS = """
SELECT a.id, coalesce(t.team_id, o.team_id, c.team_id, x.team_id) AS team_id, x.id AS account_id
FROM records_activity a
LEFT JOIN records_ticket t ON t.id = a.ticket_id
LEFT JOIN records_opportunity o ON o.id = a.opportunity_id
LEFT JOIN records_contact c ON c.id = a.contact_id
LEFT JOIN records_account x ON x.id = coalesce(a.account_id, t.account_id, o.account_id, c.account_id)"""


def place(rows: Sequence[Activity]) -> None:
    """Give new activities the account and the team they belong to, where they have none. Four queries at most."""
    for name, model in HANGS_ON:
        lacking = [row for row in rows if row.team_id is None or row.account_id is None]
        keys = {key for row in lacking if (key := getattr(row, f"{name}_id")) is not None}
        if not keys:
            continue
        account = "pk" if name == ACCOUNT else "account_id"
        found = {
            key: (team, above)
            for key, team, above in model.objects.filter(pk__in=keys).values_list("pk", "team_id", account)
        }
        for row in lacking:
            team, above = found.get(getattr(row, f"{name}_id"), (None, None))
            row.team_id = row.team_id if row.team_id is not None else team
            row.account_id = row.account_id if row.account_id is not None else above


def follow(applied: Sequence[Patch]) -> None:
    """Bring what happened around a record into its new team, and to the account it has now if it had none.

    Joins the caller's transaction; nothing is asked where no patch moves a record.
    """
    moved = [patch for patch in applied if not patch.creates and _moves(patch)]
    wheres, params = [], []
    for name, _ in HANGS_ON:
        keys: list[UUID] = sorted({patch.record_id for patch in moved if patch.record_type == name})
        if keys:
            wheres.append(f"a.{name}_id = ANY(%s)")
            params.append(keys)
    if not wheres:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            f"""UPDATE records_activity a SET team_id = b.team_id, account_id = b.account_id
            FROM ({BELONGS} WHERE {" OR ".join(wheres)} ORDER BY a.id FOR UPDATE OF a) b
            WHERE b.id = a.id AND (a.team_id, a.account_id) IS DISTINCT FROM (b.team_id, b.account_id)""",  # noqa: S608
            params,
        )


def _moves(patch: Patch) -> bool:
    return any(edit.field in (TEAM, ACCOUNT) for edit in patch.edits)
