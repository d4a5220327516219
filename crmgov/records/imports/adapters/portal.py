"""Files a person exported from a portal, recognised by their headings: which steps read them, in which order."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from crmgov.records.imports.catalog import PARTS
from crmgov.records.imports.files import CsvFile, RawRow
from crmgov.records.imports.steps import Bundle, Prepare, RowRefused, Step, Unprepared

from . import own_steps
from .own_sheets import OBJECTS, object_of
from .readers import Reader
from .sheets import Sheet, as_written, best

YES = {"true", "yes", "1", "y", "x", "t", "checked", "on"}
NO = {"", "false", "no", "0", "n", "f", "unchecked", "off"}
# HubSpot says so with two columns, Salesforce with two others.
CLOSED = ("is deal closed?", "hs_is_closed", "isclosed", "closed")
WON = ("is closed won?", "hs_is_closed_won", "iswon", "won")
STAGE_KIND, CONSENT_ID = "Kind of stage", "Consent"
ROLE_ID, ROLE_CONTACT = "Part in the deal", "Contact in the deal"
MOST_CONTACTS = 20
ORDER = (*OBJECTS[:7], "account_merges", "contacts", "contact_merges", "lead_conversions", *OBJECTS[8:],
         *(name for name in PARTS if name.startswith("archived_")), "earlier_changes")  # fmt: skip


def in_order(steps: Iterable[Step]) -> list[Step]:
    """In this order references find what they name, and consents stand before columns that only repeat them."""
    return sorted(steps, key=lambda step: (ORDER.index(step.object), step.name.startswith("opt-outs")))


@dataclass(frozen=True, slots=True)
class Portal:
    """One source's portal. `name` is how people call it."""

    name: str
    sheets: tuple[Sheet, ...]

    def recognises(self, file_name: str, headings: Sequence[str]) -> bool:
        return bool(object_of(file_name) or best(self.sheets, file_name, headings))

    def steps(self, bundle: Bundle) -> list[Step]:
        """Return the steps in the order of writing. Raises Unprepared for a file that is none of this source."""
        ours = {object_of(name) for name in bundle.files}
        people = self._people(bundle)
        found: list[Step] = []
        for name, file in bundle.files.items():
            if object_of(name):
                found += own_steps.steps(name, file)
                continue
            sheets = best(self.sheets, name, file.headings)
            if not sheets:
                raise Unprepared(
                    f"The headings of {name} ({', '.join(file.headings)[:200]}) are those of no {self.name} export."
                )
            for sheet in sheets:
                found += _steps(sheet, name, file, people, ours)
        return in_order(found)

    def _people(self, bundle: Bundle) -> dict[str, str]:
        """Names of people by the ids that other files call them by."""
        names: dict[str, str] = {}
        for name, file in bundle.files.items():
            for sheet in best(self.sheets, name, file.headings) if not object_of(name) else ():
                reader = Reader(sheet, file.headings)
                if sheet.object == "users" and "name" in reader.columns:
                    rows = bundle.table(name, reader.identity).items()
                    names |= {
                        as_written(key): as_written(cells[reader.columns["name"]]) for key, cells in rows
                    }
        return names


def _steps(
    sheet: Sheet, name: str, file: CsvFile, people: Mapping[str, str], ours: Collection[str]
) -> list[Step]:
    reader = Reader(sheet, file.headings, people)
    found = [
        Step(
            f"{sheet.object} from {name}"[:60],
            name,
            sheet.object,
            reader.mapping(),
            reader.added,
            reader.prepare,
        )
    ]
    if sheet.merged and (column := reader.heading(sheet.merged[0])):
        found.insert(0, _merges(sheet.merged[1], name, reader, column))
    if sheet.object == "opportunities" and "stages" not in ours and "stage" in reader.columns:
        found.append(_stages(name, reader))
    if sheet.object == "opportunities" and not reader.is_ours and (listed := _listed(reader)):
        found += _parts_in_deals(name, file, reader, listed)
    return found + [_opt_outs(name, reader, *one) for one in reader.opt_outs()]


def _merges(object_name: str, name: str, reader: Reader, column: str) -> Step:
    """Rows the source merged into another: their ids become further ids of the survivor."""
    mapping = {
        "external_id": reader.identity,
        "unmapped": "ignore",
        "fields": {"survivor": {"column": column, "by": "external_id"}},
    }

    def prepare(raw: RawRow) -> RawRow | None:
        return raw if raw.cells[column].strip() else None

    return Step(f"{object_name} from {name}"[:60], name, object_name, mapping, prepare=prepare)


