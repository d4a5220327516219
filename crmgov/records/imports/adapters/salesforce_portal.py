"""What the data loader and reports of Salesforce export, and our own exports in Salesforce's API names."""

from __future__ import annotations

from .portal import Portal
from .salesforce_sheets import SHEETS

PORTAL = Portal("Salesforce", SHEETS)
