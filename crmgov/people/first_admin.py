"""The first admin of an installation that was not seeded: made over a link that works once.

The token is signed and ages; it works only while there is no active admin, so using it spends every link.
"""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import password_validation
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import get_random_string
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from crmgov.people.models import Role, User

SALT = "crmgov.people.first_admin"
MAX_AGE_SECONDS = 24 * 3600
LOCK = 4712


class AdminExists(Exception):
    """Somebody made the first admin already."""


def link_path() -> str:
    """The path of a fresh link. Links made before stay good too, until one of them is used."""
    token = signing.dumps(get_random_string(16), salt=SALT)
    return reverse("people:first_admin", kwargs={"token": token})


def is_wanted() -> bool:
    return not User.objects.filter(role=Role.ADMIN, is_active=True).exists()


@transaction.atomic(durable=True)
def make(*, email: str, name: str, password: str) -> User:
    """Create the admin. Raises AdminExists; of two people with the link at once exactly one wins."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    if not is_wanted():
        raise AdminExists
    return User.objects.create_superuser(email, password, name=name)


class FirstAdminForm(forms.Form):
    name = forms.CharField(label="Your name", max_length=120)
    email = forms.EmailField(label="E-mail address", help_text="You log in with it.")
    password = forms.CharField(
        label="Password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least eight characters, and not one of the common ones.",
    )
    again = forms.CharField(
        label="The password again",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].lower()
        if User.objects.filter(email=email).exists():
            raise ValidationError("There is a user with this address already; choose another one.")
        return email

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        password, again = cleaned.get("password"), cleaned.get("again")
        if password and again and password != again:
            self.add_error("again", "The two passwords differ; type the same one twice.")
        if password:
            self._judge(password)
        return cleaned

    def _judge(self, password: str) -> None:
        person = User(email=self.cleaned_data.get("email", ""), name=self.cleaned_data.get("name", ""))
        try:
            password_validation.validate_password(password, person)
        except ValidationError as weak:
            self.add_error("password", weak)


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("password", "again")
@never_cache
def first_admin(request: HttpRequest, token: str) -> HttpResponse:
    """Ask for name, address and password; 404 for a link that is spent, old or invented."""
    _require_good(token)
    form = FirstAdminForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _made(request, form)
    status = 422 if form.errors else 200
    return render(request, "people/first_admin.html", {"form": form}, status=status)


def _require_good(token: str) -> None:
    try:
        signing.loads(token, salt=SALT, max_age=MAX_AGE_SECONDS)
    except signing.BadSignature as bad:
        raise Http404("This link is not valid (any more): run manage.py first_admin_link.") from bad
    if not is_wanted():
        raise Http404("This link has been used: there is an admin now.")


def _made(request: HttpRequest, form: FirstAdminForm) -> HttpResponse:
    given = form.cleaned_data
    try:
        user = make(email=given["email"], name=given["name"], password=given["password"])
    except AdminExists:
        raise Http404("This link has been used: there is an admin now.") from None
    messages.success(request, f"You are the first admin, {user.get_short_name()}. Log in to begin.")
    return redirect("account_login")
