"""Tickets of an account: how many, how severe, still open, opened again."""

from __future__ import annotations

from .replays import changes, field
from .schema import Feature, Kind, Part

KNOWN = """t.opened_at <= asked.cut AND t.opened_at > asked.cut - interval '365 days'
    AND (t.created_at <= asked.cut OR t.opened_at < asked.since)
    AND (t.archived_at IS NULL OR t.archived_at > asked.cut)"""
LATELY = "t.opened_at > asked.cut - interval '90 days'"
OPEN = "coalesce(was.status, 'open') IN ('open', 'waiting')"
SEVERE = "was.priority IN ('high', 'urgent')"

TICKETS = Part(
    "tic",
    f"""JOIN records_ticket t ON t.account_id = asked.id AND {KNOWN}
  CROSS JOIN LATERAL (SELECT {field("t", "status")} AS status, {field("t", "escalated")} AS escalated,
    {field("t", "priority", carried=True)} AS priority) was""",
    (
        Feature(
            "tickets_90", Kind.NUMBER, f"count(*) FILTER (WHERE {LATELY})", "Tickets opened in 90 days.",
            "{value} tickets in 90 days.", "1 ticket in 90 days.", "0",
        ),
        Feature(
            "severe_tickets_90", Kind.NUMBER, f"count(*) FILTER (WHERE {LATELY} AND {SEVERE})",
            "Tickets of high or urgent priority opened in 90 days.",
            "{value} high or urgent tickets in 90 days.", "1 high or urgent ticket in 90 days.", "0",
        ),
        Feature(
            "open_tickets", Kind.NUMBER, f"count(*) FILTER (WHERE {OPEN})", "Tickets still open.",
            "{value} tickets are open.", "1 ticket is open.", "0",
        ),
        Feature(
            "escalated_tickets", Kind.NUMBER, f"count(*) FILTER (WHERE {OPEN} AND was.escalated = 'true')",
            "Open tickets that are escalated.", "{value} escalated tickets are open.",
            "1 escalated ticket is open.", "0",
        ),
    ),
)  # fmt: skip
REOPENS = Part(
    "reo",
    f"""JOIN records_ticket t ON t.account_id = asked.id AND {KNOWN}
  CROSS JOIN LATERAL {changes("t", "status", "asked.cut - interval '90 days'")} moved""",
    (
        Feature(
            "reopens_90", Kind.NUMBER,
            "count(*) FILTER (WHERE moved.old IN ('resolved', 'closed') AND moved.new IN ('open', 'waiting'))",
            "Tickets opened again in 90 days.", "Tickets were opened again {value} times in 90 days.",
            "A ticket was opened again in 90 days.", "0",
        ),
    ),
)  # fmt: skip
