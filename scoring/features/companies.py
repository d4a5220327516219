"""What kind of company it is: taken back to the time before it came to us, as it holds for years."""

from __future__ import annotations

from .replays import field, key, number
from .schema import Feature, Kind

SEGMENT = "segment"
# A segment here has no longer name; a source's history may say anything, and standings are kept by name.
LONGEST_SEGMENT = 40
COMPANY = (
    Feature(
        SEGMENT, Kind.CATEGORY, f"left(kept.segment, {LONGEST_SEGMENT})",
        "The segment of the account.", "The segment is {value}.",
        unknown="It is in no segment.",
    ),
    Feature(
        "industry", Kind.CATEGORY, "kept.industry", "The industry of the account.", "The industry is {value}.",
        unknown="No industry is on record.",
    ),
    Feature(
        "region", Kind.CATEGORY, "kept.region", "The region of the account.", "The region is {value}.",
        unknown="No region is on record.",
    ),
    Feature(
        "employees", Kind.NUMBER, number("kept.employees"), "People working at the company.",
        "{value} people work there.", "1 person works there.", unknown="Nobody wrote down how many work there.",
    ),
)  # fmt: skip


def company_row(of: str, start: str = "(SELECT 1) one") -> str:
    """FROM the account of this id, `x`, and what it was at the cut-off, `kept`. One row, also where there is none."""
    kept = ", ".join(
        f"{field('x', name, carried=True)} AS {name}"
        for name in ("segment", "industry", "region", "employees")
    )
    return f"""FROM {start} LEFT JOIN records_account x ON x.id = {of}
  CROSS JOIN LATERAL (SELECT {kept}) kept"""


def company_of(table: str) -> str:
    """The same from a row `d` that belongs to an account: the one it belonged to at the cut-off, `link.account`.

    A lead that buys is put under an account on that day. Looked at from now, whoever has one has bought.
    """
    told = f"CROSS JOIN LATERAL (SELECT {field('d', 'account', carried=True, stored='account_id')} AS account) told"
    link = f"CROSS JOIN LATERAL (SELECT {key('told.account')} AS account) link"
    return company_row("link.account", f"{table} d {told} {link}")
