"""Three questions a machine asks: is the process there, may it get traffic, and what are the numbers."""

import hmac
from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.db import DatabaseError, connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_prometheus.exports import ExportToDjangoView

from crmgov.env.heartbeat import AGE, STALE_SECONDS

# Reading all migrations from disk costs a tenth of a second; once current, a process stays current.
_migrated = False


class ProbeMiddleware:
    """Answers probes before anything else: they come by address, over plain HTTP, with any Host header."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        probe = {"/healthz": healthz, "/readyz": readyz}.get(request.path)
        return probe(request) if probe else self.get_response(request)


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """The process serves requests. Asks nothing else, so that a slow database does not get it killed."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """Database reachable, migrated, and a worker that beats; 503 with the reason where not."""
    answer = _readiness()
    status = HTTPStatus.OK if answer["ready"] else HTTPStatus.SERVICE_UNAVAILABLE
    return JsonResponse(answer, status=status)


def _readiness() -> dict[str, object]:
    try:
        if not _is_migrated():
            return {"ready": False, "reason": "The tables are not up to date: run manage.py migrate."}
        age = _heartbeat_age()
    except DatabaseError:
        return {"ready": False, "reason": "The database does not answer."}
    if age is None or age > STALE_SECONDS:
        return {"ready": False, "reason": "No worker has beaten for a minute.", "heartbeat_seconds": age}
    return {"ready": True, "heartbeat_seconds": round(age, 1), "one_role": _one_role()}


def _is_migrated() -> bool:
    global _migrated
    if not _migrated:
        executor = MigrationExecutor(connection)
        _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return _migrated


def _heartbeat_age() -> float | None:
    with connection.cursor() as cursor:
        cursor.execute(AGE)
        row = cursor.fetchone()
    return row[0] if row else None


def _one_role() -> bool:
    """True where one database role does everything: triggers still guard, rights do not."""
    users = {connections[alias].settings_dict["USER"] for alias in ("default", "owner")}
    return len(users) == 1


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text. With METRICS_TOKEN only for its bearer; in production without one: 404."""
    if not _may_read_metrics(request):
        raise Http404
    response: HttpResponse = ExportToDjangoView(request)
    return response


def _may_read_metrics(request: HttpRequest) -> bool:
    token: str = settings.METRICS_TOKEN
    if not token:
        return settings.ENVIRONMENT.production is False
    shown = request.headers.get("Authorization", "")
    return hmac.compare_digest(shown.encode(), f"Bearer {token}".encode())
