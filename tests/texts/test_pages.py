"""The pages of labels: what stands there, and one press that says what a text is."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from crmgov.people.models import Role, User
from scoring.models import TextExample
from scoring.selectors import texts
from scoring.services import text_training
from tests.desk.browsing import at, text
from tests.texts import kit
from tests.world import NOW, a_team, a_ticket, a_user

pytestmark = pytest.mark.django_db
LIST, LABEL = reverse("approvals:text_labels"), reverse("approvals:text_label", args=["complaint"])
SAY = reverse("approvals:text_say")


def admin() -> User:
    return a_user("Ana Ruiz", Role.ADMIN)


def of(ticket: Any, label: str = "complaint", positive: str = "yes", **more: str) -> dict[str, str]:
    about = {"record_type": "ticket", "record_id": str(ticket.pk)}
    return {"label": label, "positive": positive, **about, **more}


def test_without_labels_the_list_says_what_to_do_next() -> None:
    page = text(at(admin()).get(LIST))

    assert "No model reads yet" in page
    assert "say of 30 texts that they are it and of 30 that they are not" in page
    assert "by words only" in page


def test_a_model_trained_on_too_few_labels_is_not_said_to_read() -> None:
    text_training.train(at=NOW, by="the night")

    page = text(at(admin()).get(LIST))

    assert "No model reads yet" in page
    assert "was trained by" not in page
    assert "0 texts are labeled as it and 0 as not it; 30 and 30 are needed." in page


def test_with_a_model_the_list_says_how_well_each_label_is_recognized() -> None:
    kit.trained()

    page = text(at(admin()).get(LIST))

    assert "100 % 40 of 40, 91 to 100 %" in page
    assert "0 texts are labeled as it and 0 as not it; 30 and 30 are needed." in page


def test_a_label_shows_its_word_list_and_the_likely_texts_first() -> None:
    a_ticket("Thanks for the guide", opened_at=NOW)
    a_ticket(kit.ANGRY)
    kit.trained()

    page = text(at(admin()).get(LABEL))

    assert page.index(kit.ANGRY) < page.index("Thanks for the guide")
    assert "A model read it as a complaint: " in page
    assert "geld zurueck" in page


def test_a_correction_on_the_ticket_becomes_a_label() -> None:
    sara, ticket = a_user(), a_ticket(kit.ANGRY)
    kit.trained()
    here = reverse("approvals:ticket", args=[ticket.pk])
    assert "A model read it as a complaint: " in text(at(sara).get(here))

    answer = at(sara).post(SAY, of(ticket, positive="no", back="ticket"))

    assert answer["Location"] == here
    example = TextExample.objects.get(record_id=ticket.pk)
    assert (example.label, example.positive, example.said_by) == ("complaint", False, sara)
    page = text(at(sara).get(here))
    assert "Sara Okafor said that it is not a complaint." in page
    assert "A model read it" not in page


def test_what_is_said_on_the_label_stands_there_and_can_be_said_otherwise() -> None:
    sara, ticket = a_user(), a_ticket("About the matter we spoke of")
    assert at(sara).post(SAY, of(ticket))["Location"] == LABEL

    page = text(at(sara).get(LABEL))

    assert "Sara Okafor said that it is a complaint." in page
    assert "It is not a complaint" in page


@pytest.mark.parametrize(("label", "knows"), [("complaint", True), ("fault", False)])
def test_only_for_what_holds_messages_the_gate_is_said_to_know(label: str, knows: bool) -> None:
    sara, ticket = a_user(), a_ticket("About the matter we spoke of")
    browser = at(sara)

    browser.post(SAY, of(ticket, label))

    page = text(browser.get(reverse("approvals:text_label", args=[label])))
    assert "Kept: it is" in page
    assert ("The gate knows at once." in page) is knows


def test_texts_of_another_team_stand_on_no_page() -> None:
    a_ticket("Secret of the south", team=a_team("South").pk)

    assert "Secret of the south" not in text(at(a_user()).get(LABEL))
    assert "Secret of the south" in text(at(admin()).get(LABEL))


def test_an_auditor_reads_and_is_offered_nothing_to_say() -> None:
    a_ticket(kit.ANGRY)

    page = at(a_user("Otto Audit", Role.AUDITOR)).get(LABEL).content.decode()

    assert kit.ANGRY in page
    assert SAY not in page


def test_an_admin_edits_what_a_label_means_and_a_stale_page_is_told() -> None:
    client: Client = at(admin())
    given = {
        "meaning": "They are unhappy with us.",
        "examples": "So slow.\nSo late.",
        "active": "on",
        "seen": "0",
    }

    assert client.post(f"{LABEL}edit", given)["Location"] == LABEL
    found = texts.definition("complaint")
    assert found is not None
    assert (found.version, found.examples) == (1, ("So slow.", "So late."))

    again = client.post(f"{LABEL}edit", {**given, "meaning": "Something else."})
    assert again.status_code == 422
    assert "Ana Ruiz changed this meanwhile" in text(again)
    assert "Something else." in again.content.decode()


def test_a_new_topic_gets_a_page_and_one_that_is_there_is_refused() -> None:
    client, new = at(admin()), reverse("approvals:text_label_new")
    given = {"name": "Delivery", "meaning": "It is about delivery.", "active": "on"}

    assert client.post(new, given)["Location"] == reverse("approvals:text_label", args=["t_delivery"])
    again = client.post(new, given)

    assert again.status_code == 422
    assert "There is a label Delivery already." in text(again)


@pytest.mark.parametrize("odd", [{"record_id": "no-uuid"}, {"label": "rage"}, {"record_type": "account"}])
def test_odd_things_said_are_not_found(odd: dict[str, str]) -> None:
    assert at(admin()).post(SAY, {**of(a_ticket()), **odd}).status_code == 404
    assert TextExample.objects.count() == 0


def test_a_page_takes_as_many_queries_for_many_texts_as_for_one(
    django_assert_max_num_queries: Any,
) -> None:
    client = at(admin())
    for number in range(25):
        a_ticket(f"{kit.ANGRY} {number}")
    client.get(LABEL)

    with django_assert_max_num_queries(25):
        client.get(LABEL)


def test_the_buttons_beside_a_text_carry_the_key_that_their_press_needs() -> None:
    ticket, person = a_ticket(kit.ANGRY), admin()
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(person)

    for page in (LABEL, reverse("approvals:ticket", args=[ticket.pk])):
        key = re.search(
            r'text-labels/say"><input type="hidden" name="csrfmiddlewaretoken" value="(\w+)"',
            careful.get(page).content.decode(),
        )
        assert key, page
        assert careful.post(SAY, {**of(ticket), "csrfmiddlewaretoken": key[1]}).status_code == 302

    assert TextExample.objects.count() == 2
