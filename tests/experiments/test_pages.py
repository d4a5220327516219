"""On screen: drafting, starting, reading and ending an experiment, and the return of a workflow."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from approvals.models import Experiment, Workflow
from approvals.services import experiment_arms, stewards, templates_kept
from approvals.workflows.trial_sequence import TrialSequence
from scoring.arms import Arm
from tests.built_in import kit as flows
from tests.decisions import scene
from tests.experiments import kit
from tests.messages import scene as messages
from tests.records_pages.kit import browser_of
from tests.world import NOW, a_user

pytestmark = pytest.mark.django_db
LIST = "/experiments/"


@pytest.fixture
def ana() -> Client:
    kit.begin()
    return browser_of(scene.admin())


def posted(**changes: Any) -> dict[str, Any]:
    given = kit.plan()
    return {
        "name": given.name,
        "letter": f"{given.workflow_id}-{given.letter_id}",
        "variant": given.variant_id,
        "hypothesis": given.hypothesis,
        "goal": "reply",
        "days": "7",
        "least": "5",
        "holdout": "0",
        **changes,
    }


def page(tried: Experiment, step: str = "") -> str:
    return reverse(f"approvals:experiment{step}", args=[tried.pk])


def text(client: Client, path: str) -> str:
    return " ".join(client.get(path).content.decode().split())


def test_it_is_drafted_on_screen_and_started_by_somebody_else(ana: Client) -> None:
    assert "Nothing was tried yet" in text(ana, LIST)
    assert ana.post("/experiments/new", posted()).status_code == 302
    tried = Experiment.objects.get()
    said = text(ana, page(tried))
    assert "You drafted it, so somebody else starts it: ask Olga Brandt." in said
    assert ana.post(page(tried, "_start")).status_code == 403

    olga = browser_of(kit.starter())
    assert "Start the experiment" in text(olga, page(tried))
    assert olga.post(page(tried, "_start")).status_code == 302

    assert "Nobody yet. Whoever the letter is due for from now on stands here." in text(ana, page(tried))
    assert "Shorter welcome" in text(ana, LIST)


def test_what_is_wrong_stands_beside_it_and_what_was_typed_stays(ana: Client) -> None:
    answer = ana.post("/experiments/new", posted(holdout="80", hypothesis="", name="My own <b>name</b>"))
    said = answer.content.decode()
    assert answer.status_code == 422
    assert "Say what you expect, and why" in said
    assert "My own &lt;b&gt;name&lt;/b&gt;" in said
    answer = ana.post("/experiments/new", posted(holdout="80"))
    assert answer.status_code == 422
    assert "at least half get a letter" in answer.content.decode()
    assert ana.post("/experiments/new", posted(letter="1-1", days="many")).status_code == 422
    assert not Experiment.objects.exists()


def test_each_count_leads_to_its_people(ana: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    people = kit.readers(3)
    tried = kit.start(holdout=20)
    arms = dict(zip((one.account_id for one in people), Arm, strict=True))
    monkeypatch.setattr(experiment_arms, "arm_of", lambda *, unit, **_: arms[unit])
    kit.begin_trial(*people)

    context = ana.get(page(tried)).context
    assert [line["line"].assigned for line in context["lines"]] == [1, 1, 1]
    for line in context["lines"]:
        listed = ana.get(line["url"].partition("#")[0]).context["people"]
        assert [one.due.assignment.arm for one in listed] == [line["line"].arm]
    assert ana.get(f"{page(tried)}?arm=c").status_code == 404


def test_too_little_is_said_to_be_and_no_figure_is_drawn(ana: Client) -> None:
    people = kit.readers(4)
    tried = kit.start()
    kit.begin_trial(*people)
    said = text(ana, page(tried))
    assert "Not enough yet" in said
    assert "gap-line" not in said


def test_two_that_do_not_leave_alike_are_pointed_out(ana: Client) -> None:
    tried = kit.start()
    with time_machine.travel(NOW, tick=False):
        assert "The two do not leave alike" not in text(ana, page(tried))
        messages.sign(tried.variant, by=a_user("Daniel Roth", "admin"))
        said = text(ana, page(tried))
    assert "The two do not leave alike" in said
    assert "“Trial welcome, short” leaves under a standing approval, “Trial welcome” waits" in said


def test_ending_asks_why_and_says_so_afterwards(ana: Client) -> None:
    tried = kit.start()
    answer = ana.post(page(tried, "_end"), {"why": ""})
    assert answer.status_code == 422
    assert "Say why, for whoever asks later." in answer.content.decode()
    assert ana.post(page(tried, "_end"), {"why": "The fair is over."}).status_code == 302
    assert "The fair is over." in text(ana, page(tried))
    assert ana.post(page(tried, "_end"), {"why": "Again"}).status_code == 409


def test_its_workflow_and_its_templates_name_it(ana: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    people = kit.readers(2)
    tried = kit.start(holdout=20)
    monkeypatch.setattr(experiment_arms, "arm_of", lambda **_: Arm.HOLDOUT)
    kit.begin_trial(*people)
    workflow = reverse("approvals:workflow", args=[tried.workflow_id])
    assert "2 accounts in it, 2 of them without a letter" in text(ana, workflow)
    template = reverse("approvals:template", args=[tried.variant.template_id])
    assert page(tried) in text(ana, template)
    templates_kept.save(
        template_id=tried.variant.template_id,
        against=1,
        subject="Hello",
        body=kit.TEXT,
        why="kinder",
        user=scene.admin(),
        at=NOW,
    )
    assert page(tried) not in text(ana, template)
    assert "was edited: version 2 is another text" in text(ana, page(tried))


def test_the_steward_reads_and_drafts_and_sees_the_people_of_their_teams_only(ana: Client) -> None:
    people = kit.readers(2)
    tried = kit.start()
    kit.begin_trial(*people)
    outsider = a_user("Camille Roux", "reviewer")
    camille = browser_of(outsider)
    assert camille.get(page(tried)).status_code == 403
    stewards.name(duty="experiments", person=outsider, why="a test", user=scene.admin(), at=NOW)
    answer = camille.get(page(tried))
    assert answer.context["people"] == []
    assert [line["line"].assigned for line in answer.context["lines"]] != [0, 0]
    assert "Costa" not in answer.content.decode()
    assert 'href="/experiments/"' in text(camille, "/help")
    assert 'href="/experiments/"' not in text(browser_of(scene.reviewer()), "/help")
    assert camille.get("/experiments/new").status_code == 200


def test_an_auditor_reads_and_is_offered_nothing(ana: Client) -> None:
    tried = kit.start()
    ines = browser_of(a_user("Ines Falk", "auditor"))
    said = text(ines, page(tried))
    assert "End the experiment" not in said
    assert "Draft an experiment" not in text(ines, LIST)
    assert ines.get("/experiments/new").status_code == 403


def test_a_page_costs_the_same_with_many_people(ana: Client, django_assert_max_num_queries: Any) -> None:
    few = kit.readers(2)
    tried = kit.start()
    kit.begin_trial(*few)
    more = [kit.reader(100 + number) for number in range(20)]
    flows.ring()
    kit.begin_trial(*more, at=flows.SOON + timedelta(minutes=1))
    with django_assert_max_num_queries(16):
        assert len(ana.get(page(tried)).context["people"]) == 22


def test_the_page_of_a_workflow_of_ours_leads_to_what_it_costs(ana: Client) -> None:
    workflow = Workflow.objects.get(name=TrialSequence.name)
    assert reverse("approvals:workflow_cost", args=[workflow.pk]) in text(
        ana, reverse("approvals:workflow", args=[workflow.pk])
    )
