"""Admins at the form of a policy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.forms import BaseForm
from django.test import Client
from django.urls import reverse

from approvals.models import PolicyDraft
from crmgov.people.models import Role, User
from tests.decisions import scene
from tests.records_pages.kit import browser_of
from tests.world import a_user

WRITE = "/policies/drafts/new"


def olga() -> User:
    return a_user("Olga Brandt", Role.ADMIN)


def ana_and_olga() -> tuple[Client, Client]:
    return browser_of(scene.admin()), browser_of(olga())


def typed(client: Client, address: str = WRITE, **changes: Any) -> dict[str, Any]:
    """What a browser would post from the form as drawn, with some controls changed; None takes one out."""
    page = client.get(address)
    assert page.status_code == 200, page.status_code
    forms = page.context["forms"]
    data = {"against": str(page.context["against"]), **dict(_controls(forms.limits))}
    for rows in (forms.levels, forms.bands, forms.steps, forms.targets):
        data |= dict(_controls(rows.management_form))
        for row in rows:
            data |= dict(_controls(row))
    return {
        name: value
        for name, value in {**data, "rationale": "Because", **changes}.items()
        if value is not None
    }


def _controls(form: BaseForm) -> Iterator[tuple[str, Any]]:
    for field in form:
        value = field.value()
        if value is not None and value is not False and value != []:
            yield (
                field.html_name,
                [str(one) for one in value] if isinstance(value, list | tuple) else str(value),
            )


def keep(client: Client, address: str = WRITE, **changes: Any) -> PolicyDraft:
    """Post the form and return the draft it made."""
    answer = client.post(address, typed(client, address, **changes))
    assert answer.status_code == 302, (answer.status_code, answer.context and answer.context.get("refusal"))
    return PolicyDraft.objects.latest("pk")


def press(client: Client, verb: str, draft: PolicyDraft) -> Any:
    return client.post(address_of(draft, verb))


def address_of(draft: PolicyDraft, step: str = "draft") -> str:
    return reverse(f"approvals:policy_{step}", args=[draft.pk])
