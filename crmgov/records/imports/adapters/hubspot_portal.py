"""What a person exports in HubSpot's portal, and our own exports in HubSpot's headings."""

from __future__ import annotations

from .hubspot_sheets import SHEETS
from .portal import Portal

PORTAL = Portal("HubSpot", SHEETS)
