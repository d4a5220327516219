"""The country of a row: by whose rules a phone number is read that names none itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from crmgov.records.models import Account
from crmgov.records.rules.countries import country_or_none
from crmgov.records.rules.phones import names_no_country

from .catalog import ObjectPlan
from .mappings import COUNTRY_HEADINGS, Entry, plain_heading
from .mappings import Mapping as ReadBy
from .readings import cell_text
from .references import Lookup, References


class Regions:
    """Looks at the row, then at its account, then at what the mapping says of the whole file."""

    def __init__(
        self, plan: ObjectPlan, mapping: ReadBy, lookups: Mapping[str, Lookup], references: References
    ) -> None:
        self.mapping, self.references = mapping, references
        self.phones = [entry for entry in mapping.entries if _is_phone(plan, entry)]
        self.account = next((entry for entry in mapping.entries if entry.field == "account"), None)
        self.lookup = lookups.get("account")
        self._of_accounts: dict[UUID, str] = {}

    def load(self, rows: Sequence[Mapping[str, str]]) -> None:
        """Look up the accounts of the rows that will ask for them; one query."""
        asking = [self._account(cells) for cells in rows if self.asks(cells) and not self._own(cells)]
        found = Account.objects.filter(pk__in={key for key in asking if key}).values_list(
            "pk", "region", "extra"
        )
        self._of_accounts = {pk: _country_of(region, extra) for pk, region, extra in found}

    def asks(self, cells: Mapping[str, str]) -> bool:
        """Does one of its phone numbers leave open which country it is of?"""
        texts = (cell_text(entry, cells) for entry in self.phones)
        return any(text and names_no_country(text) for text in texts)

    def of(self, cells: Mapping[str, str]) -> tuple[str, str]:
        """Return the country's code, and what said so; ("", "") when nothing does."""
        if own := self._own(cells):
            return own, f"{self.mapping.country_column} of its row"
        account = self._account(cells)
        if account and self._of_accounts.get(account):
            return self._of_accounts[account], "country of its account"
        return (
            (self.mapping.country, f"mapping ({self.mapping.country})") if self.mapping.country else ("", "")
        )

    def _own(self, cells: Mapping[str, str]) -> str:
        column = self.mapping.country_column
        return country_or_none(cells[column]) if column and cells[column].strip() else ""

    def _account(self, cells: Mapping[str, str]) -> UUID | None:
        if self.account is None or self.lookup is None:
            return None
        key = self.references.key(self.lookup, cell_text(self.account, cells))
        return key if isinstance(key, UUID) else None


def _is_phone(plan: ObjectPlan, entry: Entry) -> bool:
    planned = plan.fields.get(entry.field)
    return planned is not None and planned.spec.format == "phone"


def _country_of(region: str, extra: Mapping[str, Any]) -> str:
    """An account has no field for its country: its region may be one, or a column kept as it stood."""
    named = (value for key, value in extra.items() if plain_heading(key) in COUNTRY_HEADINGS)
    return _first(country_or_none(str(text)) for text in (*named, region) if text)


def _first(codes: Iterable[str]) -> str:
    return next((code for code in codes if code), "")
