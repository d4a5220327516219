"""Users, teams, calendars and absences in the Django admin."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.contrib.auth.models import Group
from django.contrib.postgres.forms import SimpleArrayField
from django.db import models
from django.http import HttpRequest

from .backstage import Editable, EditableInline
from .models import Absence, BusinessCalendar, Delegation, Membership, Role, Team, User
from .services import teams, users

# The role table decides who may do what; groups and e-mail rows would be a second way to say it.
admin.site.unregister(Group)
if admin.site.is_registered(EmailAddress):
    admin.site.unregister(EmailAddress)


class MembershipInline(EditableInline):
    model = Membership
    autocomplete_fields = ("team",)


class NewUserForm(AdminUserCreationForm):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields = ("email", "name", "role")

    def clean_email(self) -> str:
        """E-mail is the login and kept in small letters, whoever types it."""
        return str(self.cleaned_data["email"]).strip().lower()


class UserForm(forms.ModelForm[User]):
    class Meta:
        model = User
        fields = ("email", "name", "role", "time_zone", "language", "is_active")

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        values = cleaned if cleaned is not None else self.cleaned_data
        stays = values.get("role") == Role.ADMIN and values.get("is_active")
        # The page is one transaction: what is true here is true until it is saved.
        users.lock_admins()
        before = User.objects.filter(pk=self.instance.pk, role=Role.ADMIN, is_active=True).first()
        if before is not None and not stays and users.would_lock_everybody_out(before):
            raise forms.ValidationError(" ".join((users.LastAdmin.__doc__ or "").split()))
        return cleaned

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).strip().lower()


@admin.register(User)
class PeopleAdmin(Editable, UserAdmin[User]):
    form = UserForm
    add_form = NewUserForm
    list_display = ("name", "email", "role", "is_active", "joined_at")
    list_filter = ("role", "is_active", "teams")
    search_fields = ("name", "email")
    ordering = ("name", "id")
    filter_horizontal = ()
    inlines = (MembershipInline,)
    actions = ("invite",)
    readonly_fields = ("joined_at", "last_login")
    fieldsets = (
        (None, {"fields": ("email", "name", "role", "is_active")}),
        ("Where they work", {"fields": ("time_zone", "language")}),
        ("Times", {"fields": ("joined_at", "last_login")}),
    )
    add_fieldsets = (
        (None, {"fields": ("email", "name", "role", "usable_password", "password1", "password2")}),
    )

    @admin.action(
        description="Invite to log in: the reset mail lets them set a password", permissions=["change"]
    )
    def invite(self, request: HttpRequest, chosen: models.QuerySet[User]) -> None:
        assert isinstance(request.user, User)  # noqa: S101 (the permission was asked of one)
        for person in chosen:
            users.invite(user_id=person.pk, actor=request.user)
        self.message_user(request, f"{len(chosen)} invited: “Forgot your password?” mails them a link.")

    def save_model(self, request: HttpRequest, obj: models.Model, form: Any, change: bool) -> None:
        """Keep the right to this admin in step with the role."""
        assert isinstance(obj, User)  # noqa: S101 (narrows the type Django hands over)
        obj.is_staff, obj.is_superuser = users.is_staff(obj.role), False
        super().save_model(request, obj, form, change)


@admin.register(Team)
class TeamAdmin(Editable):
    list_display = ("name", "calendar")
    search_fields = ("name",)


class CalendarForm(forms.ModelForm[BusinessCalendar]):
    weekdays = SimpleArrayField(
        forms.IntegerField(min_value=0, max_value=6),
        help_text="Days of work, 0 is Monday, separated by commas.",
    )

    class Meta:
        model = BusinessCalendar
        fields = ("name", "time_zone", "opens", "closes", "weekdays", "country", "subdivision")

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        values = cleaned if cleaned is not None else self.cleaned_data
        problems = teams.calendar_problems(
            time_zone=values.get("time_zone", ""),
            country=values.get("country", ""),
            subdivision=values.get("subdivision", ""),
            weekdays=values.get("weekdays") or [],
        )
        for field, problem in problems.items():
            self.add_error(field, problem)
        return cleaned


@admin.register(BusinessCalendar)
class CalendarAdmin(Editable):
    form = CalendarForm
    list_display = ("name", "time_zone", "opens", "closes", "country", "subdivision")


class Removable(Editable):
    """A plan that fell through may go."""

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self.has_change_permission(request, obj)


@admin.register(Absence)
class AbsenceAdmin(Removable):
    list_display = ("user", "starts_at", "ends_at", "note")
    autocomplete_fields = ("user",)


@admin.register(Delegation)
class DelegationAdmin(Removable):
    list_display = ("user", "delegate", "starts_at", "ends_at")
    autocomplete_fields = ("user", "delegate")
