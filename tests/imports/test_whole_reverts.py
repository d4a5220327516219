"""A whole import put back: the plan first, a second person above 100 records, and nothing of anybody else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from crmgov.kernel.actors import Actor, ActorType
from crmgov.kernel.refusals import Invalid, NotAllowed, NotFound
from crmgov.people.models import Role, User
from crmgov.records.models import Account, ChangeSet, Contact, FieldChange, Import, ImportRevert, ImportRun
from crmgov.records.services import import_runs, import_whole_reverts
from crmgov.records.services.import_access import WrongState
from crmgov.records.services.import_reverts import NotRevertible, put_back, revert
from crmgov.records.services.import_whole_reverts import (
    AlreadyProposed,
    NothingToPutBack,
    RevertClosed,
    SecondPersonNeeded,
)
from tests.imports.bundles import add, counted, done, open_import, run_of, started
from tests.imports.files import an_admin
from tests.world import NOW, a_user, change

pytestmark = pytest.mark.django_db
PERSON = Actor(ActorType.HUMAN, "9", "Mira Reviewer")
BEFORE = "id,name,region\n1,Halden,Oslo\n2,Borg,Oslo\n3,Turku,Oslo\n"
# Three are changed, two are made; contacts hang on them, products have no ledger.
AFTER = {
    "accounts": "id,name,region,parent\n1,Halden,Bergen,New\n2,Borg,Bergen,\n3,Turku,Bergen,\n"
    "4,New,Oslo,Halden\n5,Alta,Oslo,\n",
    "contacts": "id,last name,account\na,Lind,Halden\nb,Berg,New\n",
    "products": "id,name\np,Sonar\n",
}


def second_admin() -> User:
    return a_user("Bo Admin", Role.ADMIN)


def imported() -> Import:
    done(open_import({"accounts": BEFORE}))
    return done(open_import(AFTER))


def large(rows: int = 101) -> Import:
    return done(open_import({"accounts": "id,name\n" + "".join(f"{n},Account {n}\n" for n in range(rows))}))


def propose(parent: Import, user: User | None = None, *, reason: str = "wrong file") -> ImportRevert:
    return import_whole_reverts.propose(import_id=parent.pk, user=user or an_admin(), reason=reason, at=NOW)


def values(name: str) -> tuple[str, str | None, bool]:
    account = Account.objects.select_related("parent").get(name=name)
    return account.region, account.parent.name if account.parent else None, bool(account.archived_at)


def test_what_it_changed_goes_back_and_what_it_made_is_archived() -> None:
    parent = imported()

    made = propose(parent)

    assert made.status == ImportRevert.Status.DONE
    assert (made.counts, made.records) == ({"archive": 4, "put_back": 3, "stay": 0}, 7)
    assert made.outcome["counts"] == {"archived": 4, "put_back": 3, "stayed": 0}
    assert values("Halden") == ("Oslo", None, False)
    assert values("New")[2]
    assert not Contact.objects.filter(archived_at=None).exists()
    parent.refresh_from_db()
    assert parent.status == Import.Status.REVERTED
    assert set(ImportRun.objects.filter(parent=parent).values_list("status", flat=True)) == {"reverted"}
    originals = ChangeSet.objects.filter(import_run_id__in=parent.runs.values("pk"))
    reverting = ChangeSet.objects.filter(authority="revert")
    assert set(reverting.values_list("reverses", flat=True)) == set(originals.values_list("pk", flat=True))
    assert {(one.reason, one.actor_label) for one in reverting} == {("wrong file", "Ada Admin")}


def test_the_plan_says_it_before_and_writes_nothing() -> None:
    parent = imported()
    change("account", Account.objects.get(name="Borg").pk, actor=PERSON, region="Skien")
    change("account", Account.objects.get(name="Alta").pk, actor=PERSON, industry="ships")
    change("account", Account.objects.get(name="Turku").pk, actor=PERSON, industry="food")
    written = FieldChange.objects.count()

    plan = import_whole_reverts.plan(import_id=parent.pk, user=a_user("An auditor", Role.AUDITOR))

    assert plan.counts == {"archive": 3, "put_back": 2, "stay": 2}
    assert plan.records == 5
    found = {one.label: (one.result, one.say) for one in plan.outcomes}
    assert found["Halden"] == ("put_back", "")
    assert found["Turku"] == ("put_back", "")
    assert found["Borg"] == ("stay", "Somebody changed Region since; that stays.")
    assert found["Alta"] == ("stay", "It was made by the import and changed since, so it stays.")
    assert found["New"] == ("archive", "")
    assert plan.lists == [
        {
            "object": "products",
            "rows": 1,
            "say": "1 products from products.csv stay: they have no ledger to go back by.",
        }
    ]
    assert FieldChange.objects.count() == written

    made = propose(parent)

    assert made.outcome["counts"] == {"archived": 3, "put_back": 2, "stayed": 2}
    assert values("Borg") == ("Skien", None, False)
    assert not values("Alta")[2]
    assert {one["label"] for one in made.outcome["stayed"]} == {"Borg", "Alta"}


def test_an_archived_record_stays_archived() -> None:
    parent = imported()
    change("account", Account.objects.get(name="Borg").pk, actor=PERSON, archived_at=NOW)

    plan = import_whole_reverts.plan(import_id=parent.pk, user=an_admin())

    assert {one.label: one.result for one in plan.outcomes}["Borg"] == "stay"
    assert propose(parent).outcome["counts"] == {"archived": 4, "put_back": 2, "stayed": 1}


def archiving() -> Import:
    """An import of our own export: it archives what it made itself (Tana) and what was there before (Borg, Turku)."""
    done(open_import({"accounts": BEFORE}))
    parent, day = started(), "2026-03-01T10:00:00Z"
    rows = f"2,Borg,Bergen,{day}\n3,Turku,Oslo,{day}\n9,Tana,Oslo,{day}\n"
    add(parent, "crmgov_archived_accounts.csv", f"external_id,name,region,archived_at\n{rows}")
    return done(parent)


def test_what_it_archived_comes_back_as_planned() -> None:
    parent = archiving()
    assert values("Borg")[2]
    assert values("Turku")[2]

    made = propose(parent)

    assert made.counts == {"archive": 1, "put_back": 2, "stay": 0}
    assert made.outcome["counts"] == {"archived": 1, "put_back": 2, "stayed": 0}
    assert values("Borg") == ("Oslo", None, False)
    assert values("Turku") == ("Oslo", None, False)
    assert values("Tana")[2]
    assert made.outcome["stayed"] == []


def test_what_somebody_archived_again_since_stays_archived() -> None:
    parent = archiving()
    borg = Account.objects.get(name="Borg")
    change("account", borg.pk, actor=PERSON, archived_at=None)
    change("account", borg.pk, actor=PERSON, archived_at=NOW)

    made = propose(parent)

    assert made.counts == {"archive": 1, "put_back": 1, "stay": 1}
    assert made.outcome["counts"] == {"archived": 1, "put_back": 1, "stayed": 1}
    assert values("Borg")[2]


def test_the_plan_comes_in_pages() -> None:
    parent = large(120)

    first = import_whole_reverts.plan(import_id=parent.pk, user=an_admin())
    second = import_whole_reverts.plan(import_id=parent.pk, user=an_admin(), after=first.after)
    third = import_whole_reverts.plan(import_id=parent.pk, user=an_admin(), after=second.after)

    labels = [one.label for page in (first, second, third) for one in page.outcomes]
    assert (len(first.outcomes), len(third.outcomes), third.after) == (50, 20, None)
    assert len(set(labels)) == 120
    assert first.counts == third.counts == {"archive": 120, "put_back": 0, "stay": 0}


def test_the_same_files_again_change_nothing() -> None:
    done(open_import({"accounts": BEFORE}))
    files = {
        "accounts": "id,name,region\n1,Halden,Bergen\n2,Borg,Oslo\n3,Turku,Bergen\n4,New,Oslo\n5,Alta,Oslo\n"
    }
    propose(done(open_import(files)))

    again = done(open_import(files))

    assert counted(run_of(again, "accounts").counts) == (0, 0, 3, 2)
    assert values("Halden") == ("Oslo", None, False)
    assert run_of(again, "accounts").counts["refused"] == {"record_archived": 2}


class TestFourEyes:
    def test_a_hundred_records_are_put_back_at_once_and_one_more_waits(self) -> None:
        assert propose(large(100)).status == ImportRevert.Status.DONE

        waiting = propose(large_again())

        assert (waiting.status, waiting.records) == (ImportRevert.Status.PROPOSED, 101)

    def test_another_admin_confirms_and_a_worker_does_it(self) -> None:
        other, waiting = second_admin(), propose(large())

        confirmed = import_whole_reverts.confirm(revert_id=waiting.pk, user=other, at=NOW)

        waiting.parent.refresh_from_db()
        assert (waiting.parent.status, confirmed.sole_admin) == (Import.Status.REVERTING, False)
        assert import_whole_reverts.go_on(revert_id=waiting.pk, at=NOW)
        assert not Account.objects.filter(archived_at=None).exists()
        assert {one.actor_label for one in ChangeSet.objects.filter(authority="revert")} == {"Bo Admin"}
        assert not import_whole_reverts.go_on(revert_id=waiting.pk, at=NOW)

    def test_the_counts_kept_are_those_the_second_admin_saw(self) -> None:
        other, waiting = second_admin(), propose(large())
        change("account", Account.objects.all()[0].pk, actor=PERSON, archived_at=NOW)
        seen = import_whole_reverts.plan(import_id=waiting.parent_id, user=other).counts

        confirmed = import_whole_reverts.confirm(revert_id=waiting.pk, user=other, at=NOW)

        confirmed.refresh_from_db()
        assert confirmed.counts == seen != waiting.counts
        assert confirmed.records == seen["archive"] + seen["put_back"] == waiting.records - 1

    def test_who_proposed_it_does_not_confirm_it_while_there_is_another_admin(self) -> None:
        second_admin()
        waiting = propose(large())

        with pytest.raises(SecondPersonNeeded, match="another admin"):
            import_whole_reverts.confirm(revert_id=waiting.pk, user=an_admin(), at=NOW + timedelta(days=9))

    def test_the_only_admin_sleeps_on_it(self) -> None:
        waiting = propose(large())

        with pytest.raises(SecondPersonNeeded, match="2026-11-21 10:00"):
            import_whole_reverts.confirm(revert_id=waiting.pk, user=an_admin(), at=NOW + timedelta(hours=23))
        confirmed = import_whole_reverts.confirm(
            revert_id=waiting.pk, user=an_admin(), at=NOW + timedelta(hours=24)
        )

        assert (confirmed.status, confirmed.sole_admin) == (ImportRevert.Status.RUNNING, True)

    def test_nobody_but_admins_proposes_confirms_or_withdraws(self) -> None:
        waiting = propose(large())
        for role in (Role.AUDITOR, Role.REVIEWER, Role.ACCOUNT_MANAGER):
            user = a_user(f"Some {role}", role)
            with pytest.raises(NotAllowed):
                propose(waiting.parent, user)
            with pytest.raises(NotAllowed):
                import_whole_reverts.confirm(revert_id=waiting.pk, user=user, at=NOW)
            with pytest.raises(NotAllowed):
                import_whole_reverts.withdraw(revert_id=waiting.pk, user=user, at=NOW)
        with pytest.raises(NotFound):
            import_whole_reverts.plan(import_id=waiting.parent_id, user=a_user())

    def test_withdrawn_it_cannot_be_confirmed_and_may_be_proposed_again(self) -> None:
        other, waiting = second_admin(), propose(large())

        with pytest.raises(AlreadyProposed):
            propose(waiting.parent)
        import_whole_reverts.withdraw(revert_id=waiting.pk, user=other, at=NOW)

        with pytest.raises(RevertClosed):
            import_whole_reverts.confirm(revert_id=waiting.pk, user=other, at=NOW)
        assert propose(waiting.parent).status == ImportRevert.Status.PROPOSED
        assert Account.objects.filter(archived_at=None).count() == 101

    def test_two_open_plans_of_one_import_cannot_be(self) -> None:
        waiting = propose(large())

        with pytest.raises(IntegrityError), transaction.atomic():
            ImportRevert.objects.create(
                parent=waiting.parent, reason="x", records=1, proposed_by=an_admin(), proposed_at=NOW
            )


class TestResuming:
    @pytest.mark.parametrize("dies_at", [1, 2, 3, 4])
    def test_killed_in_between_it_goes_on_with_the_next_change_set(
        self, monkeypatch: pytest.MonkeyPatch, dies_at: int
    ) -> None:
        monkeypatch.setattr(import_runs, "CHUNK", 3)
        monkeypatch.setattr(import_whole_reverts, "FOUR_EYES_ABOVE", 1)
        parent, other = imported(), second_admin()
        waiting = propose(parent)
        import_whole_reverts.confirm(revert_id=waiting.pk, user=other, at=NOW)

        with monkeypatch.context() as patch:
            patch.setattr(import_whole_reverts, "put_back", dying(put_back, dies_at))
            with pytest.raises(KeyboardInterrupt):
                import_whole_reverts.go_on(revert_id=waiting.pk, at=NOW)
        assert import_whole_reverts.go_on(revert_id=waiting.pk, at=NOW)

        waiting.refresh_from_db()
        assert waiting.outcome["counts"] == {"archived": 4, "put_back": 3, "stayed": 0}
        assert values("Halden") == ("Oslo", None, False)
        reversed_ = list(ChangeSet.objects.filter(authority="revert").values_list("reverses", flat=True))
        assert len(reversed_) == len(set(reversed_)) == 4


class TestRefusals:
    def test_a_reason_is_needed(self) -> None:
        with pytest.raises(Invalid):
            propose(imported(), reason="  ")

    def test_an_import_that_did_not_run_is_not_put_back(self) -> None:
        with pytest.raises(WrongState):
            propose(open_import({"accounts": BEFORE}))

    def test_what_is_put_back_is_put_back_once(self) -> None:
        parent = imported()
        propose(parent)

        with pytest.raises(WrongState):
            propose(parent)

    def test_lists_alone_leave_nothing_to_put_back(self) -> None:
        with pytest.raises(NothingToPutBack):
            propose(done(open_import({"products": "id,name\np,Sonar\n"})))

    def test_a_single_step_is_not_put_back_alone(self) -> None:
        run = run_of(imported(), "accounts")

        with pytest.raises(NotRevertible, match=str(run.parent_id)):
            revert(run_id=run.pk, user=an_admin(), reason="no", at=NOW)

    def test_an_import_that_stopped_in_the_middle_can_be_put_back(self) -> None:
        parent = imported()
        Import.objects.filter(pk=parent.pk).update(status=Import.Status.FAILED)

        assert propose(parent).outcome["counts"]["archived"] == 4


def large_again() -> Import:
    """Rows of another source, for the first ones are archived."""
    text = "id,name\n" + "".join(f"{n},Other {n}\n" for n in range(101))
    return done(open_import({"accounts": text}, source="other"))


def dying(original: Callable[..., Any], dies_at: int) -> Callable[..., Any]:
    """Let the worker die after it wrote the so-manieth change set and before that is committed."""
    seen = 0

    def putting(*args: Any) -> Any:
        nonlocal seen
        outcomes = original(*args)
        seen += 1
        if seen == dies_at:
            raise KeyboardInterrupt
        return outcomes

    return putting
