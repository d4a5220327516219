"""Several alike decided with one press: shown in full, some read first, one outcome each, one undo."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest
from django.db import OperationalError
from django.utils import timezone

from approvals.models import Bulk, BulkItem, Decision, Execution, Suggestion
from approvals.rules import bulk as rules
from approvals.services import executions, invariants, undoing
from crmgov.people.models import Role, User
from crmgov.records.models import Account
from tests.decisions import scene
from tests.desk.browsing import at, text
from tests.desk.together import HERE, form_of, opened, press
from tests.world import a_team, a_user, change

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sara() -> User:
    """A reviewer; nothing of the agent was ever decided."""
    scene.publish()
    return scene.reviewer()


def proposed(count: int, **values: Any) -> list[Suggestion]:
    return [scene.propose(scene.account(f"Firm {n}", **values), employees=300 + n) for n in range(count)]


def employees() -> list[int | None]:
    firms = Account.objects.filter(name__startswith="Firm").order_by("name")
    return list(firms.values_list("employees", flat=True))


def test_five_alike_are_approved_with_one_press_each_for_itself(sara: User) -> None:
    chosen = proposed(5)
    client = at(sara)
    page = opened(client, chosen)
    assert page.count('name="looked"') == rules.SAMPLE
    for one in chosen:
        assert one.record_label in page
    answer = client.post(f"{HERE}approve", form_of(page))
    executions.drain(at=timezone.now())

    assert answer.status_code == 302
    assert Decision.objects.filter(person=sara, kind="approve").count() == 5
    assert employees() == [300, 301, 302, 303, 304]
    said = text(client.get(answer["Location"]))
    assert "5 decided together" in said
    assert said.count("Done") >= 5
    read = Decision.objects.exclude(evidence_opened=[])
    assert {str(one.suggestion_id) for one in read} == set(Bulk.objects.get().sample)
    assert all(finding.outcome != "VIOLATED" for finding in invariants.check_all(at=timezone.now()))


def test_the_ones_picked_at_random_are_read_first_and_stay_the_same_ones(sara: User) -> None:
    chosen = proposed(8)
    client = at(sara)
    first = form_of(opened(client, chosen), ticked=False)
    answer = client.post(f"{HERE}approve", {**first, "note": "Checked in the register."})
    assert answer.status_code == 422
    html = answer.content.decode()
    assert "Read the 3 picked at random first" in text(answer)
    assert "Checked in the register." in html
    looked = form_of(html)["looked"]
    assert len(looked) == rules.SAMPLE
    again = form_of(client.post(f"{HERE}approve", {**form_of(html), "looked": looked[:1]}).content.decode())
    assert again["looked"] == looked, "no new draw until it suits"
    assert not Decision.objects.exists()


def test_what_is_high_risk_or_otherwise_is_named_and_left_out(sara: User) -> None:
    chosen = proposed(2)
    rich = scene.propose(scene.account("Rich", annual_value=90_000, currency="EUR"), employees=9)
    other = scene.propose(scene.account("Other"), region="EMEA")
    client = at(sara)
    page = opened(client, [*chosen, rich, other])
    said = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    assert "It is high-risk, and that is decided one by one." in said
    assert "It changes other fields." in said
    assert "Decide 2 together" in said
    client.post(f"{HERE}approve", form_of(page))
    assert set(Decision.objects.values_list("suggestion", flat=True)) == {one.pk for one in chosen}


def test_high_risk_is_asked_again_at_the_press_and_without_the_rule_the_invariant_sees_it(
    sara: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    rich = proposed(2, annual_value=90_000, currency="EUR")
    answer = at(sara).get(HERE, {"pick": [str(one.pk) for one in rich]})
    assert "None of these go together" in text(answer)
    monkeypatch.setattr(rules, "why_alone", lambda traits: "")
    page = opened(at(sara), rich)
    monkeypatch.undo()
    assert at(sara).post(f"{HERE}approve", form_of(page)).status_code == 422
    assert not Decision.objects.exists()

    monkeypatch.setattr(rules, "why_alone", lambda traits: "")
    at(sara).post(f"{HERE}approve", form_of(page))
    assert all("high-risk by now" in item.say for item in BulkItem.objects.all()), "the second guard"
    monkeypatch.setattr("approvals.services.bulks._require_plain", lambda suggestion_id: None)
    at(sara).post(f"{HERE}approve", form_of(page))
    assert Decision.objects.exists()
    (finding,) = invariants.check_all(at=timezone.now(), only=["D8"])
    assert finding.outcome == "VIOLATED"


def test_one_that_moved_meanwhile_is_not_decided_and_the_others_are(sara: User) -> None:
    chosen = proposed(3)
    client = at(sara)
    page = opened(client, chosen)
    moved = chosen[1]
    assert moved.record_id is not None
    change("account", moved.record_id, escalated=True)
    answer = client.post(f"{HERE}approve", form_of(page))
    said = text(client.get(answer["Location"]))
    assert "2 decided together, 1 not" in said
    assert Decision.objects.filter(suggestion=moved).count() == 0
    assert Suggestion.objects.get(pk=moved.pk).status == "queued"


def test_all_are_turned_down_for_one_reason(sara: User) -> None:
    chosen = proposed(3)
    client = at(sara)
    missing = press(client, chosen, "reject")
    assert missing.status_code == 422
    answer = press(client, chosen, "reject", reason_code="bad_source", note="Scraped.")
    assert answer.status_code == 302
    assert set(Decision.objects.values_list("kind", "reason_code", "note")) == {
        ("reject", "bad_source", "Scraped.")
    }


def test_one_undo_takes_back_what_is_not_written_and_puts_back_what_is(sara: User) -> None:
    chosen = proposed(3)
    client = at(sara)
    before = employees()
    here = press(client, chosen)["Location"]
    written = Execution.objects.get(suggestion=chosen[0])
    executions.run(execution_id=written.pk, at=timezone.now())

    assert client.post(f"{here}undo").status_code == 302
    executions.drain(at=timezone.now())

    assert employees() == before
    said = text(client.get(here))
    assert "Put back as it was before." in said
    assert said.count("Not written; asked again as suggestion") == 2
    assert Suggestion.objects.filter(status="queued").count() == 2
    assert client.post(f"{here}undo").status_code == 409
    assert all(finding.outcome != "VIOLATED" for finding in invariants.check_all(at=timezone.now()))


@pytest.mark.parametrize("before", [True, False])
def test_an_undo_that_broke_off_goes_on_with_what_is_left(
    sara: User, monkeypatch: pytest.MonkeyPatch, before: bool
) -> None:
    """The database fails at the second, before it was taken back or right after."""
    chosen = proposed(3)
    client = at(sara)
    here = press(client, chosen)["Location"]
    turn, take_back = [], undoing.take_back

    def failing(**given: Any) -> undoing.Undone:
        turn.append(given)
        if len(turn) != 2:
            return take_back(**given)
        if not before:
            take_back(**given)
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(undoing, "take_back", failing)
    assert client.post(f"{here}undo").status_code == 302
    said = text(client.get(here))
    assert said.count("Not written; asked again as suggestion") == 2, "the third is not left behind"
    assert "Not undone yet: the database was in trouble" in said
    assert "1 not yet" in said
    assert "Undo the other 1" in said

    assert client.post(f"{here}undo").status_code == 302

    said = text(client.get(here))
    assert len(turn) == 4, "nothing is taken back twice"
    assert said.count("Not written; asked again as suggestion") == 3
    assert "not yet" not in said
    assert Suggestion.objects.filter(status="queued").count() == 3
    assert client.post(f"{here}undo").status_code == 409


def test_a_no_is_undone_by_asking_again(sara: User) -> None:
    chosen = proposed(2)
    client = at(sara)
    here = press(client, chosen, "reject", reason_code="bad_source")["Location"]
    client.post(f"{here}undo")
    assert Suggestion.objects.filter(status="queued").count() == 2
    assert text(client.get(here)).count("Put again, as suggestion") == 2


def test_another_person_can_use_neither_the_page_nor_the_outcome(sara: User) -> None:
    chosen = proposed(2)
    page = opened(at(sara), chosen)
    tom = scene.reviewer("Tom Becker")
    assert at(tom).post(f"{HERE}approve", form_of(page)).status_code == 409
    here = at(sara).post(f"{HERE}approve", form_of(page))["Location"]
    assert at(tom).get(here).status_code == 404
    assert at(tom).post(f"{here}undo").status_code == 404
    assert at(a_user("Ana Ruiz", Role.ADMIN)).get(here).status_code == 200


def test_the_outcome_names_nothing_that_one_may_no_longer_see(
    sara: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = proposed(3)
    client = at(sara)
    page = opened(client, chosen)
    assert chosen[1].record_id is not None
    change("account", chosen[1].record_id, escalated=True)
    here = client.post(f"{HERE}approve", form_of(page))["Location"]
    assert "Firm 0" in text(client.get(here))
    sara.memberships.all().delete()

    html = client.get(here).content.decode()

    # With the space behind it: no token of a form holds one.
    for named in ("Firm ", chosen[0].title, "/suggestions/"):
        assert named not in html
    assert html.count("No longer yours to see") == 3
    assert "2 decided together, 1 not" in html
    assert "Firm 0" in text(at(a_user("Ana Ruiz", Role.ADMIN)).get(here))
    monkeypatch.setattr(
        "approvals.selectors.bulks.visible_of", lambda user, found: {one.suggestion_id for one in found}
    )
    assert "Firm 0" in text(client.get(here)), "nothing else hides it"


def test_what_another_team_owns_is_not_there(sara: User) -> None:
    hidden = scene.propose(scene.account("Hidden", team=a_team("South").pk), user=scene.admin(), employees=9)
    assert at(sara).get(HERE, {"pick": str(hidden.pk)}).status_code == 404
    page = opened(at(sara), [*proposed(2), hidden])
    assert "Hidden" not in page


def test_an_auditor_may_look_and_decides_nothing(sara: User) -> None:
    chosen = proposed(2)
    olaf = at(a_user("Olaf Falk", Role.AUDITOR))
    page = text(olaf.get(HERE, {"pick": [str(one.pk) for one in chosen]}))
    assert "None of these go together" in page


def test_odd_choices_are_answers(sara: User) -> None:
    client = at(sara)
    assert client.get(HERE).status_code == 422
    assert client.get(HERE, {"pick": "no id"}).status_code == 422
    many = client.get(HERE, {"pick": [str(UUID(int=n)) for n in range(51)]})
    assert many.status_code == 422
    assert "50 at once are the most" in text(many)
