"""How the Django admin treats our tables: the role table decides who may, not Django's own permissions.

Nothing is deleted there. What a service or the door must write is read-only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from crmgov.people.models import User
from crmgov.people.policy import Act, may

if TYPE_CHECKING:
    AnyAdmin = admin.ModelAdmin[Any]
    AnyInline = admin.TabularInline[Any, Any]
else:
    AnyAdmin, AnyInline = admin.ModelAdmin, admin.TabularInline


def administers(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and may(request.user, Act.ADMINISTER)


class Editable(AnyAdmin):
    """Admins add and change rows; nobody deletes one."""

    show_full_result_count = False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return administers(request)

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return administers(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return administers(request)

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return administers(request)

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


class ReadOnly(Editable):
    """Written by services only; here it can be looked at."""

    # A column of no use to a reader, or one Django cannot show.
    hidden: tuple[str, ...] = ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> list[Any]:
        return [
            field.name
            for field in self.model._meta.concrete_fields
            if field.name not in self.hidden and not isinstance(field, models.BinaryField)
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> list[Any]:
        return self.get_fields(request, obj)


class Named(Editable):
    """Rows whose name is the key other rows point at: it is chosen once."""

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> list[Any]:
        return ["name"] if obj is not None else []


class EditableInline(AnyInline):
    """Rows inside the page of what they belong to; these may be taken away again."""

    extra = 0

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return administers(request)

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return administers(request)

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return administers(request)

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return administers(request)


class ReadOnlyInline(EditableInline):
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False
