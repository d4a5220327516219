"""What people say of texts and how labels are defined: the later word counts, and nothing is rewritten."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from approvals.rules.topic_words import LISTS
from approvals.rules.topics import topics_of
from crmgov.kernel.refusals import Invalid, NotAllowed, NotFound
from crmgov.people.models import Role
from scoring.models import TextExample
from scoring.rules.text_labels import SHIPPED, Sort
from scoring.selectors import texts
from scoring.services import text_labels
from tests.texts import kit
from tests.world import NOW, a_team, a_ticket, a_user

pytestmark = pytest.mark.django_db


def define(key: str = "", **given: object) -> str:
    values: dict[str, object] = {
        "name": "Delivery", "meaning": "It is about delivery.", "examples": (), "active": True, "seen": 0,
        "user": a_user("Ana Ruiz", Role.ADMIN), "at": NOW,
    }  # fmt: skip
    return text_labels.define(key=key, **{**values, **given}).key  # type: ignore[arg-type]


def test_every_word_list_has_a_flag_of_its_name_and_no_flag_is_without_one() -> None:
    assert {one.key for one in SHIPPED if one.sort is Sort.FLAG} == set(LISTS)


def test_the_grievances_of_these_tests_are_caught_by_no_word_list() -> None:
    assert topics_of("\n".join([*kit.GRIEVANCES, kit.ANGRY])) == ()


def test_what_is_said_last_of_a_text_counts_and_both_stay() -> None:
    sara, ticket = a_user(), a_ticket("It arrived in pieces")
    for positive in (True, False):
        text_labels.say(
            label="complaint",
            positive=positive,
            record_type="ticket",
            record_id=ticket.pk,
            user=sara,
            at=NOW,
        )

    found = texts.examples(["complaint"], upto=texts.newest()[0])

    assert [(one.positive, one.text) for one in found] == [(False, "It arrived in pieces\n")]
    assert TextExample.objects.count() == 2


def test_nobody_says_anything_of_a_text_they_do_not_see() -> None:
    theirs = a_ticket(team=a_team("South").pk)
    with pytest.raises(NotFound):
        text_labels.say(
            label="complaint", positive=True, record_type="ticket", record_id=theirs.pk,
            user=a_user(), at=NOW,
        )  # fmt: skip
    with pytest.raises(NotAllowed):
        text_labels.say(
            label="complaint", positive=True, record_type="ticket", record_id=theirs.pk,
            user=a_user("Otto Audit", Role.AUDITOR), at=NOW,
        )  # fmt: skip


@pytest.mark.parametrize(("label", "kind"), [("rage", "ticket"), ("complaint", "account")])
def test_a_label_or_a_kind_of_text_that_is_not_there_is_not_found(label: str, kind: str) -> None:
    with pytest.raises(NotFound):
        text_labels.say(
            label=label, positive=True, record_type=kind, record_id=a_ticket().pk, user=a_user(), at=NOW
        )


def test_a_definition_that_is_edited_leaves_the_one_before() -> None:
    define("complaint", meaning="They are unhappy with us.", name="Something else", active=False)

    found = texts.definition("complaint")

    assert found is not None
    assert (found.version, found.meaning, found.active) == (1, "They are unhappy with us.", False)
    assert found.name == "Complaint", "the gate knows it by that name"
    with pytest.raises(Invalid, match="Ana Ruiz changed this meanwhile"):
        define("complaint", seen=0)


def test_an_admin_adds_a_topic_and_nobody_else_does() -> None:
    assert define() == "t_delivery"
    found = texts.definition("t_delivery")
    assert found is not None
    assert (found.sort, found.noun) == (Sort.TOPIC, "about “Delivery”")
    with pytest.raises(Invalid):
        define(name="delivery")
    with pytest.raises(Invalid):
        define(name="Fault")
    assert define(name="New") == "t_new", "the address of a form is another"
    with pytest.raises(NotAllowed):
        define(name="Other", user=a_user())


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "漢字"}, "name"),
        ({"name": "x" * 60}, "name"),
        ({"meaning": ""}, "meaning"),
        ({"meaning": "x" * 501}, "meaning"),
        ({"examples": ["x"] * 11}, "examples"),
        ({"examples": ["x" * 301]}, "examples"),
    ],
)
def test_a_definition_that_cannot_be_kept_says_which_part(given: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        define(**given)
    assert list(refused.value.errors) == [field]


def test_texts_labeled_elsewhere_are_taken_in_by_an_admin_and_empty_ones_are_not() -> None:
    kit.labeled(2)
    ana = a_user("Ana Ruiz", Role.ADMIN)

    assert TextExample.objects.filter(origin="import", positive=True).count() == 2
    assert text_labels.take_in(label="complaint", rows=[(" \0", True)], user=ana, at=NOW) == 0
    with pytest.raises(NotAllowed):
        text_labels.take_in(label="complaint", rows=[("It broke", True)], user=a_user(), at=NOW)


def test_the_database_takes_no_example_without_a_text_and_rewrites_none() -> None:
    kit.labeled(1)
    with (
        pytest.raises(IntegrityError, match="text_example_is_of_a_record_or_brings_its_text"),
        transaction.atomic(),
    ):
        TextExample.objects.create(
            label="complaint",
            positive=True,
            origin="import",
            said_at=NOW,
            said_by=a_user(),
            said_by_label="S",
        )
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE scoring_textexample SET positive = NOT positive")
