"""Addresses of workflows and their contracts."""

from __future__ import annotations

from django.urls import URLPattern, path

from approvals.views import costs, first_steps, runs, stewards, workflows

ONE = "workflows/<int:workflow_id>/"

urlpatterns: list[URLPattern] = [
    path("workflows/", workflows.page, name="workflows"),
    path(ONE, workflows.workflow, name="workflow"),
    path(f"{ONE}contract", workflows.write, name="workflow_contract"),
    path(f"{ONE}cost", costs.write, name="workflow_cost"),
    path("first-steps/", first_steps.page, name="first_steps"),
    path("stewards/", stewards.page, name="stewards"),
    path("runs/<int:run_id>/", runs.run, name="run"),
    path("runs/<int:run_id>/withdraw", runs.withdraw, name="run_withdraw"),
    path("runs/<int:run_id>/people", runs.give_to_people, name="run_people"),
    path("workflow-failures/<uuid:failure_id>/retry", workflows.failure_retry, name="workflow_failure_retry"),
    path(f"{ONE}pause", workflows.pause, name="workflow_pause"),
]
