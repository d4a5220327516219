"""A source that hands out files of two kinds: tables of a warehouse, and exports of its portal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from crmgov.records.imports.steps import Bundle, Step


class Kind(Protocol):
    """One kind of file: which are of it, and what becomes of them."""

    def recognises(self, file_name: str, headings: Sequence[str]) -> bool: ...

    def steps(self, bundle: Bundle) -> list[Step]: ...


class Either:
    """Either kind of file; an import of both kinds reads the portal's first."""

    name: str
    portal: Kind
    warehouse: Kind

    def recognises(self, file_name: str, headings: Sequence[str]) -> bool:
        return self.warehouse.recognises(file_name, headings) or self.portal.recognises(file_name, headings)

    def steps(self, bundle: Bundle) -> list[Step]:
        portal = {
            name: file
            for name, file in bundle.files.items()
            if not self.warehouse.recognises(name, file.headings)
            and self.portal.recognises(name, file.headings)
        }
        tables = {name: file for name, file in bundle.files.items() if name not in portal}
        return [
            *(self.portal.steps(Bundle(portal)) if portal else ()),
            *(self.warehouse.steps(Bundle(tables)) if tables else ()),
        ]
