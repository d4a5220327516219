"""What ran by itself in the last days, what it wrote, and whether anybody looked at it or contested it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from approvals.models import ContestedChange, Execution, SeenExecution, Suggestion
from crmgov.people.models import User
from crmgov.people.policy import Act, Standing, may
from crmgov.records import registry
from crmgov.records.models import Account, FieldChange
from crmgov.records.models.governed import Governed
from crmgov.records.selectors import change_sets
from crmgov.records.selectors.records import currency_of

from .keyset import Order, Page, page_of
from .track_records import TrackRecord, track_records

SIZE = 25
NEW, OWN, TEAM = "new", "own", "team"
VIEWS = {NEW: "Not looked at", OWN: "My accounts", TEAM: "All I see"}
# A customer notices it: these come first. The index execution_done_by_ai carries the order.
FIRST_NOTICED = Order(("customer_visible", "finished_at", "pk"), descending=True)
# What ran by itself stands in the owner's list for so long (DESIGN §2, Levels).
DONE_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Wrote:
    """One field: before, after, and what it is now where that is another value. JSON values, labels beside them."""

    change: FieldChange
    currency: str
    # Where the value before came from; "" for none.
    before_source: str
    overtaken: bool


@dataclass(frozen=True, slots=True)
class Done:
    """One line of the list."""

    execution: Execution
    suggestion: Suggestion
    # What the record hangs on; None where it is the account itself, or one that this person does not see.
    account: Account | None
    wrote: Sequence[Wrote]
    record: TrackRecord
    seen: bool
    contest: ContestedChange | None
    may_contest: bool


@dataclass(frozen=True, slots=True)
class _Around:
    """Everything beside the executions of a page, fetched together."""

    changes: dict[UUID, list[FieldChange]] = field(default_factory=dict)
    records: dict[UUID, Governed] = field(default_factory=dict)
    rates: dict[object, TrackRecord] = field(default_factory=dict)
    contests: dict[UUID, ContestedChange] = field(default_factory=dict)
    seen: frozenset[UUID] = frozenset()
    accounts: Mapping[UUID, Account] = field(default_factory=dict)


def page_for(user: User, *, at: datetime, view: str, cursor: str = "", size: int = SIZE) -> Page[Done]:
    """One page, what a customer notices first, then the newest; the same few queries however long it is."""
    rows = _rows(user, at, view).select_related(
        "suggestion__agent",
        "suggestion__proposed_by",
        "suggestion__workflow_version__workflow",
        "decision__policy_version",
    )
    return page_of(
        rows, FIRST_NOTICED, cursor=cursor, size=size, plate=lambda page: plates_of(user, list(page))
    )


def unseen(user: User, *, at: datetime) -> QuerySet[Execution]:
    """What ran on this person's accounts and they have not looked at yet."""
    return _rows(user, at, NEW)


def ran(user: User, *, at: datetime, view: str, most: int) -> int:
    """How many there are in all, seen or not, counted up to `most` + 1."""
    return _rows(user, at, OWN if view == NEW else view)[: most + 1].count()


def contest_of(execution: Execution) -> ContestedChange | None:
    """Who said that it was wrong; only of what ran by itself, so that nothing else is asked."""
    return ContestedChange.objects.filter(execution=execution).first() if execution.by_itself else None


def owns_accounts(user: User) -> bool:
    return Account.objects.filter(owner=user, archived_at=None).exists()


def _rows(user: User, at: datetime, view: str) -> QuerySet[Execution]:
    mine = Suggestion.objects.for_user(user)
    if view != TEAM:
        mine = mine.filter(account_id__in=Account.objects.filter(owner=user).values("pk"))
    rows = Execution.objects.filter(
        by_itself=True,
        status=Execution.Status.SUCCEEDED,
        finished_at__gt=at - DONE_FOR,
        suggestion__in=mine.values("pk"),
    )
    if view == NEW:
        rows = rows.exclude(Exists(SeenExecution.objects.filter(person=user, execution=OuterRef("pk"))))
    return rows


def plates_of(user: User, page: Sequence[Execution]) -> list[Done]:
    """These with all that stands beside them."""
    around = _around(user, page)
    return [_done(user, execution, around) for execution in page]


def _around(user: User, page: Sequence[Execution]) -> _Around:
    if not page:
        return _Around()
    changes = _changes([execution.change_set_id for execution in page])
    keys = [execution.pk for execution in page]
    accounts = {key for one in page if (key := one.suggestion.account_id) is not None}
    visible = Account.objects.for_user(user).filter(pk=OuterRef("pk"))
    contests = ContestedChange.objects.filter(execution__in=keys)
    looked = SeenExecution.objects.filter(person=user, execution__in=keys)
    by_set: dict[UUID, list[FieldChange]] = {}
    for change in changes:
        by_set.setdefault(change.change_set_id, []).append(change)
    return _Around(
        changes=by_set,
        records=change_sets.records_of(changes, user),
        rates=track_records([one.suggestion for one in page]),
        contests={contest.execution_id: contest for contest in contests},
        seen=frozenset(looked.values_list("execution_id", flat=True)),
        accounts=Account.objects.only("name", "owner").annotate(in_sight=Exists(visible)).in_bulk(accounts),
    )


def _changes(ids: Sequence[UUID | None]) -> list[FieldChange]:
    """What the change sets wrote, each with the source of the value before it."""
    before = FieldChange.objects.filter(
        record_id=OuterRef("record_id"), field=OuterRef("field"), id__lt=OuterRef("id")
    ).order_by("-id")
    rows = FieldChange.objects.filter(change_set__in=ids).order_by("id")
    return list(rows.annotate(before_source=Subquery(before.values("source")[:1])))


def _done(user: User, execution: Execution, around: _Around) -> Done:
    suggestion = execution.suggestion
    changes = around.changes.get(execution.change_set_id, []) if execution.change_set_id else []
    contest = around.contests.get(execution.pk)
    return Done(
        execution=execution,
        suggestion=suggestion,
        account=_above(suggestion, around),
        wrote=[_wrote(change, around.records.get(change.record_id)) for change in changes],
        record=around.rates[suggestion.pk],
        seen=execution.pk in around.seen,
        contest=contest,
        # What was sent, or stands beside the records, is not put back.
        may_contest=contest is None
        and not (execution.leaves or execution.appends)
        and may(user, Act.CONTEST, _standing(user, suggestion, around)),
    )


def _above(suggestion: Suggestion, around: _Around) -> Account | None:
    if suggestion.account_id is None or suggestion.account_id == suggestion.record_id:
        return None
    account = around.accounts.get(suggestion.account_id)
    return account if getattr(account, "in_sight", False) else None


def _standing(user: User, suggestion: Suggestion, around: _Around) -> Standing:
    """As the service asks it, from what was fetched for the whole page: a record without account is its owner's."""
    if suggestion.account_id is not None:
        account = around.accounts.get(suggestion.account_id)
        owner = account.owner_id if account else None
    else:
        owner = getattr(around.records.get(suggestion.record_id or suggestion.pk), "owner_id", None)
    return Standing(in_team=True, owns_account=owner == user.pk)


def _wrote(change: FieldChange, record: Governed | None) -> Wrote:
    gone = record is None or not registry.is_known(change.record_type, change.field)
    now: Any = change.new if gone else registry.to_json(registry.get(cast("Governed", record), change.field))
    return Wrote(
        change=change,
        currency=currency_of(record, change.field) if record is not None else "",
        before_source=getattr(change, "before_source", None) or "",
        overtaken=now != change.new,
    )
