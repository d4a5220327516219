"""The addresses of every screen. One URL per thing; a GET never decides; each transition is its own POST."""

from __future__ import annotations

from django.urls import URLPattern, path

from approvals.views import (
    audit,
    away,
    bulks,
    conflicts,
    decisions,
    done,
    executions,
    inbox,
    pauses,
    previews,
    prints,
    search,
    second_looks,
)
from approvals.views.autonomy_urls import urlpatterns as autonomy_pages
from approvals.views.contacting_urls import urlpatterns as contacting_pages
from approvals.views.desk_urls import urlpatterns as desk_pages
from approvals.views.experiment_urls import urlpatterns as experiment_pages
from approvals.views.imports_urls import urlpatterns as import_pages
from approvals.views.model_urls import urlpatterns as model_pages
from approvals.views.outbox_urls import urlpatterns as outbox_pages
from approvals.views.records_urls import urlpatterns as record_pages
from approvals.views.rules_urls import urlpatterns as rule_pages
from approvals.views.score_urls import urlpatterns as score_pages
from approvals.views.template_urls import urlpatterns as template_pages
from approvals.views.text_urls import urlpatterns as text_pages
from approvals.views.way_urls import urlpatterns as way_pages
from approvals.views.workflow_urls import urlpatterns as workflow_pages

app_name = "approvals"

SUGGESTION = "suggestions/<uuid:suggestion_id>/"

urlpatterns: list[URLPattern] = [
    path("", inbox.home, name="home"),
    path("inbox/", inbox.inbox, name="inbox"),
    path(SUGGESTION, inbox.suggestion, name="suggestion"),
    path(f"{SUGGESTION}decision", prints.decision, name="decision"),
    path(f"{SUGGESTION}edit", inbox.edit, name="suggestion_edit"),
    path(f"{SUGGESTION}form", inbox.form, name="suggestion_form"),
    path(f"{SUGGESTION}approve", decisions.approve, name="suggestion_approve"),
    path(f"{SUGGESTION}sent", decisions.sent, name="suggestion_sent"),
    path(f"{SUGGESTION}preview", previews.preview, name="suggestion_preview"),
    path(f"{SUGGESTION}reject", decisions.reject, name="suggestion_reject"),
    path(f"{SUGGESTION}accept", decisions.accept, name="suggestion_accept"),
    path("together/", bulks.together, name="together"),
    path("together/approve", bulks.approve, name="together_approve"),
    path("together/reject", bulks.reject, name="together_reject"),
    path("together/<uuid:bulk_id>/", bulks.outcome, name="bulk"),
    path("together/<uuid:bulk_id>/undo", bulks.undo, name="bulk_undo"),
    path("conflicts/", conflicts.listing, name="conflicts"),
    path("conflicts/<uuid:conflict_id>/", conflicts.conflict, name="conflict"),
    path("conflicts/<uuid:conflict_id>/settle", conflicts.settle, name="conflict_settle"),
    path("done/", done.page, name="done"),
    path("done/seen", done.seen, name="done_seen"),
    path("done/<uuid:execution_id>/contest", done.contest, name="contest"),
    path("executions/", executions.listing, name="executions"),
    path("executions/<uuid:execution_id>/retry", executions.retry, name="execution_retry"),
    path("audit/", audit.page, name="audit"),
    path("audit/export", audit.export, name="audit_export"),
    path("second-looks/", second_looks.listing, name="second_looks"),
    path("second-looks/<uuid:suggestion_id>/", second_looks.look, name="second_look"),
    path("second-looks/<uuid:suggestion_id>/answer", second_looks.answer, name="second_look_answer"),
    path("search/", search.page, name="search"),
    path("search/seen", search.seen, name="seen"),
    path("away/", away.away, name="away"),
    path("away/mail", away.mail, name="away_mail"),
    path("away/<int:absence_id>/end", away.end, name="away_end"),
    path("pause/", pauses.pause, name="pause"),
    path("pause/<int:pause_id>/lift", pauses.lift, name="pause_lift"),
    *autonomy_pages,
    *contacting_pages,
    *desk_pages,
    *experiment_pages,
    *import_pages,
    *model_pages,
    *outbox_pages,
    *record_pages,
    *rule_pages,
    *score_pages,
    *template_pages,
    *text_pages,
    *way_pages,
    *workflow_pages,
]
