"""Consent: agents never opt anybody in, and everybody may take it back."""

from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries

from crmgov.kernel.actors import Actor, ActorType
from crmgov.kernel.refusals import Invalid
from crmgov.records.models import Consent, RecordEvent
from crmgov.records.services import consent
from tests.world import NOW, a_contact

pytestmark = pytest.mark.django_db
PERSON = Actor(ActorType.HUMAN, "1", "Sara Okafor")
AGENT = Actor(ActorType.AI, "1", "meeting-notes")


def opted(state: str, actor: Actor, **given: object) -> Consent:
    whole = {"contact": a_contact(), "channel": "email", "purpose": "newsletter", **given}
    return consent.record(**whole, state=state, actor=actor, at=NOW)  # type: ignore[arg-type]


@pytest.mark.parametrize("actor_type", [ActorType.AI, ActorType.HUMAN_APPROVED_AI])
def test_no_agent_opts_anybody_in_not_even_approved(actor_type: ActorType) -> None:
    with pytest.raises(consent.AgentsNeverOptIn):
        opted("opted_in", Actor(actor_type, "1", "meeting-notes"))

    assert not Consent.objects.exists()


def test_an_agent_may_record_that_somebody_wants_out() -> None:
    assert opted("opted_out", AGENT).state == Consent.State.OPTED_OUT


def test_withdrawing_without_a_purpose_covers_all_on_record() -> None:
    maya = a_contact()
    for purpose in ("newsletter", "product news"):
        opted("opted_in", PERSON, contact=maya, purpose=purpose)

    consent.withdraw(contact=maya, channel="email", actor=PERSON, at=NOW)

    assert set(maya.consents.values_list("purpose", "state")) == {
        ("newsletter", "opted_out"), ("product news", "opted_out"), ("any", "opted_out"),
    }  # fmt: skip


def test_after_a_total_objection_no_other_purpose_is_opted_in() -> None:
    maya = a_contact()
    consent.withdraw(contact=maya, channel="email", actor=AGENT, at=NOW)

    with pytest.raises(Invalid) as refused:
        opted("opted_in", PERSON, contact=maya)
    assert "every purpose" in refused.value.errors["state"]

    opted("opted_in", PERSON, contact=maya, channel="phone")
    opted("unknown", PERSON, contact=maya, purpose="any")
    assert opted("opted_in", PERSON, contact=maya).state == Consent.State.OPTED_IN


def test_many_withdraw_with_as_many_statements_as_one(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    people = [a_contact(f"Lind {n}") for n in range(5)]
    for contact in people:
        opted("opted_in", PERSON, contact=contact)

    with django_assert_max_num_queries(6):
        consent.withdraw_all([consent.Out(one.pk, "email") for one in people], actor=AGENT, at=NOW)

    assert Consent.objects.filter(state="opted_out", purpose__in=["any", "newsletter"]).count() == 10


def test_withdrawing_what_was_never_given_is_kept() -> None:
    maya = a_contact()

    (kept,) = consent.withdraw(contact=maya, channel="phone", actor=PERSON, at=NOW)

    assert (kept.state, kept.purpose) == ("opted_out", "any")


def test_each_change_of_mind_is_an_event_and_saying_the_same_twice_is_not() -> None:
    maya = a_contact()
    opted("opted_in", PERSON, contact=maya)
    opted("opted_in", PERSON, contact=maya)
    opted("opted_out", AGENT, contact=maya)

    said = [
        (event.data["from"], event.data["to"], event.data["by"])
        for event in RecordEvent.objects.filter(fields=["consent.email.newsletter"]).order_by("id")
    ]
    assert said == [
        ("", "opted_in", "Sara Okafor"),
        ("opted_in", "opted_out", "meeting-notes"),
    ]


def test_an_unknown_channel_is_named() -> None:
    with pytest.raises(Invalid) as refused:
        opted("opted_out", PERSON, channel="pigeon")

    assert "pigeon" in refused.value.errors["channel"]
