"""How a person arranges the desk: views of the inbox, and keys."""

from __future__ import annotations

from django.urls import URLPattern, path

from approvals.views import keyboard, saved_views

VIEW = "inbox/views/<int:view_id>/"

urlpatterns: list[URLPattern] = [
    path("inbox/counts", saved_views.counts, name="inbox_counts"),
    path("inbox/views/", saved_views.page, name="saved_views"),
    path("inbox/views/save", saved_views.save, name="saved_view_save"),
    path(f"{VIEW}rename", saved_views.rename, name="saved_view_rename"),
    path(f"{VIEW}move", saved_views.move, name="saved_view_move"),
    path(f"{VIEW}share", saved_views.share, name="saved_view_share"),
    path(f"{VIEW}delete", saved_views.delete, name="saved_view_delete"),
    path("keyboard/", keyboard.page, name="keyboard"),
    path("keyboard/reset", keyboard.reset, name="keyboard_reset"),
]
