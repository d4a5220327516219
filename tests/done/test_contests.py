"""Contest: the owner restores the old value and locks the field; it counts against the cell."""

from __future__ import annotations

from threading import Barrier, Thread
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, connections, transaction
from django.utils import timezone

from approvals.models import ContestedChange, Execution, SeenExecution
from approvals.selectors.track_records import TrackRecord, track_records
from approvals.services import contests, invariants, outcomes
from crmgov.kernel.refusals import NotFound
from crmgov.people.models import Role, User
from crmgov.records.models import Account, ChangeSet
from crmgov.records.services.contests import NotYourAccount
from tests.decisions import scene
from tests.desk.browsing import at, text
from tests.done import kit
from tests.world import a_team, a_user, change

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE_SECONDS = 20


@pytest.fixture
def halden() -> Account:
    kit.let_it_run()
    return scene.account("Halden Marine Systems", owner=kit.priya().pk)


def contest(execution: Execution, user: User | None = None, **more: Any) -> ContestedChange:
    return contests.contest(execution_id=execution.pk, user=user or kit.priya(), at=timezone.now(), **more)


def track_record(execution: Execution) -> TrackRecord:
    """As it reads once the clock came by."""
    outcomes.take(at=timezone.now())
    return track_records([execution.suggestion])[execution.suggestion_id]


def test_one_click_puts_the_old_value_back_locks_it_and_counts(halden: Account) -> None:
    execution = kit.ran(halden, employees=310)

    answer = at(kit.priya()).post(f"/done/{execution.pk}/contest", {"view": "own"}, follow=True)

    said = text(answer)
    assert answer.redirect_chain == [("/done/?view=own", 302)]
    assert "Put back and locked: Employees. It counts against Enricher." in said
    assert "Priya Nair contested it just now" in said
    halden.refresh_from_db()
    assert halden.employees == 240
    entry = halden.provenance["employees"]
    assert (entry["locked"], entry["verified_by"], entry["source"]) == (True, "Priya Nair", "person")
    made = ContestedChange.objects.get()
    assert (made.restored, made.kept) == (["employees"], {})
    reverted = ChangeSet.objects.get(reverses=execution.change_set_id)
    assert reverted.pk == made.revert_id
    assert reverted.authority_label == "contested by Priya Nair"
    assert SeenExecution.objects.filter(person=kit.priya(), execution=execution).exists()
    assert [found for found in invariants.check_all(at=timezone.now()) if found.violations] == []


def test_the_suggestion_and_the_field_tell_the_story(halden: Account) -> None:
    execution = kit.ran(halden, employees=310)
    contest(execution, reason="That is the whole group.")
    client = at(kit.priya())

    told = text(client.get(f"/suggestions/{execution.suggestion_id}/"))
    assert "Priya Nair contested it" in told
    assert "That is the whole group." in told
    history = text(client.get(f"/accounts/{halden.pk}/?field=employees"))
    assert "310 to 240" in history
    assert "That is the whole group." in history


def test_what_was_contested_is_held_when_the_agent_comes_again(halden: Account) -> None:
    contest(kit.ran(halden, employees=310))

    again = scene.propose(halden, employees=311, level="execute", at=timezone.now())

    assert again.status == "queued"
    assert "overwrites_verified" in again.rules


def test_a_field_that_was_empty_is_locked_empty_and_can_be_unlocked(halden: Account) -> None:
    change("account", halden.pk, industry=None)
    execution = kit.ran(halden, industry="Marine telematics")
    contest(execution)
    halden.refresh_from_db()
    assert halden.industry in (None, "")
    assert scene.propose(halden, industry="Marine", level="execute", at=timezone.now()).status == "queued"

    client = at(kit.priya())
    page = text(client.get(f"/accounts/{halden.pk}/?field=industry"))
    assert "Unlock" in page
    assert "Keep and verify" not in page
    assert client.post(f"/accounts/{halden.pk}/unlock", {"field": "industry"}).status_code == 302
    halden.refresh_from_db()
    assert not halden.provenance["industry"].get("locked")


def test_a_later_change_stays_the_rest_goes_back_and_the_answer_says_which(halden: Account) -> None:
    execution = kit.ran(halden, employees=310, region="EMEA")
    change("account", halden.pk, employees=500)

    said = text(at(kit.priya()).post(f"/done/{execution.pk}/contest", follow=True))

    halden.refresh_from_db()
    assert (halden.employees, halden.region) == (500, "Benelux")
    assert "Put back and locked: Region." in said
    assert "Employees stays as it is: a later change stands in the way." in said
    assert halden.provenance["employees"].get("locked") is not True
    assert ContestedChange.objects.get().kept == {"employees": "A later change stands in the way."}


def test_it_counts_even_where_nothing_can_be_put_back(halden: Account) -> None:
    execution = kit.ran(halden, employees=310)
    change("account", halden.pk, employees=500)
    before = ChangeSet.objects.count()

    made = contest(execution)

    assert (made.restored, made.revert_id) == ([], None)
    assert ChangeSet.objects.count() == before
    assert track_record(execution).of == 1


