"""Addresses of record pages, lists, changes and agents."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import URLPattern, path

from approvals.views import (
    agents,
    consents,
    edits,
    holds,
    lists,
    policies,
    policy_drafts,
    policy_publishing,
    records,
    reverts,
    studio,
    studio_rows,
    system,
    tasks,
)
from approvals.views.record_heads import PLURALS


def _of_types() -> Iterator[URLPattern]:
    """The same addresses for each type that has a page."""
    for record_type, plural in PLURALS.items():
        kind, one = {"record_type": record_type}, f"{plural}/<uuid:record_id>/"
        if record_type in lists.PICKS:
            yield path(f"{plural}/", lists.page, kind, name=plural)
            yield path(f"{plural}/export", lists.export, kind, name=f"{plural}_export")
        yield path(one, records.page, kind, name=record_type)
        yield path(f"{one}edit", edits.edit, kind, name=f"{record_type}_edit")
        yield path(f"{one}verify", edits.verify, kind, name=f"{record_type}_verify")
        yield path(f"{one}unlock", edits.unlock, kind, name=f"{record_type}_unlock")


urlpatterns: list[URLPattern] = [
    *_of_types(),
    path("tasks/", tasks.page, name="tasks"),
    path("tasks/export", tasks.export, name="tasks_export"),
    path("tasks/<uuid:task_id>/done", tasks.complete, name="task_done"),
    path("tasks/<uuid:task_id>/reopen", tasks.reopen, name="task_reopen"),
    path("tasks/<uuid:task_id>/assign", tasks.assign, name="task_assign"),
    path("contacts/<uuid:record_id>/consent", consents.take_down, name="consent"),
    path("accounts/<uuid:record_id>/hold", holds.place, name="hold"),
    path("accounts/<uuid:record_id>/view", holds.view, name="owner_view"),
    path("holds/<int:hold_id>/lift", holds.lift, name="lift_hold"),
    path("policies/", policies.in_force, name="policy"),
    path("policies/<int:number>/", policies.version, name="policy_version"),
    path("policies/drafts/new", policy_drafts.write, name="policy_write"),
    path("policies/drafts/<int:draft_id>/", policy_publishing.draft, name="policy_draft"),
    path("policies/drafts/<int:draft_id>/replay", policy_publishing.rows, name="policy_replay"),
    path("policies/drafts/<int:draft_id>/publish", policy_publishing.publish, name="policy_publish"),
    path("policies/drafts/<int:draft_id>/discard", policy_publishing.discard, name="policy_discard"),
    path("policies/studio/", studio.page, name="studio"),
    path("policies/studio/draft", studio.draft, name="studio_draft"),
    path("policies/studio/draw", studio.draw, name="studio_draw"),
    path("policies/studio/rows", studio_rows.page, name="studio_rows"),
    path("policies/studio/rows/export", studio_rows.export, name="studio_export"),
    path("system/", system.page, name="system"),
    path("agents/", agents.page, name="agents"),
    path("agents/new", agents.create, name="agent_new"),
    path("agents/<int:agent_id>/", agents.agent, name="agent"),
    path("agents/<int:agent_id>/keys", agents.issue_key, name="issue_key"),
    path("agents/<int:agent_id>/grants", agents.grant, name="grant"),
    path("agents/<int:agent_id>/pause", agents.pause, name="agent_pause"),
    path("agents/<int:agent_id>/deactivate", agents.deactivate, name="deactivate_agent"),
    path("keys/<int:key_id>/revoke", agents.revoke_key, name="revoke_key"),
    path("grants/<int:grant_id>/revoke", agents.revoke_grant, name="revoke_grant"),
    path("changes/<uuid:change_set_id>/", reverts.change_set, name="change_set"),
    path("changes/<uuid:change_set_id>/revert", reverts.revert, name="revert"),
]
