"""Addresses of experiments."""

from __future__ import annotations

from django.urls import URLPattern, path

from approvals.views import experiments

ONE = "experiments/<int:experiment_id>/"

urlpatterns: list[URLPattern] = [
    path("experiments/", experiments.listing, name="experiments"),
    path("experiments/new", experiments.new, name="experiment_new"),
    path(ONE, experiments.experiment, name="experiment"),
    path(f"{ONE}start", experiments.start, name="experiment_start"),
    path(f"{ONE}end", experiments.end, name="experiment_end"),
]
