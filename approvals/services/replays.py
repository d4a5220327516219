"""What a policy draft would have said of the suggestions judged lately, from the facts the gate stored."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Max, QuerySet

from approvals.models import GateReading, PolicyDraft, PolicyReplay, PolicyReplayLine, PolicyVersion
from approvals.rules.codec import Unreadable
from approvals.rules.facts import Facts
from approvals.rules.policy import Policy
from approvals.rules.replays import Moved, Replay

LOOKS_BACK = timedelta(days=30)
# The newest readings of that time; a minute's work.
MOST = 20_000
# Rows in memory at once: facts are some kilobytes each.
CHUNK = 500


def make_missing(*, at: datetime) -> int:
    """Replay each open draft that has none yet; return how many. Drafts that are old by now are passed over."""
    in_force = PolicyVersion.objects.aggregate(number=Max("number"))["number"]
    waiting = _open().filter(against=in_force).order_by("pk").values_list("pk", flat=True)
    return sum(make(draft_id=draft_id, at=at) is not None for draft_id in waiting)


def make(*, draft_id: int, at: datetime) -> PolicyReplay | None:
    """Replay one draft and keep what moved; None where that was done, or the draft is closed.

    Nothing is locked while it judges: whoever publishes meanwhile does not wait.
    """
    found = _open().filter(pk=draft_id).first()
    if found is None:
        return None
    base = PolicyVersion.objects.get(number=found.against)
    replay = Replay(
        in_force=Policy.from_json(base.document, version=0), draft=Policy.from_json(found.document, version=0)
    )
    readings, is_cut = _newest(since=at - LOOKS_BACK, until=at)
    lines, unreadable = _replayed(replay, readings)
    made = PolicyReplay(
        draft=found,
        since=at - LOOKS_BACK,
        made_at=at,
        suggestions=len(readings),
        unreadable=unreadable,
        is_cut=is_cut,
    )
    return _keep(made, lines)


@transaction.atomic(durable=True)
def _keep(made: PolicyReplay, lines: list[PolicyReplayLine]) -> PolicyReplay | None:
    """Of two that replayed the same draft at once, one keeps what it found."""
    PolicyDraft.objects.select_for_update().get(pk=made.draft_id)
    # Asked only now: what somebody else kept meanwhile is seen by a statement that begins after theirs.
    if not _open().filter(pk=made.draft_id).exists():
        return None
    made.save(force_insert=True)
    for line in lines:
        line.replay = made
    PolicyReplayLine.objects.bulk_create(lines, batch_size=CHUNK)
    return made


def _open() -> QuerySet[PolicyDraft]:
    return PolicyDraft.objects.filter(published=None, discarded_at=None, replay=None)


def _newest(*, since: datetime, until: datetime) -> tuple[dict[UUID, int], bool]:
    """Suggestion -> its last reading of that time, and whether older readings were left out.

    Taken by number and not by time: numbers have an index and grow with the clock.
    """
    rows = list(GateReading.objects.order_by("-pk").values_list("suggestion", "pk", "read_at")[: MOST + 1])
    within = [(suggestion, pk) for suggestion, pk, read_at in rows[:MOST] if since <= read_at <= until]
    is_cut = len(rows) > MOST and rows[-1][2] >= since
    found: dict[UUID, int] = {}
    for suggestion, pk in within:
        found.setdefault(suggestion, pk)
    return found, is_cut


def _replayed(replay: Replay, readings: dict[UUID, int]) -> tuple[list[PolicyReplayLine], int]:
    lines, unreadable = [], 0
    for suggestion_id, facts in _rows(list(readings.values())):
        try:
            moved: Moved | None = replay.moved(Facts.from_json(facts))
        except Unreadable:
            unreadable += 1
            continue
        if moved is not None:
            lines.append(
                PolicyReplayLine(
                    suggestion_id=suggestion_id,
                    was=moved.was.value,
                    becomes=moved.becomes.value,
                    rules=list(moved.rules),
                )
            )
    return lines, unreadable


def _rows(numbers: list[int]) -> Iterator[tuple[UUID, object]]:
    for start in range(0, len(numbers), CHUNK):
        part = GateReading.objects.filter(pk__in=numbers[start : start + CHUNK])
        yield from part.values_list("suggestion", "facts")
