"""Naming a view of the inbox, and arranging the named ones. Each person arranges their own."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from approvals.models import SavedView
from approvals.selectors.saved_views import MOST
from crmgov.kernel.refusals import Invalid, NotAllowed, NotFound
from crmgov.people.models import User
from crmgov.people.policy import Act, may

LONGEST = 40


@transaction.atomic(durable=True)
def save(*, user: User, name: str, view: str, order: str, filters: Mapping[str, str]) -> SavedView:
    """Keep what is listed now under a name, behind the others. Raises Invalid."""
    name = _named(name)
    taken = list(_own(user).order_by("position").values_list("position", flat=True))
    if len(taken) >= MOST:
        say = f"You have {MOST} views, which is as many as fit. Delete one to save another."
        raise Invalid(say, {"name": say})
    return _stored(
        SavedView(
            owner=user,
            name=name,
            view=view,
            order=order,
            filters=dict(filters),
            position=taken[-1] + 1 if taken else 0,
        )
    )


@transaction.atomic(durable=True)
def rename(*, view_id: int, name: str, user: User) -> SavedView:
    """Raises NotFound, Invalid."""
    saved = _find(view_id, user)
    saved.name = _named(name)
    return _stored(saved)


@transaction.atomic(durable=True)
def delete(*, view_id: int, user: User) -> str:
    """Drop it and return its name; nothing but the name for a list is lost. Raises NotFound."""
    saved = _find(view_id, user)
    saved.delete()
    return saved.name


@transaction.atomic(durable=True)
def move(*, view_id: int, up: bool, user: User) -> SavedView:
    """Change places with the one before or behind; at the edge it stays. Raises NotFound."""
    rows = list(_own(user).order_by("position", "pk"))
    here = next((place for place, row in enumerate(rows) if row.pk == view_id), None)
    if here is None:
        raise NotFound("You have no such view.")
    saved, there = rows[here], here - 1 if up else here + 1
    if 0 <= there < len(rows):
        rows[here], rows[there] = rows[there], rows[here]
    for place, row in enumerate(rows):
        row.position = place
    SavedView.objects.bulk_update(rows, ["position"])
    return saved


@transaction.atomic(durable=True)
def share(*, view_id: int, shared: bool, user: User) -> SavedView:
    """Show it to everybody, or no longer; each sees in it only what they may see. Raises NotFound, NotAllowed."""
    saved = _find(view_id, user)
    if not may(user, Act.ADMINISTER):
        raise NotAllowed("Only an admin shares a view with everybody.")
    saved.shared = shared
    saved.save(update_fields=["shared"])
    return saved


def _own(user: User) -> QuerySet[SavedView]:
    """One's own, and nobody else saves or moves one of them meanwhile."""
    User.objects.select_for_update().get(pk=user.pk)
    return SavedView.objects.filter(owner=user)


def _find(view_id: int, user: User) -> SavedView:
    saved = SavedView.objects.select_for_update().filter(pk=view_id, owner=user).first()
    if saved is None:
        raise NotFound("You have no such view.")
    return saved


def _named(raw: str) -> str:
    name = " ".join(raw.split())
    say = ""
    if not name:
        say = "Give the view a name."
    elif len(name) > LONGEST:
        say = f"This name has {len(name)} characters; {LONGEST} fit on a tab."
    elif not name.isprintable():
        say = "This name has characters that cannot be seen. Type it anew."
    if say:
        raise Invalid(say, {"name": say})
    return name


def _stored(saved: SavedView) -> SavedView:
    try:
        with transaction.atomic():
            saved.save()
    except IntegrityError as error:
        say = f"You have a view called “{saved.name}” already. Choose another name."
        raise Invalid(say, {"name": say}) from error
    return saved
