"""Per record and field one open question (DESIGN §5): what a new suggestion does to those that are open.

The same value again is a duplicate and adds its evidence. Newer word of the same proposer supersedes. Another
value from another source opens a conflict that both join.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import cast
from uuid import UUID

from django.db.models import Q

from approvals.models import Claim, Conflict, Suggestion, SuggestionItem
from approvals.selectors import surroundings

from . import asks, conflicts, evidence, payloads, sides, values
from .drafts import Draft
from .gate import Judged
from .proposed import same_proposer


@dataclass(frozen=True, slots=True)
class Overlap:
    """How the items of a draft stand to the open questions.

    `asked` pairs an item with the open item that asks the same already; `superseded` are older suggestions that
    give way; `rivals` maps a field to the suggestions that want another value. `answered` is the one whose question
    the draft answers, the last of those that give way. `waits` keeps a second message of one purpose out.
    """

    asked: tuple[tuple[SuggestionItem, SuggestionItem], ...] = ()
    superseded: tuple[Suggestion, ...] = ()
    rivals: dict[str, list[Suggestion]] = field(default_factory=dict)
    answered: Suggestion | None = None
    # Somebody else's message of this purpose waits for a person already.
    waits: Suggestion | None = None

    @property
    def is_empty(self) -> bool:
        return not (self.asked or self.superseded or self.rivals)


NOTHING = Overlap()
# Action, record type, record, title or purpose, account, team.
Purpose = tuple[str, str, UUID | None, str, UUID | None, int | None]


def key_of(draft: Draft) -> Purpose:
    """What the draft is about: of two with one key the second must see what became of the first."""
    if draft.kind.creates:
        return _purpose(draft.suggestion)
    return ("", draft.suggestion.record_type, draft.suggestion.record_id, "", None, None)


def overlaps_of(judged: Sequence[tuple[Draft, Judged]]) -> list[Overlap]:
    """Lock what overlaps with the drafts, and say how, draft by draft. Suggestions are locked by their ids.

    No two of the drafts are about the same record, or would make the same: those wait for each other's outcome.
    """
    changing = [draft for draft, _ in judged if not draft.kind.creates]
    items = surroundings.open_items(_records(changing))
    fields = {(draft.suggestion.record_id, item.field) for draft in changing for item in draft.items}
    found = [one for one in items if (one.record_id, one.field) in fields]
    twins = _twins_of([draft for draft, _ in judged if draft.kind.creates])
    answered = {draft.answers for draft, _ in judged if draft.answers is not None}
    if found or twins or answered:
        sides.lock({one.suggestion_id for one in found} | {twin.pk for twin in twins} | answered)
        # Read again: what was decided while we waited for the lock is open no longer.
        found = [one for one in items.all() if (one.record_id, one.field) in fields] if found else []
        twins = list(Suggestion.objects.queued().filter(pk__in=[twin.pk for twin in twins]).order_by("pk"))
    asking, making = surroundings.by_record(found), _by_purpose(twins)
    asked = asks.open_among(answered)
    overlaps = [
        _twin_of(draft, one, making.get(_purpose(draft.suggestion), []))
        if draft.kind.creates
        else _overlap_of(draft, one, asking.get(cast("UUID", draft.suggestion.record_id), []))
        for draft, one in judged
    ]
    return [
        _answering(one, asked.get(draft.answers) if draft.answers else None)
        for (draft, _), one in zip(judged, overlaps, strict=True)
    ]


def close_superseded(older: Sequence[Suggestion], at: datetime) -> None:
    """Close the older suggestions and their questions; the newcomers take their place in a conflict."""
    if not older:
        return
    keys = [one.pk for one in older]
    Suggestion.objects.filter(pk__in=keys, status=Suggestion.Status.QUEUED).update(
        status=Suggestion.Status.SUPERSEDED,
        closed_at=at,
        claimed_by=None,
        claimed_until=None,
        held_by_run=False,
    )
    SuggestionItem.objects.filter(suggestion__in=keys).update(question_open=False)
    Claim.objects.filter(suggestion__in=keys, conflict__status=Conflict.Status.OPEN).delete()


def carry_over(overlapping: Sequence[tuple[Draft, Overlap]]) -> None:
    """What was said for the same value in a suggestion that gives way is said for the new one too."""
    gone = {one.pk for _, overlap in overlapping for one in overlap.superseded}
    items = payloads.items_by_suggestion(gone) if gone else {}
    for draft, overlap in overlapping:
        older = {
            (item.field, str(item.proposed)): item for one in overlap.superseded for item in items[one.pk]
        }
        for item in draft.items:
            if (same := older.get((item.field, str(item.proposed)))) is not None:
                evidence.add(item, same.evidence)


def add_evidence(asked: Sequence[tuple[SuggestionItem, SuggestionItem]]) -> None:
    """Put what the newcomers say beside what was said for the open questions."""
    for item, other in asked:
        evidence.add(other, item.evidence)
    SuggestionItem.objects.bulk_update([other for _, other in asked], ["evidence"], batch_size=500)


def disputed(drafts: Sequence[Draft]) -> dict[UUID, set[str]]:
    """The fields of the drafts' records about which a conflict is open."""
    records = _records(drafts)
    rows = Conflict.objects.filter(record_id__in=records, status=Conflict.Status.OPEN)
    found: dict[UUID, set[str]] = {}
    for record_id, name in rows.values_list("record_id", "field") if records else ():
        found.setdefault(record_id, set()).add(name)
    return found


def join_conflicts(draft: Draft, overlap: Overlap, disputed: Collection[str], at: datetime) -> None:
    """Open a conflict per field that rivals dispute, or join the one that is open."""
    fields = {item.field for item in draft.items}
    for name in sorted({*overlap.rivals, *fields.intersection(disputed)}):
        rivals = overlap.rivals.get(name, [])
        conflicts.open_for_suggestions(newcomer=draft.suggestion, rivals=rivals, field=name, at=at)


