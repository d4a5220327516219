"""What people see of earned autonomy: reading, signing, and where a cell stands."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from approvals.models import AuditSample, Cell, CellStanding, Grant, Offer
from approvals.rules.vocabulary import Level
from approvals.selectors import audits, cells
from approvals.services import offers
from crmgov.people import admins
from crmgov.people.models import Role, User
from tests.autonomy import kit
from tests.decisions import scene
from tests.desk.browsing import at, text
from tests.world import a_team, a_user

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_promotion_is_offered_on_the_page_of_its_cell_with_what_it_would_cost_and_signed_there(
    sara: User,
) -> None:
    kit.kept(kit.ENOUGH)
    kit.follow()
    offers.forecast_missing()
    ana, cell = at(scene.admin()), kit.cell()

    said = text(ana.get("/autonomy/"))
    assert "Waits for a signature" in said
    assert "8 of 8" in said
    said = text(ana.get(f"/autonomy/{cell.pk}/"))
    assert "8 of 8 decided one by one were kept unchanged. That proves 80 %" in said
    assert "If this falls to 70 % on the day it is signed, expect about" in said
    assert "If this falls to 70 % after 1,000 good ones, expect about" in said
    assert "1 to 50" in said

    answer = ana.post(
        f"/autonomy/offers/{kit.open_offer().pk}/sign", {"reason": "Six good weeks."}, follow=True
    )

    assert answer.redirect_chain == [(f"/autonomy/{cell.pk}/", 302)]
    said = text(answer)
    assert "It runs by itself, signed by Ana Ruiz. Nothing was drawn yet" in said
    assert "Six good weeks." in said
    revoked = ana.post(f"/grants/{Grant.objects.get().pk}/revoke", {"reason": "Not yet."}, follow=True)
    assert "Demoted" in text(revoked)
    assert "Not yet." in text(revoked)


def test_what_the_policy_does_not_let_run_is_said_where_it_is_offered() -> None:
    scene.reviewer()
    kit.begin(level=Level.DRAFT)
    kit.kept(kit.ENOUGH)
    kit.follow()
    ana, offer = at(scene.admin()), kit.open_offer()

    said = text(ana.get(f"/autonomy/{kit.cell().pk}/"))
    assert "go no further than draft" in said
    assert "Draft a policy" in said
    answer = ana.post(f"/autonomy/offers/{offer.pk}/sign", {"reason": "Kept words"})
    assert answer.status_code == 409
    assert "Kept words" in text(answer)
    empty = ana.post(f"/autonomy/offers/{offer.pk}/decline", {"reason": ""})
    assert empty.status_code == 422
    assert "Say why you decline" in text(empty)


def test_each_figure_leads_to_its_rows(sara: User) -> None:
    kit.kept(2)
    scene.reject(kit.propose(name="Refused Ltd"), sara)
    kit.follow()
    ana, cell = at(scene.admin()), kit.cell()

    page = ana.get(f"/autonomy/{cell.pk}/")
    assert f"/autonomy/{cell.pk}/rows?way=decided&amp;label=rejected" in page.content.decode()

    said = text(ana.get(f"/autonomy/{cell.pk}/rows?way=decided&label=rejected"))
    assert "Refused Ltd" in said
    assert said.count("A person decided: rejected") == 1
    assert "Firm" not in said


def test_reading_what_ran_by_itself_right_or_wrong_with_its_reason_kept(sara: User) -> None:
    kit.promoted()
    first, second = kit.run_alone(2, at=timezone.now() - timedelta(minutes=5))
    reader = at(sara)
    right, wrong = (AuditSample.objects.get(execution=one) for one in (first, second))

    said = text(reader.get("/audits/"))
    assert "Drawn by chance" in said
    assert first.suggestion.record_label in said
    assert "Wrong, put it back" in said
    empty = reader.post(f"/audits/{wrong.pk}/wrong", {"reason": " "})
    assert empty.status_code == 422
    assert "Say why." in text(empty)

    reader.post(f"/audits/{right.pk}/right")
    answer = reader.post(f"/audits/{wrong.pk}/wrong", {"reason": "240 it is."}, follow=True)

    assert "Put back and locked: Employees. It counts against Enricher." in text(answer)
    assert "Nothing waits to be read" in text(answer)
    said = text(reader.get("/audits/?view=read"))
    assert "“240 it is.”" in said
    again = reader.post(f"/audits/{wrong.pk}/wrong", {"reason": "Me too."})
    assert again.status_code == 409
    assert "found it wrong" in text(again)


def test_another_team_sees_nothing_to_read_and_an_auditor_only_reads(sara: User) -> None:
    kit.promoted()
    kit.run_alone(1, at=timezone.now() - timedelta(minutes=5))
    stranger = at(a_user("Camille Roux", Role.REVIEWER, a_team("South")))
    auditor = at(a_user("Ines Falk", Role.AUDITOR))
    sample = AuditSample.objects.get()

    assert "Nothing waits to be read" in text(stranger.get("/audits/"))
    assert stranger.post(f"/audits/{sample.pk}/right").status_code == 404
    assert "Auditors read everything and decide nothing" in text(auditor.get("/audits/"))
    assert auditor.post(f"/audits/{sample.pk}/right").status_code == 403
    assert stranger.get(f"/autonomy/{kit.cell().pk}/").status_code == 404
    assert "Firm" not in text(at(scene.an_agent().owner).get("/audits/?view=read"))


def test_the_cells_of_a_workflow_stand_together_and_the_list_asks_no_more_for_more_rows(
    sara: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    kit.kept(1)
    kit.follow()
    workflow = kit.cell().workflow_version.workflow_id
    assert [cell.pk for cell in cells.page_for(scene.admin(), workflow=workflow).rows] == [kit.cell().pk]
    assert list(cells.page_for(sara, workflow=workflow).rows) == []
    ana = at(scene.admin())
    ana.get("/autonomy/")
    with CaptureQueriesContext(connection) as for_one:
        ana.get("/autonomy/")
    one = kit.cell()
    for segment in ("small", "mid", "enterprise"):
        other = Cell.objects.create(
            agent=one.agent,
            workflow_version=one.workflow_version,
            action=one.action,
            field_group=one.field_group,
            segment=segment,
        )
        CellStanding.objects.create(cell=other, kept=3)

    with django_assert_max_num_queries(len(for_one)):
        assert text(ana.get("/autonomy/")).count("3 of 3") == 3


@pytest.mark.parametrize("whose", ["a reviewer's", "the owner's"])
def test_a_page_of_what_is_read_asks_no_more_for_more_rows(
    sara: User, whose: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    kit.promoted()
    kit.run_alone(1, at=timezone.now() - timedelta(minutes=5))
    reader = at(sara if whose == "a reviewer's" else scene.an_agent().owner)
    reader.get("/audits/")
    with CaptureQueriesContext(connection) as for_one:
        reader.get("/audits/")
    kit.run_alone(4, at=timezone.now() - timedelta(minutes=4))

    with django_assert_max_num_queries(len(for_one)):
        reader.get("/audits/")


def only_olga() -> User:
    """The owner of the agent, and nobody else who could sign or read."""
    olga = scene.an_agent().owner
    for one in User.objects.exclude(pk=olga.pk):
        one.set_unusable_password()
        one.save()
    return olga


def test_the_sole_admin_is_told_when_they_may_sign_and_it_counts_as_theirs(
    sara: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    kit.kept(kit.ENOUGH)
    kit.follow()
    olga, offer, page = scene.an_agent().owner, kit.open_offer(), f"/autonomy/{kit.cell().pk}/"
    Offer.objects.update(made_at=timezone.now())
    said = text(at(olga).get(page))
    assert "Enricher is yours, so another admin signs: Ana Ruiz may." in said
    assert not cells.offers_open(olga).exists()

    only_olga()

    assert cells.offers_open(olga).get() == offer
    assert "Enricher is yours and nobody else may sign: you may from" in text(at(olga).get(page))
    Offer.objects.update(made_at=timezone.now() - admins.SOLE_ADMIN_WAITS)
    answer = at(olga).get(page)
    assert "As nobody else may sign, you may" in text(answer)
    assert 'type="submit">Sign: let it run' in answer.content.decode()
    assert "another admin signs" not in text(answer)


def test_what_nobody_else_could_read_waits_for_the_owner_of_the_agent(sara: User) -> None:
    kit.promoted()
    kit.run_alone(1)
    olga = scene.an_agent().owner
    assert not audits.to_read(olga).exists()

    only_olga()

    assert audits.to_read(olga).get() == AuditSample.objects.get()
