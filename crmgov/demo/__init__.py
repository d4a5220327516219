"""The demo company: Northmark sells tracking and cold chain sensors; its AI agents keep the CRM.

A story told through the services everybody else uses: imports, hand edits, proposals, decisions. The same seed
and the same moment give the same story.
"""

from __future__ import annotations

from crmgov.demo_logins import DemoLogin, demo_logins


def logins() -> tuple[DemoLogin, ...]:
    """Who a newcomer logs in as; `up` prints them."""
    return demo_logins()
