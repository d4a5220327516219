"""What a page shows beside a suggestion, however much that is in one query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from approvals.models import Note, Suggestion
from approvals.rules.told import Told
from crmgov.people.models import User

from . import context, items, on_the_way, track_records
from .context import AccountCard
from .together import together
from .track_records import TrackRecord


@dataclass(frozen=True, slots=True)
class Beside:
    """`account` is None where there is none to see; `imported` are the sources that are imports.

    `thread` are the notes on its way so far, newest first.
    """

    account: AccountCard | None
    track_record: TrackRecord
    imported: frozenset[str]
    thread: Sequence[Note]


def of(user: User, suggestion: Suggestion, at: datetime, *, told: Told | None = None) -> Beside:
    """The card of its account, what became of others like it, the notes on its way, and which sources are imports.

    With `told` the card marks what the proposer could not see, or did not name.
    """
    found = together(
        **context.asked(user, suggestion.account_id, beside=suggestion.pk, at=at),
        track_record=track_records.asked([suggestion]),
        imported=items.imported_asked(),
        thread=on_the_way.thread_asked(user, suggestion),
    )
    return Beside(
        account=context.card_of(found, at, told),
        track_record=track_records.told([suggestion], found["track_record"])[suggestion.pk],
        imported=frozenset(row["name"] for row in found["imported"]),
        thread=on_the_way.thread_of(found["thread"]),
    )
