"""Addresses of the verbs on the way to a decision, and of undo after one."""

from __future__ import annotations

from django.urls import URLPattern, path

from approvals.views import on_the_way, undoing

ONE = "suggestions/<uuid:suggestion_id>/"

urlpatterns: list[URLPattern] = [
    path(f"{ONE}ask", on_the_way.ask, name="suggestion_ask"),
    path(f"{ONE}answer", on_the_way.answer, name="suggestion_answer"),
    path(f"{ONE}escalate", on_the_way.escalate, name="suggestion_escalate"),
    path(f"{ONE}snooze", on_the_way.snooze, name="suggestion_snooze"),
    path(f"{ONE}wake", on_the_way.wake, name="suggestion_wake"),
    path(f"{ONE}reassign", on_the_way.reassign, name="suggestion_reassign"),
    path(f"{ONE}claim", on_the_way.claim, name="suggestion_claim"),
    path(f"{ONE}take", on_the_way.take, name="suggestion_take"),
    path(f"{ONE}take-back", undoing.take_back, name="suggestion_take_back"),
    path(f"{ONE}ask-again", undoing.ask_again, name="suggestion_ask_again"),
]
