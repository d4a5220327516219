"""The history of one field, opened below it: every change of it, and putting the last one back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from approvals.selectors import about
from approvals.templatetags import phrases
from crmgov.kernel.actors import ActorType
from crmgov.people.models import User
from crmgov.records import registry
from crmgov.records.models import AuthorityKind, EarlierChange
from crmgov.records.models.governed import Governed
from crmgov.records.rules.values import empty
from crmgov.records.selectors import ledger
from crmgov.records.selectors.ledger import FieldStory
from crmgov.records.selectors.records import FieldPlate, currency_of
from crmgov.records.services import reverts

from . import plates
from .rights import Rights

CAME_WITH_IT = "It came with the record, so there is nothing before it to put back."


def panel_of(
    *, record: Governed, plate: FieldPlate, user: User, rights: Rights, at: datetime
) -> dict[str, Any]:
    """Return what records/_history.html draws: six queries, whatever the length of the history."""
    stories = ledger.history_of(record_id=record.pk, field=plate.name)
    earlier = ledger.earlier_of(record_id=record.pk, field=plate.name)
    currency = currency_of(record, plate.name)
    return {
        "name": plate.name,
        "label": plate.label,
        "small": _length(stories),
        "entries": [
            *(_entry(story, currency) for story in stories),
            *(_earlier(change, currency) for change in earlier),
        ],
        "last": _last(record, plate, stories, user, rights, currency),
        "seen": json.dumps(plate.value),
        "verify_url": _vouching(record, plate, rights, locked=False),
        "unlock_url": _vouching(record, plate, rights, locked=True),
    }


def _length(stories: Sequence[FieldStory]) -> str:
    if not stories:
        return ""
    since = phrases.day(stories[-1].change_set.at)
    return f"{len(stories)} change{'' if len(stories) == 1 else 's'} since {since}"


def _entry(story: FieldStory, currency: str) -> dict[str, Any]:
    change, change_set = story.change, story.change_set
    old, new = plates.old_words(change, currency), plates.new_words(change, currency)
    vouched = change.old == change.new
    return {
        "actor": plates.actor_of(change_set),
        "icon": "lock" if vouched else "undo" if change_set.reverses else "",
        "sentence": _upper_first(change_set.authority_label) if vouched else "",
        "value": new if vouched else f"{old} to {new}",
        "at": change_set.at,
        "meta": [plates.by_whom(change_set), _because(story), _source(story)],
        "links": plates.links_of(change_set),
    }


def _earlier(change: EarlierChange, currency: str) -> dict[str, Any]:
    """What a source says: it was never written here, so it has no page of its own and nothing to put back."""
    old, new = (
        plates.words(change.record_type, change.field, value, currency=currency)
        for value in (change.old, change.new)
    )
    return {
        "actor": ActorType.SYSTEM,
        "value": f"{old} to {new}",
        "at": change.at,
        "meta": [f"before it came to us, says {change.source}", change.by],
        "links": [],
    }


def _upper_first(text: str) -> str:
    return text[:1].upper() + text[1:]


def _because(story: FieldStory) -> str:
    return f"“{story.change_set.reason}”" if story.change_set.reason else ""


def _source(story: FieldStory) -> str:
    """Where an agent has it from; what people type needs no source, and an import names itself."""
    if story.change.source in ("person", "revert") or story.change_set.authority == AuthorityKind.IMPORT:
        return ""
    return f"source {story.change.source}"


def _last(
    record: Governed,
    plate: FieldPlate,
    stories: Sequence[FieldStory],
    user: User,
    rights: Rights,
    currency: str,
) -> dict[str, Any] | None:
    """The newest change that made a difference, and whether it can be put back."""
    story = next((one for one in stories if one.change.old != one.change.new), None)
    if story is None:
        return None
    (planned,) = reverts.plan(
        change_set_id=story.change_set.pk, user=user, fields=[plate.name], record_id=record.pk
    )
    decided = story.change_set.pk in about.decided_by(user, [story.change_set])
    before = plates.old_words(story.change, currency)
    possible = planned.possible and not planned.archives
    return {
        "before": before,
        "ours": plates.new_words(story.change, currency),
        "now": plates.words(registry.type_of(record), plate.name, plate.value, plate.words, currency),
        "say": CAME_WITH_IT if planned.archives else planned.say,
        "change_set_id": story.change_set.pk,
        "possible": possible and rights.may_revert(decided_it=decided, user=user),
        "not_yours": possible and not rights.may_revert(decided_it=decided, user=user),
        "button": f"Revert to {before}",
    }


def _vouching(record: Governed, plate: FieldPlate, rights: Rights, *, locked: bool) -> str:
    """The address that verifies, or unlocks, where this person may and it would change something."""
    is_locked = plate.written is not None and plate.written.locked
    # A contest may have locked a field empty: that lock comes off, but nobody vouches for what is not there.
    if not rights.edit or is_locked is not locked or (empty(plate.value) and not locked):
        return ""
    action = "unlock" if locked else "verify"
    return plates.address(f"{registry.type_of(record)}_{action}", record.pk)
