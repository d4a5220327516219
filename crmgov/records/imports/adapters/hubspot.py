"""HubSpot: tables of a warehouse, and exports of the portal by their headings."""

from __future__ import annotations

from . import hubspot_warehouse
from .either import Either
from .hubspot_portal import PORTAL


class HubSpot(Either):
    name = "hubspot"
    portal = PORTAL
    warehouse = hubspot_warehouse
