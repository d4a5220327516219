"""What may be a key of the desk, and the page where a person chooses theirs."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import pytest

from approvals.models import KeyboardPreference
from approvals.rules import keys
from crmgov.people.models import User
from tests.decisions import scene
from tests.desk.browsing import at, text, url

BOARD = "/keyboard/"


# What may be a key.


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({}, set()),
        ({"approve": "a", "reject": "r"}, set()),
        ({"approve": "", "reject": ""}, set()),
        ({"approve": "ab"}, {"approve"}),
        ({"approve": "3"}, {"approve", "reject"}),
        ({"next": "J"}, set()),
        ({"next": "K"}, {"next", "previous"}),
        ({"next": "\0"}, {"next"}),
        ({"next": "\u0301"}, {"next"}),
        ({"next": "\u202e"}, {"next"}),
        ({"next": "ß"}, set()),
        ({"next": "\U0001f600"}, set()),
        ({"launch": "j"}, set()),
    ],
)
def test_a_key_is_one_visible_character_that_does_one_thing(typed: dict[str, str], wrong: set[str]) -> None:
    read = keys.read(typed)
    assert set(read.errors) == wrong
    assert set(read.keys) == set(keys.VERBS)


def test_the_usual_keys_are_themselves_without_fault() -> None:
    assert keys.read(keys.DEFAULTS).errors == {}
    assert set(keys.DEFAULTS.values()) == set("jk1234hzx/?")


def test_a_verb_added_since_gets_its_key_unless_somebody_else_has_it() -> None:
    assert keys.in_force({"approve": "h"}) == {**keys.DEFAULTS, "approve": "h", "snooze": ""}
    assert keys.in_force({"approve": "too long", "launch": "l"}) == dict(keys.DEFAULTS)


# The page of keys.


def listened_to(answer: Any) -> dict[str, str]:
    """What the page tells the script: key -> verb."""
    said = re.search(r'data-keys="([^"]*)"', answer.content.decode())
    return {} if said is None else json.loads(unescape(said[1]))


@pytest.fixture
def sara() -> User:
    scene.publish()
    return scene.reviewer()


@pytest.mark.django_db
def test_keys_are_printed_on_the_buttons_and_told_to_the_script(sara: User) -> None:
    suggestion = scene.propose(scene.account(), employees=310)
    page = at(sara).get(url("suggestion", suggestion))
    assert listened_to(page) == {key: verb for verb, key in keys.DEFAULTS.items()}
    markup = page.content.decode()
    for verb, key in (("approve", "1"), ("edit", "2"), ("reject", "3")):
        assert re.search(
            rf'data-key="{verb}" aria-keyshortcuts="{key}">\w+<kbd aria-hidden="true">{key}</kbd>', markup
        )


@pytest.mark.django_db
def test_a_remapped_key_stands_on_its_button_and_no_other(sara: User) -> None:
    suggestion = scene.propose(scene.account(), employees=310)
    client = at(sara)
    typed = {f"key-{verb}": key for verb, key in keys.DEFAULTS.items()}
    answer = client.post(BOARD, {**typed, "enabled": "on", "key-approve": "A", "key-reject": ""})
    assert answer["Location"] == BOARD
    page = client.get(url("suggestion", suggestion))
    assert listened_to(page)["a"] == "approve"
    assert "1" not in listened_to(page)
    assert "reject" not in listened_to(page).values()
    assert '>Approve<kbd aria-hidden="true">A</kbd>' in page.content.decode()
    assert ">Reject</button>" in page.content.decode()
    tom = at(scene.reviewer("Tom Becker")).get(url("suggestion", suggestion))
    assert listened_to(tom)["1"] == "approve"


@pytest.mark.django_db
def test_switched_off_nothing_is_printed_and_nothing_listened_to(sara: User) -> None:
    suggestion = scene.propose(scene.account(), employees=310)
    client = at(sara)
    client.post(BOARD, {"key-approve": "1"})
    page = client.get(url("suggestion", suggestion))
    assert listened_to(page) == {}
    assert "<kbd" not in page.content.decode()
    assert "aria-keyshortcuts" not in page.content.decode()
    assert "You have switched the keys off." in text(client.get("/help"))
    client.post(f"{BOARD}reset")
    assert listened_to(client.get(url("suggestion", suggestion)))["1"] == "approve"
    assert not KeyboardPreference.objects.exists()


@pytest.mark.django_db
def test_keys_that_cannot_be_taken_are_named_and_stay_as_typed(sara: User) -> None:
    answer = at(sara).post(BOARD, {"enabled": "on", "key-approve": "3", "key-ask": "qq"})
    assert answer.status_code == 422
    markup = answer.content.decode()
    assert "“3” is also the key of “Reject”." in text(answer)
    assert "“qq” is more than one character." in text(answer)
    assert re.search(
        r'name="key-approve" value="3"[^>]*aria-invalid="true" aria-describedby="key-approve-error"', markup
    )
    assert re.search(r'name="key-ask" value="qq"', markup)
    assert not KeyboardPreference.objects.exists()


@pytest.mark.django_db
def test_the_help_page_lists_the_keys_without_a_script(sara: User) -> None:
    client = at(sara)
    client.post(BOARD, {"enabled": "on", "key-approve": "y"})
    said = text(client.get("/help"))
    assert "Y Approve, or open the form" in said
    assert "/ Search, or open the filter" in said


@pytest.mark.django_db
def test_the_keys_stand_in_the_menu_of_oneself(sara: User) -> None:
    assert f'href="{BOARD}"' in at(sara).get("/help").content.decode()
