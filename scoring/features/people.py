"""The people of an account: how many we know, who takes part in deals, who wants no mail."""

from __future__ import annotations

from .replays import field
from .schema import Feature, Kind, Part

# How many people were known before the account came to us, nobody can say.
PEOPLE = Part(
    "ppl",
    """LEFT JOIN records_contact c ON c.account_id = asked.id AND c.created_at <= asked.cut
    AND (c.archived_at IS NULL OR c.archived_at > asked.cut)
  LEFT JOIN records_consent s ON s.contact_id = c.id AND s.channel = 'email' AND s.state = 'opted_out'
    AND s.recorded_at <= asked.cut""",
    (
        Feature(
            "people_known", Kind.NUMBER,
            "CASE WHEN asked.since <= asked.cut THEN count(DISTINCT c.id) END", "People we know there.",
            "We know {value} people there.", "We know 1 person there.",
            unknown="How many people were known there is not on record.",
        ),
        Feature(
            "people_opted_out", Kind.NUMBER, "count(DISTINCT s.contact_id)", "People there who opted out of mail.",
            "{value} people there opted out of mail.", "1 person there opted out of mail.", "0",
        ),
    ),
)  # fmt: skip


def roles(hangs_by: str) -> str:
    """The roles `b` that hang on what was joined by this condition, and what each was then."""
    return f"""JOIN records_buyingrole b ON b.{hangs_by} AND b.created_at <= asked.cut
    AND (b.archived_at IS NULL OR b.archived_at > asked.cut)
  CROSS JOIN LATERAL (SELECT {field("b", "role")} AS role) was"""


SIZES = (
    Feature(
        "committee", Kind.NUMBER, "count(DISTINCT b.contact_id)", "People with a role in deals.",
        "{value} people have a role in deals.", "1 person has a role in deals.", "0",
    ),
    Feature(
        "deciders", Kind.NUMBER,
        "count(DISTINCT b.contact_id) FILTER (WHERE was.role IN ('decision_maker', 'economic_buyer', 'champion'))",
        "Champions, deciders and economic buyers among them.",
        "{value} champions, deciders or economic buyers take part.",
        "1 champion, decider or economic buyer takes part.", "0",
    ),
)  # fmt: skip
COMMITTEE = Part(
    "com",
    f"JOIN records_opportunity o ON o.account_id = asked.id {roles('opportunity_id = o.id')}",
    SIZES,
)
