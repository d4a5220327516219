"""How long a hold may last, in one press, and what people usually hold for."""

from __future__ import annotations

from datetime import date, timedelta

from approvals.templatetags import phrases

REASONS = (
    "Renewal talks",
    "Escalation is being worked on",
    "Contract with their lawyers",
    "They asked for quiet",
)


def offered(today: date) -> list[tuple[str, str]]:
    """Return (day as in an address, its name): a week, a month, the end of this quarter and of the next."""
    quarter = quarter_end(today)
    days = (
        ("A week", today + timedelta(days=7)),
        ("A month", today + timedelta(days=30)),
        ("End of the quarter", quarter),
        ("End of the next quarter", quarter_end(quarter + timedelta(days=1))),
    )
    return [(day.isoformat(), f"{name}, {phrases.day(day)}") for name, day in days]


def quarter_end(day: date) -> date:
    """Return the last day of the calendar quarter."""
    years, months = divmod((day.month - 1) // 3 * 3 + 3, 12)
    return date(day.year + years, months + 1, 1) - timedelta(days=1)
