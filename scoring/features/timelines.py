"""What happened around a record, counted: one pass over its timeline in the year before the cut-off."""

from __future__ import annotations

from .replays import days_since
from .schema import Feature, Kind, Part

LOGIN = "a.kind IN ('login', 'usage')"
TOUCH = "a.kind IN ('reply', 'mail_in', 'call', 'meeting', 'chat')"
LOOK = "a.kind IN ('page_view', 'video', 'mail_open', 'mail_click')"
THEIRS = f"({TOUCH} OR {LOOK} OR a.kind IN ('form', 'login', 'usage', 'purchase'))"


def lately(what: str, days: int, until: int = 0) -> str:
    """How many in these days before the cut-off, the last `until` of them left out."""
    end = f" AND a.occurred_at <= asked.cut - interval '{until} days'" if until else ""
    return f"count(*) FILTER (WHERE {what} AND a.occurred_at > asked.cut - interval '{days} days'{end})"


def share(what: str, of: str) -> str:
    """The part of some among others, NULL where there are none."""
    return f"count(*) FILTER (WHERE {what})::float8 / nullif(count(*) FILTER (WHERE {of}), 0)"


def trend(what: str) -> str:
    """The logarithm to base 2 of this month against the month before, each plus one: 1 is twice as many."""
    return f"log(2.0, ({lately(what, 30)} + 1.0) / ({lately(what, 60, 30)} + 1.0))"


def rows(hangs_by: str) -> str:
    """The year's activities that hang on the record by this column."""
    return f"""JOIN records_activity a ON a.{hangs_by} = asked.id AND a.occurred_at <= asked.cut
    AND a.occurred_at > asked.cut - interval '365 days'
    AND (a.recorded_at <= asked.cut OR a.occurred_at < asked.since)"""


TOUCHES = (
    Feature(
        "touches_30", Kind.NUMBER, lately(TOUCH, 30), "Replies, mails from them, calls, meetings and chats in 30 days.",
        "{value} replies, calls or meetings in 30 days.", "1 reply, call or meeting in 30 days.", "0",
    ),
    Feature(
        "touches_before_30", Kind.NUMBER, lately(TOUCH, 60, 30), "The same in the 30 days before those.",
        "{value} replies, calls or meetings in the 30 days before.",
        "1 reply, call or meeting in the 30 days before.", "0",
    ),
    Feature(
        "days_since_touch", Kind.NUMBER, days_since(f"max(a.occurred_at) FILTER (WHERE {TOUCH})"),
        "Days since the last reply, call or meeting within a year.",
        "No reply, call or meeting for {value} days.", "The last reply, call or meeting was yesterday.",
        unknown="No reply, call or meeting is on record for a year.",
    ),
    Feature(
        "mail_share", Kind.NUMBER, share("a.kind IN ('reply', 'mail_in')", TOUCH), "Share of mail among what they say.",
        "Mail is {value} of what they say.", unknown="They said nothing within a year.",
    ),
    Feature(
        "meeting_share", Kind.NUMBER, share("a.kind IN ('call', 'meeting')", TOUCH),
        "Share of calls and meetings among what they say.",
        "Calls and meetings are {value} of what they say.", unknown="They said nothing within a year.",
    ),
)  # fmt: skip
USAGE = (
    Feature(
        "logins_30", Kind.NUMBER, lately(LOGIN, 30), "Logins and use in 30 days.",
        "{value} logins in 30 days.", "1 login in 30 days.", "0",
    ),
    Feature(
        "logins_before_30", Kind.NUMBER, lately(LOGIN, 60, 30), "Logins and use in the 30 days before those.",
        "{value} logins in the 30 days before.", "1 login in the 30 days before.", "0",
    ),
    Feature(
        "logins_trend", Kind.NUMBER, trend(LOGIN),
        "Logins of 30 days against the 30 before, as a power of 2: 1 is twice as many, -1 half as many.",
        "Logins moved by a factor of 2 to the power of {value} against the 30 days before.", none="0",
    ),
    Feature(
        "days_since_login", Kind.NUMBER, days_since(f"max(a.occurred_at) FILTER (WHERE {LOGIN})"),
        "Days since the last login within a year.", "The last login was {value} days ago.",
        "The last login was yesterday.", unknown="No login is on record for a year.",
    ),
    Feature(
        "support_share", Kind.NUMBER, share("a.ticket_id IS NOT NULL", "true"),
        "Share of what hangs on a ticket among all that happened in a year.",
        "Support is {value} of what happened.", none="0",
    ),
    Feature(
        "purchases_180", Kind.NUMBER, lately("a.kind = 'purchase'", 180), "Purchases in 180 days.",
        "{value} purchases in 180 days.", "1 purchase in 180 days.", "0",
    ),
)  # fmt: skip
# Apart from the others: counting what differs within the great aggregate sorts a year of activities twice.
MET = Part(
    "met",
    """CROSS JOIN LATERAL (SELECT DISTINCT a.contact_id FROM records_activity a
    WHERE a.account_id = asked.id AND a.contact_id IS NOT NULL AND a.occurred_at <= asked.cut
      AND a.occurred_at > asked.cut - interval '90 days'
      AND (a.recorded_at <= asked.cut OR a.occurred_at < asked.since)) met""",
    (
        Feature(
            "people_90", Kind.NUMBER, "count(*)", "Different people something happened with in 90 days.",
            "Something happened with {value} different people in 90 days.",
            "Something happened with 1 person in 90 days.", "0",
        ),
    ),
)  # fmt: skip
INTEREST = (
    Feature(
        "asked_30", Kind.NUMBER, lately("a.kind = 'form'", 30), "Forms sent in 30 days.",
        "{value} forms sent in 30 days.", "1 form sent in 30 days.", "0",
    ),
    Feature(
        "looked_30", Kind.NUMBER, lately(LOOK, 30), "Pages, videos, opened mails and clicked links in 30 days.",
        "{value} pages, videos or mails looked at in 30 days.",
        "1 page, video or mail looked at in 30 days.", "0",
    ),
    Feature(
        "looked_trend", Kind.NUMBER, trend(LOOK),
        "Pages, videos and mails of 30 days against the 30 before, as a power of 2.",
        "What they look at moved by a factor of 2 to the power of {value}.", none="0",
    ),
    Feature(
        "days_since_seen", Kind.NUMBER, days_since(f"max(a.occurred_at) FILTER (WHERE {THEIRS})"),
        "Days since they last did anything within a year.", "They last did something {value} days ago.",
        "They last did something yesterday.", unknown="Nothing they did is on record for a year.",
    ),
)  # fmt: skip


def timeline(hangs_by: str, *features: Feature) -> Part:
    return Part("act", rows(hangs_by), features)
