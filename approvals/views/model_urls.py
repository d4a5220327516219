"""Addresses of models that score."""

from __future__ import annotations

from django.urls import URLPattern, path

from approvals.views import models

ONE = "models/<uuid:model_id>/"

urlpatterns: list[URLPattern] = [
    path("models/", models.listing, name="models"),
    path("models/train/<slug:question>", models.train, name="model_train"),
    path(ONE, models.model, name="model"),
    path(f"{ONE}card", models.card, name="model_card"),
    path(f"{ONE}use", models.use, name="model_use"),
    path(f"{ONE}beside", models.beside, name="model_beside"),
    path(f"{ONE}retire", models.retire, name="model_retire"),
    path(f"{ONE}review", models.review, name="model_review"),
]
