"""Every address, composed from the apps below."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from approvals.api import api
from crmgov import health, shell

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("people/", include("crmgov.people.urls")),
    path("help", shell.help_page, name="help"),
    path("api/v1/", api.urls),
    # Not under accounts/: that is where the companies are.
    path("session/", include("allauth.account.urls")),
    path("admin/", admin.site.urls),
    path("", include("approvals.urls")),
]

handler500 = shell.server_error
