"""An agent asks that nobody writes to somebody: what it may ask, who decides, and what is kept of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from approvals.models import Agent, Execution, Suggestion
from approvals.rules.vocabulary import Level
from approvals.selectors import stories
from approvals.services import contests, decisions, gate, invariants, undoing
from approvals.services.contests import StaysBeside
from approvals.services.drafts import Impossible
from approvals.services.undoing import NothingToUndo
from crmgov.kernel.refusals import Invalid
from crmgov.records.models import ChangeSet, Suppression
from crmgov.records.models.governed import Governed
from tests.decisions import scene as decided
from tests.decisions.scene import LATER
from tests.messages import scene
from tests.world import NOW

pytestmark = pytest.mark.django_db
WHY = "They asked not to be written to."


@pytest.fixture(autouse=True)
def _people() -> None:
    decided.publish()
    decided.reviewer()


def ask(about: Governed, *, level: str = "draft", agent: Agent | None = None, **values: Any) -> Suggestion:
    body = {
        "record": {"type": type(about).__name__.lower(), "id": str(about.pk)},
        "action": "request_suppression",
        "items": [{"field": field, "proposed": value} for field, value in {"reason": WHY, **values}.items()],
        "confidence": 0.97,
        "level": level,
    }
    return decided.propose_raw(body, agent=agent)


def problem(suggestion: Suggestion) -> str:
    assert suggestion.status == "blocked"
    found = gate.latest_of([suggestion.pk])[suggestion.pk].findings
    return str(next(one["sentence"] for one in found if one["rule"] == "invalid_value"))


@pytest.mark.parametrize(
    ("day", "say"),
    [("9999-12-31", "Until: Within ten years."), ("2026-01-01", "Until: That day has passed.")],
)
def test_an_edit_to_a_day_that_cannot_be_is_refused_before_anybody_approves_it(day: str, say: str) -> None:
    asked = ask(decided.account(), kind="account", until="2026-12-31")
    sara = decided.reviewer()

    with pytest.raises(Invalid, match=say) as refused:
        decided.approve(asked, sara, edits={"until": day})

    assert list(refused.value.errors) == ["until"]
    asked.refresh_from_db()
    assert asked.status == Suggestion.Status.QUEUED
    decided.approve(asked, sara, edits={"until": "2027-01-31"})
    assert decided.run(asked).note == "Nobody writes to Polder Freight until 31 Jan 2027."


def test_nor_is_it_taken_from_the_form_at_suggest() -> None:
    asked = ask(decided.account(), kind="account", until="2026-12-31", level="suggest")
    sara, digest = decided.reviewer(), decided.digest(asked)
    values = {"kind": "account", "reason": WHY, "until": "9999-12-31"}

    with pytest.raises(Invalid, match=r"Within ten years\."):
        decisions.accept_form(
            suggestion_id=asked.pk, seen_digest=digest, reviewer=sara, at=LATER, shown_at=NOW, values=values
        )


def test_a_whole_account_until_a_day() -> None:
    account = decided.account()
    asked = ask(account, kind="account", until="2026-12-31")

    assert asked.title == "Write to the account Polder Freight no more"
    decided.approve(asked, decided.reviewer())
    done = decided.run(asked)

    (row,) = Suppression.objects.all()
    assert (row.account, row.reason) == (account, WHY)
    assert row.until is not None
    assert row.until.date() == datetime(2026, 12, 31, tzinfo=UTC).date()
    assert done.note == "Nobody writes to Polder Freight until 31 Dec 2026."
    assert not ChangeSet.objects.filter(suggestion_id=asked.pk).exists()


@pytest.mark.parametrize(
    ("values", "say"),
    [
        ({"kind": "address", "value": "else@quay.example"}, "not the address of the record"),
        ({"kind": "address"}, "Say in value which address."),
        ({"kind": "domain", "value": "quay.example"}, "not the domain of the record"),
        ({"kind": "account"}, "Ask about the account itself"),
        ({"kind": "everybody"}, "is not one of address, domain, account"),
        ({"kind": "domain", "value": "polder.example", "until": "2026-01-01"}, "That day has passed."),
        ({"kind": "domain", "value": "polder.example", "until": "2099-01-01"}, "Within ten years."),
    ],
)
def test_it_is_about_the_record_it_names(values: dict[str, Any], say: str) -> None:
    assert say in problem(ask(scene.reader(), **values))


def test_a_mail_provider_is_nobodys_domain() -> None:
    asked = ask(scene.reader(email="ines@gmail.com"), kind="domain", value="gmail.com")
    assert "Many companies and people write from this domain." in problem(asked)


def test_a_request_says_whom_and_why() -> None:
    body = {"record": {"type": "contact", "id": str(scene.reader().pk)}, "action": "request_suppression"}
    with pytest.raises(Impossible) as refused:
        decided.propose_raw({**body, "items": []})
    assert {one.say for one in refused.value.problems} == {
        "request_suppression needs an item for the field kind.",
        "request_suppression needs an item for the field reason.",
    }


def test_whom_it_is_about_is_not_edited_and_the_reason_is() -> None:
    reader = scene.reader()
    asked = ask(reader, kind="address", value=reader.email)
    with pytest.raises(Invalid, match="is as proposed"):
        decided.approve(asked, decided.reviewer(), edits={"value": "else@quay.example"})

    decided.approve(asked, decided.reviewer(), edits={"reason": "By phone."})
    decided.run(asked)

    assert Suppression.objects.get().reason == "By phone."


@pytest.mark.parametrize("left_out", ["value", "until"])
def test_it_is_taken_as_a_whole_or_not_at_all(left_out: str) -> None:
    reader = scene.reader()
    values: dict[str, Any] = {"kind": "address", "value": reader.email, "until": "2026-12-31"}
    asked = ask(reader, **values)
    taken = [field for field in (*values, "reason") if field != left_out]

    with pytest.raises(Invalid, match=f"without {left_out.capitalize()}"):
        decided.approve(asked, decided.reviewer(), taken=taken)


def test_with_a_grant_it_runs_by_itself_and_is_not_put_back() -> None:
    decided.publish(level=Level.EXECUTE)
    priya = decided.reviewer()
    first, second = scene.reader(), scene.reader(email="joris@polder.example")
    decided.grant(ask(first, level="execute", kind="address", value=first.email), group="suppression")

    asked = ask(second, level="execute", kind="address", value=second.email)
    done = decided.run(asked)

    assert (asked.status, done.status, done.by_itself) == ("approved", "succeeded", True)
    assert Suppression.objects.get().added_by == "Enricher"
    with pytest.raises(StaysBeside):
        contests.contest(execution_id=done.pk, user=decided.admin(), at=LATER)
    told = stories.page_for(second, user=priya).told
    assert [one.decision.suggestion_id for one in told if one.decision] == [asked.pk]


def test_who_is_suppressed_already_is_said_and_not_done_twice() -> None:
    reader = scene.reader()
    one = ask(reader, kind="address", value=reader.email)
    decided.approve(one, decided.reviewer())
    other = ask(reader, kind="address", value=reader.email, until="2026-12-31")
    decided.approve(other, decided.reviewer())

    ends = [decided.run(asked) for asked in (one, other)]
    assert [done.status for done in ends] == ["succeeded", "cancelled"]
    assert ends[1].note == "ines.costa@polder.example is suppressed already, for good."
    assert Suppression.objects.count() == 1


def test_saved_from_the_form_at_level_suggest() -> None:
    decided.publish(level=Level.SUGGEST)
    sara, reader = decided.reviewer(), scene.reader()
    asked = ask(reader, kind="address", value=reader.email)

    decisions.accept_form(
        suggestion_id=asked.pk,
        seen_digest=decided.digest(asked),
        reviewer=sara,
        at=LATER,
        shown_at=NOW,
        values={"kind": "address", "value": reader.email, "reason": WHY},
    )

    assert Execution.objects.get().appends
    assert Suppression.objects.get().added_by == "Sara Okafor, asked by Enricher"
    with pytest.raises(NothingToUndo, match="Nobody writes to ines"):
        undoing.take_back(suggestion_id=asked.pk, user=sara, at=LATER + timedelta(minutes=1))
    assert not any(one.violations for one in invariants.check_all(at=LATER, only=["F5", "F6", "D2"]))
