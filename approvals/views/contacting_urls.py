"""Addresses of what decides whether somebody may be contacted, and of the links that stand in our messages."""

from __future__ import annotations

from django.urls import URLPattern, path

from approvals.views import contact_rules, preferences, suppressions

# Short, because it stands in the header of every message.
LINK = "p/<str:token>/"
ONE = "suppressions/<int:suppression_id>/"

urlpatterns: list[URLPattern] = [
    path(LINK, preferences.page, name="preferences"),
    path(f"{LINK}stop", preferences.stop, name="preferences_stop"),
    path(f"{LINK}unsubscribe", preferences.unsubscribe, name="unsubscribe"),
    path("contact-rules/", contact_rules.page, name="contact_rules"),
    path("suppressions/", suppressions.page, name="suppressions"),
    path(ONE, suppressions.suppression, name="suppression"),
    path(f"{ONE}ask", suppressions.ask, name="suppression_ask"),
    path(f"{ONE}lift", suppressions.lift, name="suppression_lift"),
    path(f"{ONE}keep", suppressions.keep, name="suppression_keep"),
]
