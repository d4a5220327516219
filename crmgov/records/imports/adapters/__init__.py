"""Which sources we know. An adapter is loaded when it is first asked for."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from crmgov.kernel.refusals import Invalid
from crmgov.records.imports.steps import Adapter

ADAPTERS = {"csv": "csv.PlainCsv", "hubspot": "hubspot.HubSpot", "salesforce": "salesforce.Salesforce"}


@cache
def adapter_of(name: str) -> Adapter:
    """Return the adapter. Raises Invalid when there is none of that name."""
    if name not in ADAPTERS:
        raise Invalid(f"There is no adapter “{name}”. There are {', '.join(ADAPTERS)}.")
    module, word = ADAPTERS[name].split(".")
    adapter: Adapter = getattr(import_module(f"{__name__}.{module}"), word)()
    return adapter
