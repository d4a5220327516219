"""Signing for every message of one template version to one audience until a date, and ending that."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F

from approvals.models import Message, MessageTemplate, StandingApproval, TemplateVersion
from approvals.models.message import LONGEST_STANDING
from approvals.selectors import standing
from approvals.selectors.messages import name_of
from crmgov.kernel.refusals import Invalid, NotAllowed, NotFound, Refused
from crmgov.people import admins, policy
from crmgov.people.models import User
from crmgov.records.models import Segment
from crmgov.records.models.accounts import Lifecycle

# As the audience names accounts without a segment, and contacts without a stage.
NONE = "none"


class SecondPersonNeeded(NotAllowed):
    """Who wrote a text does not sign for it alone."""


class StandsAlready(Refused):
    """This version stands approved already. End that first, then sign anew."""


class OldVersion(Refused):
    """A newer version of this template was saved. Only the newest is signed for."""


class Ended(Refused):
    """This standing approval has ended already."""


@transaction.atomic(durable=True)
def sign(
    *,
    version_id: int,
    segments: Sequence[str],
    lifecycles: Sequence[str],
    until: datetime,
    why: str,
    user: User,
    at: datetime,
) -> StandingApproval:
    """Let messages of this version out without a person looking at each, to this audience, until then.

    No segments are all of them, no lifecycles every stage. Raises NotAllowed, NotFound, Invalid, SecondPersonNeeded,
    OldVersion, StandsAlready.
    """
    _require_admin(user)
    version = _locked(version_id)
    _require_whole(segments, lifecycles, until, why, at)
    if refused := why_not(version, user, at):
        raise SecondPersonNeeded(refused)
    open_ones = StandingApproval.objects.filter(version=version, ended_at=None)
    # One whose day has passed is over, though nobody has written that down.
    open_ones.filter(until__lte=at).update(ended_at=F("until"))
    try:
        with transaction.atomic():
            return StandingApproval.objects.create(
                version=version,
                segments=sorted(set(segments)),
                lifecycles=sorted(set(lifecycles)),
                until=until,
                why=why.strip(),
                signed_by=user,
                signed_at=at,
                sole_admin=version.saved_by_id == user.pk,
            )
    except IntegrityError as error:
        raise StandsAlready from error


@transaction.atomic(durable=True)
def end(*, approval_id: int, user: User, at: datetime) -> StandingApproval:
    """Messages of it wait for a person again. Raises NotAllowed, NotFound, Ended."""
    _require_admin(user)
    approval = StandingApproval.objects.select_for_update(of=("self",)).filter(pk=approval_id).first()
    if approval is None:
        raise NotFound("There is no such standing approval.")
    if approval.ended_at is not None:
        raise Ended
    approval.ended_at, approval.ended_by = at, user
    approval.save(update_fields=["ended_at", "ended_by"])
    return approval


def why_over(message: Message, at: datetime) -> str:
    """Why what was approved under a standing approval may not leave now; empty where it may, and for all else.

    For whoever sends: between the approval and the claim somebody may have ended it, or written a new version.
    """
    under = message.standing
    if under is None:
        return ""
    holds = standing.holding({name_of(under.version)}, at).get(name_of(under.version))
    if holds is not None and holds.pk == under.pk:
        return ""
    return f"The standing approval of {under.version} is over, so it was not sent."


def why_not(version: TemplateVersion, user: User, at: datetime) -> str:
    """Why this admin does not sign for it, or not yet; empty where they may."""
    if version.saved_by_id != user.pk:
        return ""
    if (other := admins.other_than(user.pk)) is not None:
        return f"You wrote this version, so another admin signs: ask {other}."
    ripe = version.saved_at + admins.SOLE_ADMIN_WAITS
    if at < ripe:
        return f"You are the only admin, so this waits a day: sign from {ripe:%d %b %H:%M} UTC."
    return ""


def _locked(version_id: int) -> TemplateVersion:
    """The version, its template locked: a newer one waits until this is signed, and then ends it."""
    template = MessageTemplate.objects.select_for_update(of=("self",)).filter(versions=version_id).first()
    if template is None:
        raise NotFound("There is no such version of a template.")
    newest = template.versions.select_related("template", "saved_by").order_by("-number")[0]
    if newest.pk != version_id:
        raise OldVersion
    return newest


def _require_whole(
    segments: Sequence[str], lifecycles: Sequence[str], until: datetime, why: str, at: datetime
) -> None:
    errors = {}
    known = {NONE, *Segment.objects.values_list("name", flat=True)}
    if strangers := sorted(set(segments) - known):
        errors["segments"] = f"There is no segment “{strangers[0]}”."
    if strangers := sorted(set(lifecycles) - {NONE, *Lifecycle.values}):
        errors["lifecycles"] = f"There is no stage “{strangers[0]}”."
    if until <= at:
        errors["until"] = "That day has passed. Choose a day after today."
    elif until > at + LONGEST_STANDING:
        errors["until"] = f"It ends within {LONGEST_STANDING.days} days: choose an earlier day."
    if not why.strip():
        errors["why"] = "Say why, for whoever asks later."
    if errors:
        raise Invalid(" ".join(errors.values()), errors)


def _require_admin(user: User) -> None:
    if not policy.may(user, policy.Act.ADMINISTER):
        raise NotAllowed("Only an admin signs for a template, or ends that.")
