"""Salesforce: tables of a warehouse, and exports and reports by their headings."""

from __future__ import annotations

from . import salesforce_warehouse
from .either import Either
from .salesforce_portal import PORTAL


class Salesforce(Either):
    name = "salesforce"
    portal = PORTAL
    warehouse = salesforce_warehouse
