"""What is paused must be there, and whoever asks for something else is told what can be."""

from __future__ import annotations

import pytest

from approvals.models import PauseSwitch
from approvals.services import pauses
from crmgov.kernel.refusals import Invalid, NotAllowed
from tests.decisions import scene
from tests.records_pages.kit import browser_of
from tests.world import NOW

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("scope", "target", "said"),
    [
        ("team", "North", "“team” cannot be paused"),
        ("workflow", "nobody-runs-this", "There is no workflow “nobody-runs-this” to pause."),
        ("agent", "Nobody", "There is no agent “Nobody” to pause."),
        ("action", "teleport", "There is no action “teleport” to pause."),
        ("workflow", "", "Name the workflow to pause."),
        ("all", "Enricher", "There is no all “Enricher” to pause."),
    ],
)
def test_an_unknown_thing_is_not_paused(scope: str, target: str, said: str) -> None:
    with pytest.raises(Invalid) as refused:
        pauses.pause(scope=scope, target=target, reason="a test", user=scene.admin(), at=NOW)
    assert said in refused.value.say
    assert not PauseSwitch.objects.exists()


def test_a_pause_needs_a_reason_and_an_admin() -> None:
    with pytest.raises(Invalid, match="needs a reason"):
        pauses.pause(scope="all", reason="  ", user=scene.admin(), at=NOW)
    with pytest.raises(NotAllowed):
        pauses.pause(scope="all", reason="a test", user=scene.reviewer(), at=NOW)


@pytest.mark.parametrize("what", ["agent:Nobody", "workflow:nobody", "action:teleport", "moon:", "", "all"])
def test_the_page_says_it_beside_the_field(what: str) -> None:
    answer = browser_of(scene.admin()).post("/pause/", {"what": what, "reason": "a test"})
    assert answer.status_code == 422
    assert answer.context["form"].errors["what"]


def test_a_page_of_a_workflow_nobody_runs_is_not_there() -> None:
    ana = browser_of(scene.admin())
    for path in ("/workflows/987654/", "/workflows/987654/contract", "/runs/987654/"):
        assert ana.get(path).status_code == 404, path
    for path in ("/workflows/987654/pause", "/runs/987654/withdraw", "/runs/987654/people"):
        assert ana.post(path, {"reason": "a test"}).status_code == 404, path
