"""From two thresholds to a policy in force: drafted by one admin, published by another, put back by both."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from approvals.models import PolicyDraft
from approvals.rules.bands import Band, BandLine, most_specific, narrower, with_line
from approvals.services import gate
from tests.decisions import scene
from tests.policies.kit import ana_and_olga, keep, press
from tests.studio.kit import STUDIO, decided, told

pytestmark = pytest.mark.django_db(transaction=True)
CELL = (scene.WORKFLOW, "set_fields", "firmographics", "mid")


@pytest.fixture
def two() -> tuple[Client, Client]:
    scene.reviewer()
    scene.publish()
    decided([0.9])
    return ana_and_olga()


def posted(client: Client, **more: str) -> Any:
    return client.post(
        f"{STUDIO}draft", {"floor": "0.4", "auto": "0.86", "rationale": "Six good weeks", **more}
    )


def in_force() -> Band:
    return most_specific(gate.current_policy()[1].bands, CELL)


def test_a_band_is_drafted_published_by_a_second_person_and_put_back(two: tuple[Client, Client]) -> None:
    ana, olga = two
    before, number = in_force(), gate.current_policy()[0].number

    answer = posted(ana)

    draft = PolicyDraft.objects.latest("pk")
    assert answer["Location"] == f"/policies/drafts/{draft.pk}/"
    assert in_force() == before
    page = ana.get(answer["Location"]).content.decode()
    assert "by itself from 86 %, blocked below 40 %" in page
    assert press(ana, "publish", draft).status_code == 403
    assert press(olga, "publish", draft).status_code == 302
    assert in_force() == Band(auto=0.86, floor=0.4)

    back = f"/policies/drafts/new?from={number}"
    assert press(ana, "publish", keep(olga, back)).status_code == 302
    assert in_force() == before


def test_only_the_band_of_this_slice_changes(two: tuple[Client, Client]) -> None:
    policy = gate.current_policy()[1]

    posted(two[0])

    document = PolicyDraft.objects.latest("pk").document
    changed = {name for name, value in policy.to_json().items() if document[name] != value}
    assert changed == {"bands"}
    line = {"workflow": scene.WORKFLOW, "action": "set_fields", "group": "firmographics", "segment": "*"}
    assert document["bands"] == [*policy.to_json()["bands"], {**line, "auto": 0.86, "floor": 0.4}]  # type: ignore[misc]


def test_never_by_itself_is_a_threshold_too(two: tuple[Client, Client]) -> None:
    posted(two[0], auto="")

    assert PolicyDraft.objects.latest("pk").document["bands"][-1]["auto"] is None


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"rationale": " "}, "A policy needs its why."),
        ({"floor": "0.9"}, "The floor 0.9 lies above 0.86"),
        ({"auto": "1.5"}, "Write a threshold between 0 and 1"),
        ({"group": "nothing"}, "Nothing is recorded of “nothing”"),
    ],
)
def test_what_cannot_be_drafted_is_refused_and_what_was_typed_is_kept(
    two: tuple[Client, Client], given: dict[str, str], says: str
) -> None:
    answer = posted(two[0], **({"rationale": "Six good weeks"} | given))

    assert answer.status_code == 422
    page = answer.content.decode()
    assert says in page
    assert given.get("rationale", "Six good weeks") in page
    assert not PolicyDraft.objects.filter(published=None).exists()


def test_what_is_in_force_already_is_no_change(two: tuple[Client, Client]) -> None:
    ana, olga = two
    posted(ana)
    press(olga, "publish", PolicyDraft.objects.latest("pk"))

    answer = posted(ana)

    assert answer.status_code == 422
    assert "in force for exactly this already" in answer.content.decode()


def test_a_line_takes_the_place_of_the_one_about_the_same() -> None:
    wide = BandLine("*", "*", "*", "*", 0.9, 0.4)
    old, new = BandLine(*CELL, 0.9, 0.4), BandLine(*CELL, 0.86, 0.4)

    assert with_line((wide,), old) == (wide, old)
    assert with_line((old, wide), new) == (new, wide)


def test_bands_that_name_more_are_said_to_stay() -> None:
    wide, mine = BandLine("*", "*", "*", "*", 0.9, 0.4), BandLine(*CELL[:3], "*", 0.8, 0.4)
    own, other = BandLine(*CELL, 0.95, 0.4), BandLine("another", *CELL[1:], 0.95, 0.4)

    assert narrower((wide, own, other, mine), mine) == (own,)


def test_the_page_names_the_segments_with_bands_of_their_own(two: tuple[Client, Client]) -> None:
    ana, olga = two
    scene.approve(scene.propose(scene.account("Mid Ltd", segment="mid"), region="EMEA"), scene.reviewer())
    told()
    posted(ana, segment="mid", auto="0.95")
    press(olga, "publish", PolicyDraft.objects.latest("pk"))

    page = ana.get(f"{STUDIO}?floor=0.4&auto=0.8").content.decode()

    assert "Bands of their own stay in force for mid." in page
