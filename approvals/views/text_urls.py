"""Addresses of the labels for texts."""

from __future__ import annotations

from django.urls import URLPattern, path

from approvals.views import text_labels

ONE = "text-labels/<slug:key>/"

urlpatterns: list[URLPattern] = [
    path("text-labels/", text_labels.listing, name="text_labels"),
    path("text-labels/new", text_labels.new, name="text_label_new"),
    path("text-labels/say", text_labels.say, name="text_say"),
    path(ONE, text_labels.label, name="text_label"),
    path(f"{ONE}edit", text_labels.edit, name="text_label_edit"),
]
