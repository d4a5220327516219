"""What an import claimed against our values stands no more once that import is put back."""

from __future__ import annotations

from pathlib import Path

import pytest

from approvals import tasks
from approvals.models import Conflict, Suggestion
from approvals.services import events, invariants
from approvals.services.conflicts import AlreadySettled
from crmgov.people.models import Role, User
from crmgov.records.models import Account, ImportRun
from crmgov.records.services import import_whole_reverts, imports
from tests.decisions import scene
from tests.decisions.test_conflicts import claim_of, manager, settle
from tests.desk.browsing import at, text, url
from tests.imports import files
from tests.world import NOW, a_team, a_user, change

pytestmark = pytest.mark.django_db
# A column that the file changes besides, so that there is something to put back.
HEAD = "id,name,employees,region"


@pytest.fixture
def account(tmp_path: Path) -> Account:
    """One that the source brought with 240 employees, and of which a person knows better: 260."""
    scene.reviewer()
    scene.publish()
    take(tmp_path, 240, "Benelux")
    found = Account.objects.get(name="Polder Freight")
    change("account", found.pk, employees=260, team=a_team().pk)
    found.refresh_from_db()
    return found


def take(folder: Path, employees: int, region: str, *, source: str = "csv") -> ImportRun:
    path = files.write(folder / "accounts.csv", [HEAD, f"1,Polder Freight,{employees},{region}"])
    run = files.take(path, "accounts", source=source).run
    assert run is not None
    return run


def put_back(run: ImportRun) -> None:
    imports.revert(run_id=run.pk, user=files.an_admin(), reason="wrong file", at=scene.LATER)


def put_back_whole(run: ImportRun, user: User) -> None:
    whole = import_whole_reverts.as_whole(run_id=run.pk, user=user)
    import_whole_reverts.propose(import_id=whole.pk, user=user, reason="wrong file", at=scene.LATER)


def news() -> None:
    events.take(at=scene.LATER)


def again(suggestion: Suggestion) -> Suggestion:
    suggestion.refresh_from_db()
    return suggestion


def nothing_is_broken() -> None:
    broken = [one for one in invariants.check_all(at=NOW) if one.outcome == "VIOLATED"]
    assert not broken, broken


def test_putting_the_import_back_closes_its_conflict_and_frees_the_suggestion(
    account: Account, tmp_path: Path
) -> None:
    suggestion = scene.propose(account, employees=310)
    run = take(tmp_path, 425, "Nordic")
    news()
    assert again(suggestion).in_conflict
    conflict = Conflict.objects.get()
    assert {claim.value for claim in conflict.claims.all()} == {260, 310, 425}

    put_back(run)
    news()

    conflict.refresh_from_db()
    assert (conflict.status, conflict.settled_by) == ("settled", files.an_admin())
    assert conflict.note == "Closed by itself when Ada Admin put back the import from csv"
    assert conflict.claims.filter(value=425, won=False).exists(), "what was claimed is its history"
    assert not again(suggestion).in_conflict
    assert suggestion.items.get().question_open
    scene.approve(suggestion, scene.reviewer())
    assert scene.run(suggestion).status == "succeeded"
    assert Account.objects.get(pk=account.pk).employees == 310
    nothing_is_broken()


def test_the_desk_offers_its_value_no_more_and_says_why(account: Account, tmp_path: Path) -> None:
    run = take(tmp_path, 425, "Nordic")
    news()
    priya, conflict = at(manager()), Conflict.objects.get()
    assert "becomes 425 at once" in text(priya.get(url("conflict", conflict)))
    claim = conflict.claims.get(value=425)
    put_back(run)
    news()
    assert "Polder Freight" not in text(priya.get("/conflicts/"))
    said = text(priya.get(url("conflict", conflict)))
    assert "Closed by itself when Ada Admin put back the import from csv" in said
    assert "at once" not in said
    with pytest.raises(AlreadySettled):
        settle(conflict, claim, manager())
    assert Account.objects.get(pk=account.pk).employees == 260


def test_what_others_claim_stays_to_be_settled(account: Account, tmp_path: Path) -> None:
    one = scene.propose(account, employees=310)
    run = take(tmp_path, 425, "Nordic")
    news()
    two = scene.propose(account, employees=400, agent=scene.an_agent("Scout"))
    assert "conflicting_suggestion" in two.rules
    put_back(run)
    news()
    conflict = Conflict.objects.get()
    assert (conflict.status, conflict.kind) == ("open", "suggestions")
    assert {claim.value for claim in conflict.claims.all()} == {260, 310, 400}
    page = at(manager()).get(url("conflict", conflict))
    assert "Ada Admin put back an import, so its claim is withdrawn: 425 of csv." in text(page)
    settle(conflict, claim_of(conflict, one), manager())
    assert (again(one).status, again(two).status) == ("approved", "rejected")
    conflict.refresh_from_db()
    assert "Ada Admin put back an import, so its claim is withdrawn: 425 of csv." in conflict.note
    nothing_is_broken()


def test_an_earlier_word_of_the_same_source_that_stands_is_its_word_again(
    account: Account, tmp_path: Path
) -> None:
    first = take(tmp_path, 425, "Nordic")
    second = take(tmp_path, 430, "Baltic")
    news()
    assert list(Conflict.objects.get().claims.filter(origin="import").values_list("value", flat=True)) == [
        430
    ]
    put_back(second)
    news()
    claim = Conflict.objects.get(status="open").claims.get(origin="import")
    assert (claim.value, claim.value_label, claim.import_run_id) == (425, "425", first.pk)
    put_back(first)
    news()
    assert not Conflict.objects.filter(status="open").exists()
    nothing_is_broken()


def test_put_back_before_anybody_heard_of_it_it_claims_nothing(account: Account, tmp_path: Path) -> None:
    put_back(take(tmp_path, 425, "Nordic"))
    news()
    assert not Conflict.objects.exists()


def test_a_whole_import_names_who_put_it_back(account: Account, tmp_path: Path) -> None:
    run = take(tmp_path, 425, "Nordic")
    news()
    bo: User = a_user("Bo Admin", Role.ADMIN)
    put_back_whole(run, bo)
    news()
    conflict = Conflict.objects.get()
    assert (conflict.status, conflict.settled_by) == ("settled", bo)


@pytest.mark.parametrize("as_whole", [False, True])
def test_putting_back_rings_for_it(
    as_whole: bool,
    account: Account,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: object,
) -> None:
    run = take(tmp_path, 425, "Nordic")
    news()
    rung: list[str] = []
    monkeypatch.setattr(tasks.take_news, "delay", lambda: rung.append("news"))
    bo = a_user("Bo Admin", Role.ADMIN)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        put_back_whole(run, bo) if as_whole else put_back(run)
    assert rung == ["news"]
