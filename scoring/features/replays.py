"""SQL that says what a governed field was at the cut-off (`schema` says what counts as known)."""

from __future__ import annotations

# A day and a number in the text of a history: what is written otherwise, by whomever, is no value and no error.
DAY = r"^[12]\d{3}-(0[1-9]|1[0-2])-([0-2]\d|3[01])"
KEY = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
NUMBER = r"^-?\d{1,15}(\.\d{1,10})?$"


def field(row: str, column: str, *, asked: str = "asked", carried: bool = False, stored: str = "") -> str:
    """The field of the governed row `row`, as text, at the cut-off.

    A row nobody wrote since then is its own answer, which is so for nearly all when scores are made for now.
    `carried` takes the first value back to the time before the record came to us. `stored` is the column in the table,
    where it is called otherwise than the field.
    """
    first = f"""
      UNION ALL (SELECT f.new, 4 FROM records_fieldchange f
       WHERE {row}.created_at > {asked}.cut AND f.record_id = {row}.id AND f.field = '{column}'
       ORDER BY f.id LIMIT 1)"""  # noqa: S608
    return f"""CASE WHEN {row}.updated_at <= {asked}.cut THEN {row}.{stored or column}::text ELSE (
    SELECT known.value #>> '{{}}' FROM (
      (SELECT f.new AS value, 1 AS place FROM records_fieldchange f
       WHERE f.record_id = {row}.id AND f.field = '{column}' AND f.at <= {asked}.cut ORDER BY f.id DESC LIMIT 1)
      UNION ALL (SELECT e.new, 2 FROM records_earlierchange e
       WHERE e.record_id = {row}.id AND e.field = '{column}' AND e.at <= {asked}.cut
         AND (e.taken_at <= {asked}.cut OR e.at < {row}.created_at) ORDER BY e.at DESC, e.id DESC LIMIT 1)
      UNION ALL (SELECT e.old, 3 FROM records_earlierchange e
       WHERE {row}.created_at > {asked}.cut AND e.record_id = {row}.id AND e.field = '{column}'
         AND e.at > {asked}.cut AND e.at < {row}.created_at ORDER BY e.at, e.id LIMIT 1)
      {first if carried else ""}) known ORDER BY known.place LIMIT 1) END"""  # noqa: S608


def day(text: str) -> str:
    """A text as a day; NULL where it is none. The 31st of June is the 1st of July, as nobody checked it."""
    return (
        f"CASE WHEN {text} ~ '{DAY}' "
        f"THEN (left({text}, 7) || '-01')::date + (substr({text}, 9, 2)::int - 1) END"
    )


def key(text: str) -> str:
    """A text as the id of a record; NULL where it is none."""
    return f"CASE WHEN {text} ~ '{KEY}' THEN ({text})::uuid END"


def number(text: str) -> str:
    """A text as a number; NULL where it is none."""
    return f"CASE WHEN {text} ~ '{NUMBER}' THEN ({text})::numeric END"


def days_since(moment: str) -> str:
    """Whole days from a moment to the cut-off."""
    return f"floor(extract(epoch FROM asked.cut - {moment}) / 86400)"


def changes(record: str, field_name: str, since: str) -> str:
    """Changes of one field known by the cut-off and after `since`: rows of (old, new, at), from ledger and source."""
    return f"""(SELECT f.old #>> '{{}}' AS old, f.new #>> '{{}}' AS new, f.at FROM records_fieldchange f
    WHERE f.record_id = {record}.id AND f.field = '{field_name}' AND f.at <= asked.cut AND f.at > {since}
      AND f.at > {record}.created_at
    UNION ALL
    SELECT e.old #>> '{{}}', e.new #>> '{{}}', e.at FROM records_earlierchange e
    WHERE e.record_id = {record}.id AND e.field = '{field_name}' AND e.at <= asked.cut AND e.at > {since}
      AND e.at < {record}.created_at)"""  # noqa: S608
