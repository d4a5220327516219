"""Addresses of templates, and of signing for them."""

from __future__ import annotations

from django.urls import URLPattern, path

from approvals.views import standing, templates

ONE = "templates/<int:template_id>/"

urlpatterns: list[URLPattern] = [
    path("templates/", templates.listing, name="templates"),
    path("templates/new", templates.new, name="template_new"),
    path(ONE, templates.template, name="template"),
    path(f"{ONE}preview", templates.preview, name="template_preview"),
    path(f"{ONE}write", templates.write, name="template_write"),
    path(f"{ONE}sign", standing.sign, name="standing_sign"),
    path("templates/standing/<int:approval_id>/end", standing.end, name="standing_end"),
]
