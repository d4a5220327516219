"""An account manager keeps AI away, judges an account, and plans what to do."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from crmgov.kernel.refusals import Invalid, NotAllowed, NotFound
from crmgov.people.models import Role, User
from crmgov.records.models import Account, ChangeSet, FieldChange, Hold, Task
from crmgov.records.selectors.holds import running_on
from crmgov.records.services import holds, owner_views, tasks
from tests.world import NOW, a_team, a_user, an_account

pytestmark = pytest.mark.django_db
FRIDAY = (NOW + timedelta(days=7)).date()


def place(account: Account, user: object, until: date = FRIDAY, reason: str = "Outage first") -> Hold:
    return holds.place(account_id=account.pk, until=until, reason=reason, user=user, at=NOW)  # type: ignore[arg-type]


def test_the_owner_holds_an_account_and_lifts_it_again() -> None:
    priya = a_user("Priya Nair", Role.ACCOUNT_MANAGER, a_team())
    account = an_account(owner=priya.pk, team=a_team().pk)

    hold = place(account, priya)
    lifted = holds.lift(hold_id=hold.pk, user=priya, at=NOW + timedelta(hours=1))

    assert lifted.lifted_by == priya
    with pytest.raises(holds.AlreadyLifted):
        holds.lift(hold_id=hold.pk, user=priya, at=NOW + timedelta(hours=2))


def test_a_colleague_and_a_reviewer_may_not_hold_what_is_not_theirs() -> None:
    team = a_team()
    account = an_account(owner=a_user("Priya Nair", Role.ACCOUNT_MANAGER, team).pk, team=team.pk)

    for colleague in (
        a_user("Tom Becker", Role.ACCOUNT_MANAGER, team),
        a_user("Sara Okafor", Role.REVIEWER, team),
        a_user("Ines Auditor", Role.AUDITOR),
    ):
        with pytest.raises(NotAllowed):
            place(account, colleague)


def test_an_account_of_another_team_does_not_exist() -> None:
    account = an_account(team=a_team("South").pk)

    with pytest.raises(NotFound):
        place(account, a_user("Priya Nair", Role.ACCOUNT_MANAGER, a_team("North")))


def test_a_second_hold_is_refused_while_the_first_runs_and_replaces_it_afterwards() -> None:
    ana = a_user("Ana Ruiz", Role.ADMIN)
    account = an_account()
    first = place(account, ana)
    with pytest.raises(holds.AlreadyHeld) as refused:
        place(account, ana)
    assert f"{FRIDAY:%d %b %Y}" in refused.value.say

    later = NOW + timedelta(days=30)
    second = holds.place(account_id=account.pk, until=later.date(), reason="New talks", user=ana, at=later)

    first.refresh_from_db()
    assert first.lifted_at == later
    assert second.lifted_at is None


@pytest.mark.parametrize(
    ("zone", "day", "lasts"),
    [
        ("Pacific/Auckland", date(2026, 11, 21), datetime(2026, 11, 21, 10, 30, tzinfo=UTC)),
        ("UTC", date(2026, 11, 20), datetime(2026, 11, 20, 23, 30, tzinfo=UTC)),
        ("America/Los_Angeles", date(2026, 11, 20), datetime(2026, 11, 21, 7, 30, tzinfo=UTC)),
    ],
)
def test_a_day_is_the_day_of_whoever_holds(zone: str, day: date, lasts: datetime) -> None:
    """At the same moment it is tomorrow in Auckland and today in Los Angeles."""
    at = datetime(2026, 11, 20, 20, tzinfo=UTC)
    ana, account = a_user("Ana Ruiz", Role.ADMIN), an_account()
    User.objects.filter(pk=ana.pk).update(time_zone=zone)
    ana.refresh_from_db()
    with pytest.raises(Invalid):
        holds.place(account_id=account.pk, until=day - timedelta(days=1), reason="Talks", user=ana, at=at)
    held = holds.place(account_id=account.pk, until=day, reason="Talks", user=ana, at=at)
    owner_views.give(account_id=account.pk, view="at_risk", note="", user=ana, at=at)

    account.refresh_from_db()
    assert account.owner_view_on == day
    assert running_on([account.pk], at=lasts) == [held]
    assert running_on([account.pk], at=lasts + timedelta(hours=1)) == []


def test_a_day_that_has_passed_and_a_missing_reason_are_both_named() -> None:
    ana = a_user("Ana Ruiz", Role.ADMIN)

    with pytest.raises(Invalid) as refused:
        place(an_account(), ana, until=NOW.date() - timedelta(days=1), reason=" ")

    assert set(refused.value.errors) == {"until", "reason"}


def test_the_owner_view_is_a_hand_edit_on_the_ledger() -> None:
    priya = a_user("Priya Nair", Role.ACCOUNT_MANAGER, a_team())
    account = an_account(owner=priya.pk, team=a_team().pk)

    owner_views.give(
        account_id=account.pk, view="at_risk", note="Third outage this quarter", user=priya, at=NOW
    )

    account.refresh_from_db()
    assert (account.owner_view, account.owner_view_on) == ("at_risk", NOW.date())
    assert account.provenance["owner_view"]["locked"]
    row = FieldChange.objects.select_related("change_set").get(record_id=account.pk, field="owner_view")
    assert (row.change_set.actor_type, row.change_set.authority) == ("human", "hand_edit")


def test_the_same_view_again_writes_nothing() -> None:
    ana, account = a_user("Ana Ruiz", Role.ADMIN), an_account()
    given = {"account_id": account.pk, "view": "healthy", "note": "", "user": ana}
    owner_views.give(**given, at=NOW)  # type: ignore[arg-type]
    before = ChangeSet.objects.count()

    owner_views.give(**given, at=NOW + timedelta(minutes=5))  # type: ignore[arg-type]

    assert ChangeSet.objects.count() == before


def test_a_task_is_made_ticked_off_and_opened_again_through_the_door() -> None:
    team = a_team()
    sara = a_user("Sara Okafor", Role.REVIEWER, team)
    account = an_account(team=team.pk)

    task_id = tasks.create(
        title="Call Maya about the outage report", about=("account", account.pk), user=sara, at=NOW
    )
    tasks.complete(task_id=task_id, user=sara, at=NOW + timedelta(hours=1))
    tasks.complete(task_id=task_id, user=sara, at=NOW + timedelta(hours=2))
    tasks.reopen(task_id=task_id, user=sara, at=NOW + timedelta(hours=3))

    task = Task.objects.get(pk=task_id)
    assert (task.team_id, task.assignee_id, task.account_id) == (team.pk, sara.pk, account.pk)
    assert task.done_at is None
    assert FieldChange.objects.filter(record_id=task_id, field="done_at").count() == 2


def test_auditors_read_and_do_not_plan() -> None:
    with pytest.raises(NotAllowed):
        tasks.create(
            title="Look again", about=("account", an_account().pk), user=a_user("Ines", Role.AUDITOR), at=NOW
        )
