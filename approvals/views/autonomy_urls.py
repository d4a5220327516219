"""Addresses of earned autonomy: what is read afterwards, and where each cell stands."""

from __future__ import annotations

from django.urls import URLPattern, path

from approvals.views import audits, cells

urlpatterns: list[URLPattern] = [
    path("audits/", audits.page, name="audits"),
    path("audits/<int:sample_id>/right", audits.right, name="audit_right"),
    path("audits/<int:sample_id>/wrong", audits.wrong, name="audit_wrong"),
    path("autonomy/", cells.listing, name="autonomy"),
    path("autonomy/<int:cell_id>/", cells.cell, name="cell"),
    path("autonomy/<int:cell_id>/rows", cells.rows, name="cell_rows"),
    path("autonomy/offers/<int:offer_id>/sign", cells.sign, name="offer_sign"),
    path("autonomy/offers/<int:offer_id>/decline", cells.decline, name="offer_decline"),
]