def _answering(overlap: Overlap, asked: Suggestion | None) -> Overlap:
    """The one whose question it answers gives way too, whatever fields either of them names."""
    if asked is None:
        return overlap
    others = (one for one in overlap.superseded if one.pk != asked.pk)
    return replace(overlap, superseded=(*others, asked), answered=asked)


def _overlap_of(draft: Draft, judged: Judged, open_items: Sequence[SuggestionItem]) -> Overlap:
    if not open_items:
        return NOTHING
    pairs = [(item, other) for other in open_items for item in draft.items if item.field == other.field]
    gone = {other.suggestion_id for item, other in pairs if _gives_way(item, other, draft, judged)}
    left = [(item, other) for item, other in pairs if other.suggestion_id not in gone]
    rivals: dict[str, list[Suggestion]] = {}
    for item, other in left:
        if not values.same(item.proposed, other.proposed):
            rivals.setdefault(item.field, []).append(other.suggestion)
    return Overlap(
        asked=tuple(
            pair for pair in _first_per_field(left) if values.same(pair[0].proposed, pair[1].proposed)
        ),
        superseded=_each_once(other.suggestion for _, other in pairs if other.suggestion_id in gone),
        rivals=rivals,
    )


def _gives_way(item: SuggestionItem, other: SuggestionItem, draft: Draft, judged: Judged) -> bool:
    """Older word of the same proposer, or the same value proposed on what is no longer there."""
    if other.suggestion_id == draft.answers:
        return True
    same_value = values.same(item.proposed, other.proposed)
    outdated = not values.same(item.seen, other.seen)
    if same_proposer(other.suggestion, draft.suggestion):
        return not same_value or outdated or not _says_the_same(other.suggestion, draft.suggestion, judged)
    now = {one.field: one.current for one in judged.facts.items}
    return same_value and outdated and values.same(item.seen, now.get(item.field))


def _says_the_same(older: Suggestion, newer: Suggestion, judged: Judged) -> bool:
    """Whether the gate says of the newer one what it said of the older: then it brings nothing new."""
    reading = judged.reading
    return (older.verdict, older.level, sorted(older.rules), older.facts) == (
        reading.verdict.value,
        reading.level.value,
        sorted(reading.rules),
        newer.facts,
    )


def _twin_of(draft: Draft, judged: Judged, twins: Sequence[Suggestion]) -> Overlap:
    """Of what would make the same, one is open. Other values under the same title are another question, unless
    they are newer word of the same proposer."""
    if not twins:
        return NOTHING
    new = draft.suggestion
    twin = next((one for one in twins if one.asks == new.asks and one.pk != draft.answers), None)
    if twin is not None and (not same_proposer(twin, new) or _says_the_same(twin, new, judged)):
        theirs = {item.field: item for item in twin.items.all()}
        return Overlap(asked=tuple((item, theirs[item.field]) for item in draft.items))
    others = [one for one in twins if not same_proposer(one, new)] if new.purpose else []
    return Overlap(
        superseded=tuple(one for one in twins if same_proposer(one, new)), waits=next(iter(others), None)
    )


def _twins_of(drafts: Sequence[Draft]) -> list[Suggestion]:
    """Open suggestions that would make what one of the drafts would make; not locked yet."""
    wanted = {_purpose(draft.suggestion) for draft in drafts}
    if not wanted:
        return []
    new = [draft.suggestion for draft in drafts]
    messages = [one for one in new if one.purpose]
    rows = Suggestion.objects.queued().filter(
        Q(
            action__in={one.action for one in new},
            record_type__in={one.record_type for one in new},
            title__in={one.title for one in new},
        )
        | Q(
            action__in={one.action for one in messages},
            record_id__in={one.record_id for one in messages},
            purpose__in={one.purpose for one in messages},
        )
    )
    return [one for one in rows if _purpose(one) in wanted]


def _purpose(suggestion: Suggestion) -> Purpose:
    """What it would make, and where; of a task and a message the record says where."""
    if suggestion.purpose:
        return (
            suggestion.action,
            suggestion.record_type,
            suggestion.record_id,
            suggestion.purpose,
            None,
            None,
        )
    where = (None, None) if suggestion.record_id else (suggestion.account_id, suggestion.team_id)
    return (suggestion.action, suggestion.record_type, suggestion.record_id, suggestion.title, *where)


def _by_purpose(suggestions: Iterable[Suggestion]) -> dict[Purpose, list[Suggestion]]:
    found: dict[Purpose, list[Suggestion]] = {}
    for one in suggestions:
        found.setdefault(_purpose(one), []).append(one)
    return found


def _records(drafts: Iterable[Draft]) -> set[UUID]:
    """The records that the drafts would change."""
    return {d.suggestion.record_id for d in drafts if d.suggestion.record_id and not d.kind.creates}


def _first_per_field(
    pairs: Sequence[tuple[SuggestionItem, SuggestionItem]],
) -> list[tuple[SuggestionItem, SuggestionItem]]:
    """Of several open items with the same value in a conflict, the oldest takes the evidence."""
    found: dict[str, tuple[SuggestionItem, SuggestionItem]] = {}
    for item, other in pairs:
        if values.same(item.proposed, other.proposed):
            found.setdefault(item.field, (item, other))
    return list(found.values())


def _each_once(suggestions: Iterable[Suggestion]) -> tuple[Suggestion, ...]:
    found: dict[UUID, Suggestion] = {}
    for suggestion in suggestions:
        found.setdefault(suggestion.pk, suggestion)
    return tuple(found.values())