def _listed(reader: Reader) -> str:
    """The column that lists the contacts of a deal."""
    return next(
        (
            head
            for word in ("Associated Contact IDs", "Associated Contact ID")
            if (head := reader.heading(word))
        ),
        "",
    )


def _parts_in_deals(name: str, file: CsvFile, reader: Reader, column: str) -> list[Step]:
    """The contacts of each deal, whose part in it the file does not say: one step for the first, the second, …

    A row becomes one record per step. Beyond MOST_CONTACTS the list is kept with the deal and no more is read of it.
    """
    most = max((len(_ids(row.cells[column])) for row in file.rows() if not row.problem), default=0)
    mapping = {
        "external_id": ROLE_ID,
        "unmapped": "ignore",
        "fields": {
            "opportunity": {"column": reader.identity, "by": "external_id"},
            "contact": {"column": ROLE_CONTACT, "by": "external_id"},
            "role": {"constant": "other"},
        },
    }

    def nth(place: int) -> Prepare:
        def prepare(raw: RawRow) -> RawRow | None:
            found = _ids(raw.cells[column])
            if len(found) <= place or reader.is_gone(raw):
                return None
            added = {
                ROLE_CONTACT: found[place],
                ROLE_ID: f"{raw.cells[reader.identity].strip()}|{found[place]}",
            }
            return RawRow(raw.line, {**raw.cells, **added})

        return prepare

    return [
        Step(
            f"contact {place + 1} of {name}"[:60],
            name,
            "buying_roles",
            mapping,
            (ROLE_CONTACT, ROLE_ID),
            nth(place),
        )
        for place in range(min(most, MOST_CONTACTS))
    ]


def _ids(cell: str) -> list[str]:
    """The ids in a cell, each once."""
    return list(dict.fromkeys(part.strip() for part in as_written(cell).split(";") if part.strip()))


def _stages(name: str, reader: Reader) -> Step:
    """Every stage a deal is in, once. Whether it is won or lost is taken where the file says so."""
    column = reader.columns["stage"]
    mapping = {"unmapped": "ignore", "fields": {"name": column, "kind": STAGE_KIND}}
    closed, won = (
        next((head for word in words if (head := reader.heading(word))), "") for words in (CLOSED, WON)
    )
    seen: set[str] = set()

    def prepare(raw: RawRow) -> RawRow | None:
        stage = as_written(raw.cells[column]).strip()
        if not stage or stage in seen:
            return None
        seen.add(stage)
        is_closed, is_won = (raw.cells.get(head, "").strip().casefold() for head in (closed, won))
        return RawRow(raw.line, {**raw.cells, column: stage, STAGE_KIND: _kind(stage, is_closed, is_won)})

    return Step(f"stages from {name}"[:60], name, "stages", mapping, (STAGE_KIND,), prepare)


def _kind(stage: str, closed: str, won: str) -> str:
    """The kind of a stage; of HubSpot's and Salesforce's own two ends also by their name."""
    if won in YES:
        return "won"
    if closed in YES and won in NO - {""}:
        return "lost"
    plain = "".join(sign for sign in stage.casefold() if sign.isalnum())
    return {"closedwon": "won", "closedlost": "lost"}.get(plain, "")


def _opt_outs(name: str, reader: Reader, column: str, channel: str, purpose: str) -> Step:
    """People whose cell says yes are opted out. Any other cell says nothing: nobody is opted in by a file's silence."""
    mapping = {
        "external_id": CONSENT_ID,
        "unmapped": "ignore",
        "fields": {
            "contact": {"column": reader.identity, "by": "external_id"},
            "channel": {"constant": channel},
            "purpose": {"constant": purpose},
            "state": {"constant": "opted_out"},
        },
    }

    def prepare(raw: RawRow) -> RawRow | None:
        said = raw.cells[column].strip()
        if said.casefold() in NO or reader.is_gone(raw):
            return None
        if said.casefold() not in YES:
            raise RowRefused(
                "unreadable_opt_out",
                f"“{said[:80]}” says neither yes nor no, so nobody was opted out or in.",
                column,
                said,
            )
        who = as_written(raw.cells[reader.identity]).strip()
        return RawRow(raw.line, {**raw.cells, reader.identity: who, CONSENT_ID: f"{who}|{channel}|{purpose}"})

    return Step(f"opt-outs from {name}, {column}"[:60], name, "consents", mapping, (CONSENT_ID,), prepare)
