"""What the rows of a plain file probably are: a start for the person who says it, never a decision."""

from __future__ import annotations

from collections.abc import Sequence

from .adapters.csv import ORDER
from .catalog import plan_of
from .mappings import named_columns

# How people call these files.
NAMES = {
    "companies": "accounts",
    "company": "accounts",
    "customers": "accounts",
    "people": "contacts",
    "leads": "contacts",
    "deals": "opportunities",
    "owners": "users",
    "cases": "tickets",
    "engagements": "activities",
    "events": "activities",
    "rates": "exchange_rates",
}
# What a record is named after counts when nothing else does.
FIRST = "accounts"
# By so many more fields another object has to fit before the name of the file is not believed.
CLEARLY = 2


def likely_object(file_name: str, headings: Sequence[str]) -> str:
    """Return the object named in the file's name unless the headings speak for another, else the one they fit best."""
    plain = file_name.lower().replace("-", "_").replace(" ", "_")
    spoken = {**{name: name for name in ORDER}, **NAMES}
    named = [target for word, target in spoken.items() if word in plain or word.removesuffix("s") in plain]
    fields = {name: len(named_columns(plan_of(name), headings)[1]) for name in ORDER}
    best = max(fields, key=lambda name: (fields[name], name == FIRST))
    if named and fields[best] - fields[named[0]] < CLEARLY:
        return named[0]
    return best
