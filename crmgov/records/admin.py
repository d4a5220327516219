"""Records in the Django admin: names and rates are edited, governed tables and the ledger only shown."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from crmgov.people.backstage import Editable, Named, ReadOnly, ReadOnlyInline

from .models import (
    Account,
    Activity,
    BuyingRole,
    ChangeSet,
    Consent,
    Contact,
    ContactRules,
    EarlierChange,
    EventReceipt,
    ExchangeRate,
    Export,
    ExternalId,
    FieldChange,
    Hold,
    Import,
    ImportRefusal,
    ImportRevert,
    ImportRun,
    MatchCandidate,
    Opportunity,
    Product,
    RecordEvent,
    RememberedMapping,
    Segment,
    Source,
    Stage,
    Suppression,
    Task,
    Ticket,
    Touch,
)


@admin.register(Segment)
class SegmentAdmin(Named):
    list_display = ("name", "position")


@admin.register(Stage)
class StageAdmin(Named):
    list_display = ("name", "kind", "position")
    list_filter = ("kind",)


@admin.register(Product)
class ProductAdmin(Named):
    list_display = ("name", "family", "list_price")
    search_fields = ("name",)


@admin.register(Source)
class SourceAdmin(Named):
    list_display = ("name", "kind", "trust_rank")
    list_editable = ("trust_rank",)
    list_filter = ("kind",)


@admin.register(ExchangeRate)
class ExchangeRateAdmin(Editable):
    """A rate is added for a day; a wrong one is put right."""

    list_display = ("currency", "day", "rate")
    list_filter = ("currency",)
    date_hierarchy = "day"


class RecordAdmin(ReadOnly):
    """Governed rows change through the product alone, where each change names who and why."""

    list_per_page = 50


@admin.register(Account)
class AccountAdmin(RecordAdmin):
    list_display = ("name", "team", "segment", "owner", "annual_value", "currency", "lifecycle")
    list_filter = ("team", "segment", "lifecycle")
    list_select_related = ("team", "segment", "owner")
    search_fields = ("name", "domain")


@admin.register(Contact)
class ContactAdmin(RecordAdmin):
    list_display = ("__str__", "email", "account", "team", "lifecycle")
    list_filter = ("team", "lifecycle")
    list_select_related = ("team", "account")
    search_fields = ("first_name", "last_name", "email")


@admin.register(Opportunity)
class OpportunityAdmin(RecordAdmin):
    list_display = ("name", "account", "stage", "amount", "currency", "close_date", "team")
    list_filter = ("team", "stage")
    list_select_related = ("team", "account", "stage")
    search_fields = ("name",)


@admin.register(BuyingRole)
class BuyingRoleAdmin(RecordAdmin):
    list_filter = ("team",)
    list_display = ("contact", "opportunity", "role", "team")
    list_select_related = ("team", "contact", "opportunity")


@admin.register(Ticket)
class TicketAdmin(RecordAdmin):
    list_display = ("subject", "account", "status", "priority", "escalated", "opened_at")
    list_filter = ("team", "status", "priority", "escalated")
    list_select_related = ("team", "account")
    search_fields = ("subject",)


@admin.register(Task)
class TaskAdmin(RecordAdmin):
    list_filter = ("team",)
    list_display = ("title", "assignee", "due_on", "done_at", "team")
    list_select_related = ("team", "assignee")
    search_fields = ("title",)


@admin.register(Activity)
class ActivityAdmin(RecordAdmin):
    list_display = ("__str__", "kind", "account", "contact", "occurred_at")
    list_filter = ("kind",)
    list_select_related = ("account", "contact")


class FieldChangeInline(ReadOnlyInline):
    model = FieldChange
    fields = ("record_type", "record_label", "field", "old", "new", "source", "confidence")
    readonly_fields = fields
    # An import writes thousands of rows in one change set; they are on the page of field changes.
    max_shown = 100

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        shown = request.resolver_match.kwargs.get("object_id") if request.resolver_match else None
        rows: models.QuerySet[Any] = super().get_queryset(request)
        newest = FieldChange.objects.filter(change_set_id=shown).order_by("id").values("id")[: self.max_shown]
        return rows.filter(id__in=newest)


@admin.register(ChangeSet)
class ChangeSetAdmin(ReadOnly):
    hidden = ("xact",)
    list_display = ("at", "actor_type", "actor_label", "authority", "authority_label", "reason")
    list_filter = ("actor_type", "authority")
    search_fields = ("=id", "actor_label", "authority_label")
    inlines = (FieldChangeInline,)


@admin.register(FieldChange)
class FieldChangeAdmin(ReadOnly):
    list_display = ("at", "record_label", "field", "old_label", "new_label", "source")
    list_filter = ("record_type",)
    list_select_related = ("change_set",)
    search_fields = ("=record_id", "record_label", "field")


@admin.register(Consent)
class ConsentAdmin(ReadOnly):
    list_display = ("contact", "channel", "purpose", "state", "recorded_by", "recorded_at")
    list_filter = ("channel", "state")
    list_select_related = ("contact",)


@admin.register(Suppression)
class SuppressionAdmin(ReadOnly):
    list_display = ("kind", "value", "account", "reason", "added_by", "until", "lift_asked_by", "lifted_at")
    list_filter = ("kind", "sole_admin")
    list_select_related = ("account", "lift_asked_by")


@admin.register(Touch)
class TouchAdmin(ReadOnly):
    list_display = ("counts_at", "contact", "channel", "purpose", "state", "by")
    list_filter = ("channel", "state")
    list_select_related = ("contact",)


@admin.register(ContactRules)
class ContactRulesAdmin(ReadOnly):
    list_display = ("saved_at", "contact_limit", "account_limit", "quiet_from", "quiet_until", "saved_by")
    list_select_related = ("saved_by",)


@admin.register(Hold)
class HoldAdmin(ReadOnly):
    list_display = ("account", "until", "reason", "placed_by", "lifted_at")
    list_select_related = ("account", "placed_by")


@admin.register(ExternalId)
class ExternalIdAdmin(ReadOnly):
    list_display = ("source", "kind", "value", "record_type", "record_id", "last_seen_at")
    list_filter = ("source", "record_type")
    list_select_related = ("source",)
    search_fields = ("=value",)


class RefusalInline(ReadOnlyInline):
    model = ImportRefusal
    fields = ("line", "column", "value", "reason", "say", "row_taken")
    readonly_fields = fields


@admin.register(ImportRun)
class ImportRunAdmin(ReadOnly):
    list_display = ("started_at", "object", "file_name", "status", "confirmed_by")
    list_filter = ("object", "status")
    list_select_related = ("confirmed_by",)
    inlines = (RefusalInline,)


@admin.register(Import)
class ImportAdmin(ReadOnly):
    list_display = ("made_at", "source", "adapter", "status", "made_by", "confirmed_by")
    list_filter = ("adapter", "status")
    list_select_related = ("source", "made_by", "confirmed_by")


@admin.register(ImportRevert)
class ImportRevertAdmin(ReadOnly):
    list_display = ("proposed_at", "parent", "status", "records", "proposed_by", "confirmed_by", "sole_admin")
    list_filter = ("status",)
    list_select_related = ("parent__source", "proposed_by", "confirmed_by")


@admin.register(RememberedMapping)
class RememberedMappingAdmin(ReadOnly):
    list_display = ("source", "object", "by", "at")
    list_select_related = ("source", "by")


@admin.register(Export)
class ExportAdmin(ReadOnly):
    list_display = ("made_at", "format", "source", "only_changes", "made_by")
    list_filter = ("format",)
    list_select_related = ("source", "made_by")


@admin.register(EarlierChange)
class EarlierChangeAdmin(ReadOnly):
    list_display = ("at", "record_type", "record_label", "field", "source", "by")
    list_filter = ("record_type",)
    show_full_result_count = False


@admin.register(MatchCandidate)
class MatchCandidateAdmin(ReadOnly):
    list_display = ("found_at", "record_type", "reason", "say", "status")
    list_filter = ("record_type", "reason", "status")


@admin.register(RecordEvent)
class RecordEventAdmin(ReadOnly):
    list_display = ("at", "kind", "record_type", "record_id", "fields")
    list_filter = ("kind", "record_type")


@admin.register(EventReceipt)
class EventReceiptAdmin(ReadOnly):
    list_display = ("consumer", "event", "taken_at")
    list_filter = ("consumer",)
    list_select_related = ("event",)
