"""Features of a customer who may leave. What the owner thinks of the account is left out: it is to be compared with."""

from __future__ import annotations

from .companies import COMPANY, SEGMENT, company_row
from .people import COMMITTEE, PEOPLE
from .replays import day, field
from .schema import Feature, Kind, Part, Subject
from .support import REOPENS, TICKETS
from .timelines import MET, TOUCHES, USAGE, timeline

CONTRACT = (
    Feature(
        "days_to_renewal", Kind.NUMBER, f"({day('was.renewal_date')}) - asked.cut::date",
        "Days until the contract renews.", "The contract renews in {value} days.",
        "The contract renews tomorrow.", unknown="No renewal date was on record.",
    ),
    Feature(
        "renewal_near", Kind.FLAG,
        f"coalesce(({day('was.renewal_date')}) - asked.cut::date BETWEEN 0 AND 60, false)",
        "Whether the contract renews within 60 days.", "The contract renews within 60 days.",
        "The contract does not renew within 60 days.",
    ),
    Feature(
        "escalated", Kind.FLAG, "coalesce(was.escalated, 'false') = 'true'", "Whether the account is escalated.",
        "The account is escalated.", "The account is not escalated.",
    ),
)  # fmt: skip
WAS = f"""CROSS JOIN LATERAL (SELECT {field("x", "renewal_date")} AS renewal_date,
    {field("x", "escalated")} AS escalated) was"""

CHURN = Subject(
    "churn",
    "account",
    "records_account",
    f"own.{SEGMENT}",
    (
        Part("own", f"{company_row('asked.id')} {WAS}", (*COMPANY, *CONTRACT), grouped=False),
        timeline("account_id", *TOUCHES, *USAGE),
        MET,
        TICKETS,
        REOPENS,
        PEOPLE,
        COMMITTEE,
    ),
)
