"""Suggestions, decisions, executions and policies are shown; queues and their members are edited."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from crmgov.people.backstage import Editable, EditableInline, ReadOnly, ReadOnlyInline
from crmgov.people.models import User

from .forms.queues import OrderForm, OrderFormSet, QueueForm
from .models import (
    Agent,
    AgentKey,
    Attempt,
    Bulk,
    BulkItem,
    CellEvent,
    Claim,
    Conflict,
    ContestedChange,
    Decision,
    DigestSent,
    Execution,
    GateReading,
    Grant,
    InvariantResult,
    Note,
    Offer,
    PauseSwitch,
    PolicyVersion,
    Queue,
    QueueMembership,
    QueueMove,
    Suggestion,
    SuggestionItem,
    WaitingEvent,
    WorkflowVersion,
)
from .models.queue import UNROUTED
from .services import queue_edits


class QueueMemberInline(EditableInline):
    model = QueueMembership
    autocomplete_fields = ("user",)


@admin.register(Queue)
class QueueAdmin(Editable):
    """Who decides what waits where. Being a member never shows anybody another team's records."""

    form = QueueForm
    list_display = ("name", "serves", "takes", "position", "sla_hours", "who")
    list_editable = ("position",)
    list_select_related = ("team",)
    list_per_page = 500
    inlines = (QueueMemberInline,)
    fieldsets = (
        (None, {"fields": ("name", "team", "position", "sla_hours")}),
        (
            "What it takes",
            {
                "description": "Every line that is filled must hold; of a list, one is enough. "
                "All empty takes everything.",
                "fields": ("rules", "actions", "segments", "at_least"),
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Queue]:
        rows: QuerySet[Queue] = super().get_queryset(request)
        return rows.annotate(people=Count("memberships"))

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> type[OrderForm]:
        return OrderForm

    def get_changelist_formset(self, request: HttpRequest, **kwargs: Any) -> Any:
        return super().get_changelist_formset(request, **{**kwargs, "formset": OrderFormSet})

    @admin.display(description="Serves")
    def serves(self, queue: Queue) -> str:
        return str(queue.team or "every team")

    @admin.display(description="Takes")
    def takes(self, queue: Queue) -> str:
        if queue.name == UNROUTED:
            return "what nobody else may see"
        lists = (queue.rules, queue.actions, queue.segments)
        said = [" or ".join(one) for one in lists if one]
        if queue.at_least is not None:
            said.append(f"from {queue.at_least:,.0f}")
        return "; and ".join(said) or "everything"

    @admin.display(description="Members")
    def who(self, queue: Queue) -> str:
        if queue.name == UNROUTED:
            return "every admin"
        people: int = queue.people  # type: ignore[attr-defined]
        return str(people) if people else "nobody yet: the next queue has it"

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Once all is saved, what waits goes where it belongs now; of several lines changed at once, one time."""
        super().save_related(request, form, formsets, change)
        changed: list[str] = request.__dict__.setdefault("changed_queues", [])
        changed.append(str(form.instance))
        if len(changed) == 1:
            transaction.on_commit(lambda: self._route_again(request, changed), robust=True)

    def _route_again(self, request: HttpRequest, changed: list[str]) -> None:
        assert isinstance(request.user, User)  # noqa: S101 (the permission was asked of one)
        names = ", ".join(changed)
        said = queue_edits.route_again(
            changed=f"The queue {names}" if len(changed) == 1 else f"The order of {names}",
            by=request.user,
            at=timezone.now(),
        )
        self.message_user(request, said)


@admin.register(QueueMove)
class QueueMoveAdmin(ReadOnly):
    """How what waits came from one queue to another."""

    list_display = ("at", "suggestion", "came_from", "went_to", "why", "by_label")
    list_select_related = ("suggestion",)
    search_fields = ("=suggestion__number",)


@admin.register(DigestSent)
class DigestSentAdmin(ReadOnly):
    list_display = ("day", "person", "taken_at", "sent_at")
    list_select_related = ("person",)


class ItemInline(ReadOnlyInline):
    model = SuggestionItem
    fields = ("field", "group", "seen", "proposed", "confidence", "source", "taken", "edited")
    readonly_fields = fields


@admin.register(Suggestion)
class SuggestionAdmin(ReadOnly):
    list_display = ("number", "title", "record_label", "status", "verdict", "level", "agent", "made_at")
    list_filter = ("status", "verdict", "level", "agent")
    list_select_related = ("agent",)
    search_fields = ("=number", "title", "record_label")
    inlines = (ItemInline,)


@admin.register(Note)
class NoteAdmin(ReadOnly):
    """What people did with a suggestion before it was decided."""

    list_display = ("at", "suggestion", "kind", "label", "text", "place", "until")
    list_filter = ("kind",)
    list_select_related = ("suggestion",)


@admin.register(WaitingEvent)
class WaitingEventAdmin(ReadOnly):
    """Events of people nobody knew; none is lost, so this is where they are looked for."""

    list_display = ("received_at", "email", "source", "event_id", "status", "agent", "suggestion", "note")
    list_filter = ("status", "agent")
    list_select_related = ("agent", "suggestion")
    search_fields = ("=email", "=event_id")


@admin.register(GateReading)
class GateReadingAdmin(ReadOnly):
    list_display = ("read_at", "suggestion", "verdict", "level", "policy_version", "rules_version")
    list_filter = ("verdict", "level")
    list_select_related = ("suggestion", "policy_version")


@admin.register(Decision)
class DecisionAdmin(ReadOnly):
    list_display = ("decided_at", "suggestion", "kind", "decider_label", "reason_code", "sole_admin")
    list_filter = ("kind", "reason_code")
    list_select_related = ("suggestion",)


class AttemptInline(ReadOnlyInline):
    model = Attempt
    fields = ("number", "outcome", "note", "at")
    readonly_fields = fields


@admin.register(Execution)
class ExecutionAdmin(ReadOnly):
    list_display = ("made_at", "suggestion", "status", "due_at", "attempts_made", "note")
    list_filter = ("status",)
    list_select_related = ("suggestion",)
    inlines = (AttemptInline,)


class ClaimInline(ReadOnlyInline):
    model = Claim
    fields = ("origin", "value", "value_label", "source", "suggestion", "made_at", "won")
    readonly_fields = fields


@admin.register(Conflict)
class ConflictAdmin(ReadOnly):
    list_display = ("opened_at", "record_label", "field", "kind", "status", "settled_by")
    list_filter = ("kind", "status")
    list_select_related = ("settled_by",)
    inlines = (ClaimInline,)


class BulkItemInline(ReadOnlyInline):
    model = BulkItem
    fields = ("position", "suggestion", "decision", "say", "undone")
    readonly_fields = fields


@admin.register(Bulk)
class BulkAdmin(ReadOnly):
    list_display = ("made_at", "kind", "person", "undone_at")
    list_select_related = ("person",)
    inlines = (BulkItemInline,)


@admin.register(ContestedChange)
class ContestedChangeAdmin(ReadOnly):
    """What ran by itself and its owner said was wrong."""

    list_display = ("at", "execution", "person_label", "reason", "restored", "kept")
    list_select_related = ("execution",)


@admin.register(PolicyVersion)
class PolicyVersionAdmin(ReadOnly):
    list_display = ("number", "published_at", "published_by", "drafted_by", "sole_admin", "rationale")
    list_select_related = ("published_by", "drafted_by")


@admin.register(PauseSwitch)
class PauseSwitchAdmin(ReadOnly):
    list_display = ("scope", "target", "reason", "paused_by", "paused_at", "lifted_at")
    list_select_related = ("paused_by",)


@admin.register(Offer)
class OfferAdmin(ReadOnly):
    """Promotions that were offered, and what people said."""

    list_display = ("made_at", "cell", "status", "kept", "failed", "closed_by", "closed_at")
    list_filter = ("status",)
    list_select_related = ("cell__agent", "closed_by")


@admin.register(CellEvent)
class CellEventAdmin(ReadOnly):
    """What became of the autonomy of each kind of change."""

    list_display = ("at", "cell", "kind", "why", "person_label")
    list_filter = ("kind",)
    list_select_related = ("cell__agent",)


@admin.register(Grant)
class GrantAdmin(ReadOnly):
    list_display = ("agent", "workflow_version", "action", "field_group", "segment", "level", "granted_by")
    list_filter = ("level", "agent")
    list_select_related = ("agent", "workflow_version__workflow", "granted_by")


class KeyInline(ReadOnlyInline):
    """The secret is not here: only its hash is kept, and that is of no use to a reader."""

    model = AgentKey
    fk_name = "agent"
    fields = ("prefix", "scopes", "created_by", "created_at", "expires_at", "revoked_at", "last_used_at")
    readonly_fields = fields


@admin.register(Agent)
class AgentAdmin(ReadOnly):
    """Agents and keys have their own page in the product; here they are only shown."""

    list_display = ("name", "owner", "created_at", "deactivated_at")
    list_select_related = ("owner",)
    inlines = (KeyInline,)


@admin.register(WorkflowVersion)
class WorkflowVersionAdmin(ReadOnly):
    list_display = ("workflow", "version", "model", "first_seen_at")
    list_select_related = ("workflow",)


@admin.register(InvariantResult)
class InvariantResultAdmin(ReadOnly):
    list_display = ("invariant", "outcome", "rows", "violations", "checked_at")
