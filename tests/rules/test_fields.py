"""What contracts and provenance say about one change."""

from dataclasses import replace

import pytest

from approvals.rules import gate
from approvals.rules.facts import ScoreStanding, Subject
from approvals.rules.findings import NO_SETTING
from approvals.rules.vocabulary import Json, Verdict
from crmgov.records.contracts import Overwrite, Permission

from .cases import facts, found, item, limits, sentence


def test_a_field_ai_never_touches_blocks() -> None:
    given = facts(items=(item(permission=Permission.NEVER),))
    finding = found(given, "field_never_ai")
    assert finding is not None
    assert (finding.verdict, finding.field) == (Verdict.BLOCK, "industry")
    assert finding.sentence == "Industry is never changed by AI."
    assert found(facts(), "field_never_ai") is None


def test_an_impossible_value_blocks_and_says_why() -> None:
    given = facts(items=(item(proposed=-5, problem="Employees cannot be negative."),))
    assert sentence(given, "invalid_value") == "Industry cannot be -5: Employees cannot be negative."
    assert gate.judge(given).verdict is Verdict.BLOCK
    assert found(facts(), "invalid_value") is None


@pytest.mark.parametrize(
    ("action", "raised"),
    [
        ("set_fields", True),
        ("create_record", True),
        ("assign_owner", True),
        ("move_stage", True),
        ("create_task", False),
    ],
)
def test_a_change_that_names_no_field_blocks(action: str, raised: bool) -> None:
    assert (found(facts(action=action, items=()), "invalid_value") is not None) is raised


def test_a_field_protected_in_code_cannot_be_freed() -> None:
    finding = found(facts(items=(item(protected=True),)), "protected_field")
    assert finding is not None
    assert (finding.verdict, finding.otherwise) == (Verdict.QUEUE, NO_SETTING)


@pytest.mark.parametrize(
    ("listed", "raised"),
    [((), False), (("contact.industry",), False), (("industry",), False), (("account.industry",), True)],
)
def test_a_policy_may_protect_more(listed: tuple[str, ...], raised: bool) -> None:
    finding = found(facts(limits=limits(protected_fields=listed)), "protected_field")
    assert (finding is not None) is raised
    if finding:
        assert "by this policy" in finding.sentence
        assert finding.otherwise == "It would not wait for this if the policy did not name it."


@pytest.mark.parametrize(
    ("action", "kind", "raised"),
    [
        ("create_record", "opportunity", True),
        ("create_record", "contact", False),
        ("set_fields", "opportunity", False),
    ],
)
def test_creating_an_opportunity_is_protected(action: str, kind: str, raised: bool) -> None:
    given = facts(action=action, subject=Subject(kind, "", "Fleet deal"))
    assert (found(given, "protected_field") is not None) is raised


@pytest.mark.parametrize(
    ("verified", "locked", "by", "said"),
    [
        (False, False, "", None),
        (True, False, "Ann Lee", "Industry holds “Retail”, verified by Ann Lee."),
        (False, True, "", "Industry holds “Retail”, locked by a person."),
        (True, True, "Ann Lee", "Industry holds “Retail”, verified and locked by Ann Lee."),
    ],
)
def test_what_a_person_vouched_for(verified: bool, locked: bool, by: str, said: str | None) -> None:
    given = facts(items=(item(verified=verified, locked=locked, verified_by=by),))
    finding = found(given, "overwrites_verified")
    assert (finding.sentence if finding else None) == said


@pytest.mark.parametrize(
    ("permission", "overwrite", "current", "raised"),
    [
        (Permission.UPDATE, Overwrite.NEVER_ASKS, "Retail", False),
        (Permission.UPDATE, Overwrite.VERIFIED, "Retail", False),
        (Permission.UPDATE, Overwrite.ANY_VALUE, "Retail", True),
        (Permission.UPDATE, Overwrite.ANY_VALUE, None, False),
        (Permission.UPDATE, Overwrite.ANY_VALUE, "  ", False),
        (Permission.UPDATE, Overwrite.ANY_VALUE, [], False),
        (Permission.UPDATE, Overwrite.ANY_VALUE, 0, True),
        (Permission.UPDATE, Overwrite.ANY_VALUE, False, True),
        (Permission.FILL_IF_EMPTY, Overwrite.NEVER_ASKS, "Retail", True),
        (Permission.FILL_IF_EMPTY, Overwrite.NEVER_ASKS, "", False),
    ],
)
def test_overwriting_a_value(
    permission: Permission, overwrite: Overwrite, current: Json, raised: bool
) -> None:
    given = facts(items=(item(permission=permission, overwrite=overwrite, current=current, seen=current),))
    assert (found(given, "overwrites_value") is not None) is raised


@pytest.mark.parametrize(
    ("overwrite", "contradicts", "raised"),
    [
        (Overwrite.CONTRADICTS_OWNER_VIEW, True, True),
        (Overwrite.CONTRADICTS_OWNER_VIEW, False, False),
        (Overwrite.NEVER_ASKS, True, False),
    ],
)
def test_a_score_against_the_owner_view(overwrite: Overwrite, contradicts: bool, raised: bool) -> None:
    given = facts(items=(item(overwrite=overwrite, contradicts_owner_view=contradicts),))
    assert (found(given, "score_conflicts_owner_view") is not None) is raised


def test_each_item_has_its_own_verdict_and_the_strictest_wins() -> None:
    given = facts(
        items=(
            item(),
            item(field="domain", protected=True),
            item(field="extra.note", permission=Permission.NEVER),
        )
    )
    reading = gate.judge(given)
    assert [(one.field, one.verdict) for one in reading.items] == [
        ("industry", Verdict.EXECUTE),
        ("domain", Verdict.QUEUE),
        ("extra.note", Verdict.BLOCK),
    ]
    assert reading.verdict is Verdict.BLOCK
    assert [finding.rule for finding in reading.about("domain")] == ["protected_field"]


def test_a_general_finding_holds_every_item() -> None:
    given = facts(subject=replace(facts().subject, archived=True), items=(item(), item(field="region")))
    assert {one.verdict for one in gate.judge(given).items} == {Verdict.BLOCK}


def test_a_reference_is_said_by_its_name_never_by_its_key() -> None:
    held = item(
        field="owner", label="Owner", current=7, current_label="Priya Nair", overwrite=Overwrite.ANY_VALUE
    )
    assert "already holds “Priya Nair”;" in sentence(facts(items=(held,)), "overwrites_value")


CHURN = item(
    field="churn_score", label="Churn score", group="scores", current=None, seen=None, proposed="0.7"
)


@pytest.mark.parametrize(
    ("score", "raised"),
    [
        (None, False),
        (ScoreStanding("the model churn risk 3", "mid", True, "Holds on 412 outcomes."), False),
        (ScoreStanding("the model churn risk 3", "mid", False, "12 outcomes."), True),
    ],
)
def test_a_score_of_ours_waits_where_its_model_is_not_proven(
    score: ScoreStanding | None, raised: bool
) -> None:
    given = facts(items=(CHURN,), score=score)
    finding = found(given, "uncalibrated_segment")
    assert (finding is not None) is raised
    if finding:
        assert (finding.verdict, finding.field) == (Verdict.QUEUE, "churn_score")
        assert finding.sentence == (
            "Churn score is of the model churn risk 3, not proven in the segment “mid”: 12 outcomes."
        )
        assert "calibrated in this segment" in finding.otherwise


def test_only_scores_ask_for_a_proof() -> None:
    assert found(facts(score=ScoreStanding("m", "mid", False, "No.")), "uncalibrated_segment") is None