def test_a_contested_outcome_is_one_that_was_not_accepted(halden: Account) -> None:
    approved = scene.propose(scene.account("Polder Freight"), employees=90, level="draft")
    scene.approve(approved, scene.reviewer())
    execution = kit.ran(halden, employees=310)
    assert track_record(execution).rate == 1.0

    contest(execution)

    record = track_record(execution)
    assert (record.rate, record.of) == (0.5, 2)


def test_contesting_twice_answers_409_with_who_did(halden: Account) -> None:
    execution = kit.ran(halden, employees=310)
    contest(execution, scene.admin())

    answer = at(kit.priya()).post(f"/done/{execution.pk}/contest")

    assert answer.status_code == 409
    assert "Ana Ruiz contested this already. It counts once." in text(answer)
    assert ContestedChange.objects.count() == 1


def test_of_two_who_contest_at_once_one_is_told(halden: Account) -> None:
    execution = kit.ran(halden, employees=310)
    people, start, ended = (kit.priya(), scene.admin()), Barrier(2), list[str]()

    def press(user: User) -> None:
        try:
            start.wait(PATIENCE_SECONDS)
            contest(execution, user)
            ended.append("contested")
        except contests.AlreadyContested:
            ended.append("told")
        finally:
            connections.close_all()

    threads = [Thread(target=press, args=[user]) for user in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_SECONDS)

    assert sorted(ended) == ["contested", "told"]
    assert ContestedChange.objects.count() == 1
    assert ChangeSet.objects.filter(reverses=execution.change_set_id).count() == 1


@pytest.mark.parametrize(
    ("name", "role", "status"),
    [
        ("Jonas Weber", Role.ACCOUNT_MANAGER, 403),
        ("Sara Okafor", Role.REVIEWER, 403),
        ("Ida Holm", Role.AUDITOR, 403),
        ("Ana Ruiz", Role.ADMIN, 302),
    ],
)
def test_only_the_owner_or_an_admin_contests(halden: Account, name: str, role: str, status: int) -> None:
    execution = kit.ran(halden, employees=310)
    client = at(a_user(name, role, a_team()))

    page = client.get("/done/", {"view": "team"}).content.decode()
    shown = f"/done/{execution.pk}/contest" in page
    answer = client.post(f"/done/{execution.pk}/contest")

    assert answer.status_code == status
    assert shown is (status == 302)
    assert ("The owner of an account or an admin contests what is wrong" in page) is not shown
    assert ContestedChange.objects.exists() is (status == 302)


def test_without_its_guard_a_colleague_could_contest(
    halden: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    execution = kit.ran(halden, employees=310)
    jonas = a_user("Jonas Weber", Role.ACCOUNT_MANAGER, a_team())
    with pytest.raises(NotYourAccount):
        contest(execution, jonas)
    monkeypatch.setattr("crmgov.records.services.contests._require_own", lambda user, planned: None)
    assert contest(execution, jonas).restored == ["employees"]


def test_another_teams_is_not_there(halden: Account) -> None:
    execution = kit.ran(halden, employees=310)
    stranger = a_user("Camille Roux", Role.ACCOUNT_MANAGER, a_team("South"))
    with pytest.raises(NotFound):
        contest(execution, stranger)
    assert at(stranger).post(f"/done/{execution.pk}/contest").status_code == 404
    assert at(stranger).post(f"/done/{uuid4()}/contest").status_code == 404


def test_what_a_person_approved_is_not_contested_here(halden: Account) -> None:
    asked = scene.propose(halden, employees=310, level="draft")
    scene.approve(asked, scene.reviewer())
    execution = scene.run(asked)

    answer = at(kit.priya()).post(f"/done/{execution.pk}/contest")

    assert answer.status_code == 409
    assert "A person let this happen" in text(answer)


def test_a_reason_too_long_is_refused_and_kept(halden: Account) -> None:
    execution = kit.ran(halden, employees=310)
    typed = "x" * 301
    answer = at(kit.priya()).post(f"/done/{execution.pk}/contest", {"reason": typed})
    assert answer.status_code == 422
    assert typed in text(answer)
    assert not ContestedChange.objects.exists()


def test_the_database_keeps_one_contest_for_each_change_and_never_forgets_it(halden: Account) -> None:
    made = contest(kit.ran(halden, employees=310))
    other = kit.ran(scene.account("Polder Freight", owner=kit.priya().pk), employees=90)
    twin = ContestedChange(
        execution=other,
        change_set_id=made.change_set_id,
        person=kit.priya(),
        person_label="Priya Nair",
        at=timezone.now(),
    )
    with pytest.raises(IntegrityError, match="change_set_id"), transaction.atomic():
        twin.save(force_insert=True)
    twin.change_set_id, twin.restored = other.change_set_id or UUID(int=0), ["employees"]
    with pytest.raises(IntegrityError, match="contest_names_what_put_it_back"), transaction.atomic():
        twin.save(force_insert=True)
    for statement in (
        "UPDATE approvals_contestedchange SET reason = ''",
        "DELETE FROM approvals_contestedchange",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert ContestedChange.objects.count() == 1
