"""Away, and who decides meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crmgov.kernel.refusals import Invalid, NotAllowed
from crmgov.people.models import Absence, Delegation, Role, User
from crmgov.people.services import absences, users

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
WEEK = timedelta(days=7)


def person(name: str, role: Role = Role.REVIEWER) -> User:
    return users.create(
        email=f"{name}@example.com", name=name, role=role, teams=[], password=None, actor=None
    )


def plan(user: User, **given: object) -> Absence:
    whole = {"starts_at": NOW, "ends_at": NOW + WEEK, "actor": user, "at": NOW, **given}
    return absences.plan(user=user, **whole)  # type: ignore[arg-type]


def test_the_delegate_stands_in_until_the_absence_ends() -> None:
    tom, sara = person("tom"), person("sara")

    plan(tom, delegate=sara)

    assert absences.away(user=tom, at=NOW)
    assert absences.covered_by(user=sara, at=NOW) == [tom]
    assert absences.covered_by(user=sara, at=NOW + WEEK) == []
    assert not absences.away(user=tom, at=NOW + WEEK)


def test_back_early_ends_the_delegation_too() -> None:
    tom, sara = person("tom"), person("sara")
    absence = plan(tom, delegate=sara)

    absences.end(absence_id=absence.pk, actor=tom, at=NOW + timedelta(days=2))

    assert absences.covered_by(user=sara, at=NOW + timedelta(days=3)) == []


def test_an_absence_not_yet_begun_is_dropped() -> None:
    tom, sara = person("tom"), person("sara")
    absence = plan(tom, delegate=sara)

    absences.end(absence_id=absence.pk, actor=tom, at=NOW - timedelta(days=1))

    assert not Absence.objects.exists()
    assert not Delegation.objects.exists()


def test_nobody_covers_for_somebody_deactivated() -> None:
    tom, sara, ana = person("tom"), person("sara"), person("ana", Role.ADMIN)
    plan(tom, delegate=sara)

    users.deactivate(user_id=tom.pk, actor=ana)

    assert absences.covered_by(user=sara, at=NOW) == []


def test_only_oneself_or_an_admin_plans_an_absence() -> None:
    tom, sara, ana = person("tom"), person("sara"), person("ana", Role.ADMIN)

    with pytest.raises(NotAllowed):
        plan(tom, actor=sara)
    plan(tom, actor=ana)

    assert Absence.objects.count() == 1


def test_an_absence_that_ends_before_it_starts_is_refused() -> None:
    tom = person("tom")

    with pytest.raises(Invalid) as refused:
        plan(tom, ends_at=NOW, delegate=tom)

    assert set(refused.value.errors) == {"ends_at", "delegate"}


def test_nobody_is_away_twice_at_a_time() -> None:
    tom = person("tom")
    plan(tom)

    with pytest.raises(Invalid) as refused:
        plan(tom, starts_at=NOW + WEEK / 2, ends_at=NOW + 2 * WEEK)
    plan(tom, starts_at=NOW + WEEK, ends_at=NOW + 2 * WEEK)

    assert set(refused.value.errors) == {"ends_at"}
    assert Absence.objects.count() == 2


def test_an_absence_that_is_over_is_not_planned() -> None:
    tom = person("tom")

    with pytest.raises(Invalid):
        plan(tom, at=NOW + WEEK)
