"""Addresses of imports and exports: one per import, each transition its own POST."""

from __future__ import annotations

from django.urls import URLPattern, path

from approvals.views import (
    imports,
    imports_columns,
    imports_exports,
    imports_page,
    imports_reverts,
    imports_rows,
)

ONE = "imports/<uuid:import_id>/"

urlpatterns: list[URLPattern] = [
    path("imports/", imports.listing, name="imports"),
    path("imports/new", imports.create, name="import_new"),
    path("imports/export", imports_exports.export, name="imports_export"),
    path(ONE, imports_page.page, name="import"),
    path(f"{ONE}files", imports_page.files, name="import_files"),
    path(f"{ONE}files/add", imports.add, name="import_add"),
    path(f"{ONE}files/<int:file_id>/", imports_columns.columns, name="import_columns"),
    path(f"{ONE}files/<int:file_id>/read", imports_columns.read_as, name="import_read_as"),
    path(f"{ONE}files/<int:file_id>/remove", imports.remove, name="import_remove"),
    path(f"{ONE}steps/<uuid:run_id>/leave_out", imports_columns.leave_out, name="import_leave_out"),
    path(f"{ONE}steps/<uuid:run_id>/refused.csv", imports_rows.refused, name="import_refused"),
    path(f"{ONE}check", imports_page.check, name="import_check"),
    path(f"{ONE}confirm", imports_page.confirm, name="import_confirm"),
    path(f"{ONE}discard", imports.discard, name="import_discard"),
    path(f"{ONE}progress", imports_page.progress, name="import_progress"),
    path(f"{ONE}again", imports_page.try_again, name="import_again"),
    path(f"{ONE}revert", imports_reverts.revert, name="import_revert"),
    path("reverts/<int:revert_id>/confirm", imports_reverts.confirm, name="revert_confirm"),
    path("reverts/<int:revert_id>/withdraw", imports_reverts.withdraw, name="revert_withdraw"),
]
