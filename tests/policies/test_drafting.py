"""A policy drafted on screen: from the version in force, from an earlier one, from another draft."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from approvals.models import PolicyDraft, PolicyVersion
from approvals.rules.bands import BandLine
from approvals.rules.policy import Policy, SlaLine, WorkflowLine, initial
from approvals.rules.vocabulary import Level
from approvals.services import gate, policies
from tests.decisions import scene
from tests.desk.browsing import text
from tests.policies.kit import WRITE, address_of, ana_and_olga, keep, press, typed
from tests.records_pages.kit import browser_of
from tests.world import NOW

pytestmark = pytest.mark.django_db
Answer = Any


def ana() -> Client:
    return browser_of(scene.admin())


def document_of(draft: PolicyDraft) -> Policy:
    return Policy.from_json(draft.document, version=0)


def test_what_is_not_touched_stays_as_it_is() -> None:
    kept = keep(ana(), high_value="42000")

    _, in_force = gate.current_policy()
    before, after = in_force.to_json(), document_of(kept).to_json()
    assert {name for name in before if before[name] != after[name]} == {"high_value"}
    assert document_of(kept).high_value == Decimal(42_000)
    assert (kept.against, kept.drafted_by, kept.rationale) == (1, scene.admin(), "Because")
    assert PolicyVersion.objects.count() == 1


def test_rows_are_added_changed_and_taken_out() -> None:
    rows = {
        "workflows-TOTAL_FORMS": "1",
        "workflows-0-workflow": "enrich",
        "workflows-0-level": "draft",
        "workflows-0-review_due": "2027-01-31",
        "bands-TOTAL_FORMS": "3",
        "bands-0-auto": "92.5",
        "bands-1-workflow": "enrich",
        "bands-1-action": "set_fields",
        "bands-1-group": "firmographics",
        "bands-1-segment": "*",
        "bands-1-floor": "50",
        "bands-2-action": "*",
        "bands-2-group": "*",
        "bands-2-segment": "*",
        "value_steps-0-DELETE": "on",
        "within_level": "12",
        "up_escalated": "",
    }
    made = document_of(keep(ana(), **rows))

    assert made.workflows == (WorkflowLine("enrich", Level.DRAFT, review_due="2027-01-31"),)
    assert made.bands == (
        BandLine("*", "*", "*", "*", auto=0.925, floor=0.4),
        BandLine("enrich", "set_fields", "firmographics", "*", auto=None, floor=0.5),
    )
    assert made.value_steps == initial().value_steps[1:]
    assert SlaLine("level", 12) in made.sla
    assert "escalated" not in [line.rule for line in made.risk_hours]


def test_a_row_more_keeps_what_was_typed_and_complains_about_nothing() -> None:
    client = ana()
    data = typed(client, high_value="rather a lot", rationale="", more="workflows")

    page = client.post(WRITE, data)

    assert page.status_code == 200
    forms = page.context["forms"]
    assert len(forms.levels.forms) == 1
    assert forms.limits["high_value"].value() == "rather a lot"
    assert not forms.has_errors
    assert not PolicyDraft.objects.exists()


WRONG: list[tuple[str, str, str]] = [
    ("high_value", "-1", "limits"),
    ("confidence_cap", "101", "limits"),
    ("outcomes_needed", "0", "limits"),
    ("review_every_days", "0", "limits"),
    ("most_hours", "2001", "limits"),
    ("within_level", "0", "limits"),
    ("up_level", "2001", "limits"),
    ("protected_fields", "account.industri", "limits"),
    ("rationale", " ", "limits"),
    ("bands-0-auto", "39", "bands"),
    ("bands-0-floor", "101", "bands"),
    ("value_steps-0-hours", "0", "steps"),
    ("value_steps-0-amount", "", "steps"),
]


@pytest.mark.parametrize(("name", "value", "part"), WRONG)
def test_what_is_wrong_stands_beside_its_field_with_what_was_typed(name: str, value: str, part: str) -> None:
    client = ana()
    answer = client.post(WRITE, typed(client, outcomes_needed="77") | {name: value})

    assert answer.status_code == 422
    assert not PolicyDraft.objects.exists()
    found = getattr(answer.context["forms"], part)
    form = found if part == "limits" else found.forms[0]
    field = form[name.rpartition("-")[2]]
    assert field.errors, form.errors
    assert field.value() == value
    if name != "outcomes_needed":
        assert answer.context["forms"].limits["outcomes_needed"].value() == "77"


def test_two_lines_on_the_same_thing_are_refused_where_they_stand() -> None:
    same = {"workflows-TOTAL_FORMS": "2"}
    for row in "01":
        same |= {f"workflows-{row}-workflow": "enrich", f"workflows-{row}-level": "draft"}
    client = ana()
    answer = client.post(WRITE, typed(client) | same)

    assert answer.status_code == 422
    assert "twice" in str(answer.context["forms"].levels.non_form_errors())
    assert not PolicyDraft.objects.exists()


def test_a_draft_that_changes_nothing_is_none() -> None:
    client = ana()
    answer = client.post(WRITE, typed(client))
    assert answer.status_code == 422
    assert "Nothing differs from policy 1" in answer.context["refusal"].say


@pytest.mark.parametrize("query", ["?from=99", "?again=99", "?from=x", "?again=99999999999999999999"])
def test_what_is_not_there_cannot_be_started_from(query: str) -> None:
    assert ana().get(WRITE + query).status_code == 404


@pytest.mark.parametrize(
    "odd",
    [{"workflows-TOTAL_FORMS": "x"}, {"bands-TOTAL_FORMS": "5000"}, {"against": "77"}, {"more": "nothing"}],
)
def test_odd_posts_are_refused_and_nothing_is_kept(odd: dict[str, str]) -> None:
    client = ana()
    answer = client.post(WRITE, typed(client) | odd)
    assert answer.status_code in (404, 422)
    assert not PolicyDraft.objects.exists()


def test_an_earlier_version_is_put_back_like_any_other_draft() -> None:
    ana_, olga_ = ana_and_olga()
    press(olga_, "publish", keep(ana_, high_value="42000"))
    back = keep(ana_, f"{WRITE}?from=1")

    assert document_of(back).high_value == initial().high_value
    assert back.against == 2
    assert press(olga_, "publish", back).status_code == 302
    assert gate.current_policy()[0].number == 3
    assert gate.current_policy()[1].high_value == initial().high_value


def test_an_overtaken_draft_is_written_again_and_keeps_what_it_changed() -> None:
    ana_, olga_ = ana_and_olga()
    first = keep(ana_, high_value="42000", outcomes_needed="60")
    second = keep(ana_, high_value="30000", confidence_cap="90")
    assert press(olga_, "publish", second).status_code == 302

    late = press(olga_, "publish", first)
    assert late.status_code == 409
    assert "written from policy 1" in late.context["refusal"].say
    again = f"{WRITE}?again={first.pk}"
    form = olga_.get(again)
    assert [(one.before, one.after) for one in form.context["start"].clashes] == [("€30,000", "€42,000")]
    assert form.context["forms"].limits["outcomes_needed"].value() == 60

    kept = keep(olga_, again)
    made = document_of(kept)
    assert (made.high_value, made.outcomes_needed, made.confidence_cap) == (Decimal(30_000), 60, 0.9)
    first.refresh_from_db()
    assert first.discarded_at is not None
    assert press(ana_, "publish", kept).status_code == 302


def test_what_was_typed_from_an_older_version_is_kept_as_such() -> None:
    """The form was open while a colleague published: nothing typed is lost, and nothing of theirs undone."""
    ana_, olga_ = ana_and_olga()
    open_form = typed(ana_, outcomes_needed="60")
    press(olga_, "publish", keep(ana_, high_value="42000"))

    assert ana_.post(WRITE, open_form).status_code == 302
    kept = PolicyDraft.objects.latest("pk")
    assert kept.against == 1
    assert press(olga_, "publish", kept).status_code == 409
    assert gate.current_policy()[1].high_value == Decimal(42_000)


def test_whoever_drafts_once_more_from_a_closed_draft_keeps_what_they_typed() -> None:
    ana_, olga_ = ana_and_olga()
    first = keep(ana_, high_value="42000")
    again = f"{WRITE}?again={first.pk}"
    data = typed(ana_, again, high_value="41000")
    press(olga_, "discard", first)

    answer = ana_.post(again, data)

    assert answer.status_code == 302, "A discarded draft is a source like any other."
    assert document_of(PolicyDraft.objects.latest("pk")).high_value == Decimal(41_000)


def test_the_page_of_a_draft_says_only_what_differs() -> None:
    ana_, _ = ana_and_olga()
    kept = keep(ana_, high_value="42000", **{"bands-0-auto": "95"})

    page = ana_.get(address_of(kept))

    changes = [(one.label, one.before, one.after) for one in page.context["changes"]]
    assert changes == [
        ("A person decides above", "€50,000", "€42,000"),
        (
            "Everything not named otherwise",
            "by itself from 90 %, blocked below 40 %",
            "by itself from 95 %, blocked below 40 %",
        ),
    ]


def test_the_service_refuses_what_a_form_could_be_made_to_post() -> None:
    with pytest.raises(policies.BadDocument) as refused:
        policies.draft(document={"most_hours": -1}, rationale="Because", user=scene.admin(), at=NOW)
    assert [problem.at for problem in refused.value.problems] == ["most_hours"]


def test_what_an_action_has_to_prove_is_written_on_the_form_and_shown_with_the_draft() -> None:
    client = ana()
    rows = {"targets-TOTAL_FORMS": "1", "targets-0-action": "set_fields", "targets-0-target": "98"}

    wrong = client.post(WRITE, typed(client, **{**rows, "targets-0-target": "60"}))
    assert wrong.status_code == 422
    assert "Must be between 0.8 and 0.999, not 0.6." in text(wrong)

    kept = keep(client, daily_actions="20", **rows)

    assert kept.document["targets"] == [{"action": "set_fields", "target": 0.98}]
    assert kept.document["daily_actions"] == 20
    said = text(client.get(address_of(kept)))
    assert "Set fields has to prove" in said
    assert "98 % kept unchanged, else 95 %" in said
    assert "at most 20 actions" in said
