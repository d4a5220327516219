"""Addresses of the rules of the gate and of writing one."""

from __future__ import annotations

from django.urls import URLPattern, path

from approvals.views import policy_lint, policy_rule_drafts, policy_rules

urlpatterns: list[URLPattern] = [
    path("policies/lint/", policy_lint.lint, name="policy_lint"),
    path("policies/rules/", policy_rules.listing, name="policy_rules"),
    path("policies/rules/new", policy_rule_drafts.write, name="policy_rule_new"),
    path("policies/rules/<str:word>/", policy_rules.rule, name="policy_rule"),
    path("policies/rules/<str:word>/edit", policy_rule_drafts.write, name="policy_rule_edit"),
]
