"""Read together, several suggestions are what each of them is alone, whoever reads."""

from __future__ import annotations

from datetime import timedelta

import pytest

from approvals.models import Queue, QueueMembership, Suggestion
from approvals.services import desk, opening, standing
from crmgov.kernel.refusals import NotFound
from crmgov.people.models import Delegation, Role, User
from tests.decisions import scene
from tests.world import NOW, a_contact, a_team, a_user, change

pytestmark = pytest.mark.django_db(transaction=True)


def about_contact(account_id: object, title: str) -> Suggestion:
    contact = a_contact(title, account=str(account_id), team=a_team().pk)
    item = {"field": "title", "seen": None, "proposed": title}
    return scene.propose_raw(
        {
            "record": {"type": "contact", "id": str(contact.pk)},
            "action": "set_fields",
            "items": [item],
            "level": "draft",
        }
    )


def making(action: str, record: dict[str, str], **values: object) -> Suggestion:
    items = [{"field": field, "proposed": value} for field, value in values.items()]
    return scene.propose_raw({"record": record, "action": action, "items": items, "level": "draft"})


def world() -> tuple[list[Suggestion], list[User]]:
    """Suggestions of every kind, in two teams and three queues, open, moved and decided; and who may meet them."""
    sara, priya = scene.reviewer(), a_user("Priya Nair", Role.ACCOUNT_MANAGER, a_team())
    sven = a_user("Sven Lund", Role.REVIEWER, a_team("South"))
    tom, lea = a_user("Tom Becker", Role.REVIEWER, a_team()), a_user("Lea Brun", Role.REVIEWER, a_team())
    scene.publish()
    scene.an_agent().teams.add(a_team("South"))
    hers = scene.an_agent("Scout")
    hers.owner = sara
    hers.save()
    owned = scene.account("Owned", owner=priya.pk)
    plain, elsewhere = scene.account("Plain"), scene.account("Elsewhere", team=a_team("South").pk)
    moved, over = scene.account("Moved"), scene.account("Over")
    found = [
        scene.propose(owned, employees=310),
        scene.propose(plain, employees=310, industry="Shipping"),
        scene.propose(elsewhere, employees=310),
        scene.propose(moved, employees=310),
        scene.propose(over, employees=310),
        scene.propose(scene.account("Hers"), agent=hers, employees=310),
        scene.propose(scene.account("By hand", owner=priya.pk), user=priya, employees=310),
        about_contact(owned.pk, "Buyer"),
        about_contact(plain.pk, "Clerk"),
        making("create_record", {"type": "contact"}, last_name="Berg", account=str(owned.pk)),
        making("create_record", {"type": "contact"}, last_name="Dahl", account=str(plain.pk)),
        making("create_task", {"type": "account", "id": str(owned.pk)}, title="Call", assignee=priya.pk),
    ]
    apart = Queue.objects.create(name="Apart", team=a_team(), position=90)
    QueueMembership.objects.create(queue=apart, user=lea)
    Suggestion.objects.filter(pk=found[1].pk).update(queue=apart)
    Delegation.objects.create(
        user=lea, delegate=tom, starts_at=NOW - timedelta(days=1), ends_at=NOW + timedelta(days=9)
    )
    scene.reject(found[4], sara)
    change("account", moved.pk, team=a_team("South").pk)
    return found, [sara, priya, sven, tom, lea, scene.admin(), scene.an_agent().owner]


def test_how_each_is_opened_and_who_else_could_decide() -> None:
    found, people = world()
    waiting = list(Suggestion.objects.queued().select_related("agent").order_by("pk"))
    assert len(waiting) == len(found) - 1
    said = set()
    for user in people:
        alone = [opening.of(user, one, scene.LATER) for one in waiting]
        for by_itself, together in zip(alone, opening.of_all(user, waiting, scene.LATER), strict=True):
            assert together.stands == by_itself.stands
            assert together.items == by_itself.items
            assert together.subject == by_itself.subject
            said.add(by_itself.stands)
        others = standing.other_approvers(user, waiting, scene.LATER)
        for one in waiting:
            assert standing.other_approvers(user, [one], scene.LATER).get(one.pk) == others.get(one.pk)
        assert others.keys() == {one.pk for one in waiting if user.pk in standing._side_of(one)}
    assert len(said) > 4, "they stand to them in many ways"


def test_what_each_page_says() -> None:
    found, people = world()
    keys = [one.pk for one in found]
    for user in people:
        together = desk.look_at_all(user, keys, scene.LATER)
        alone = {}
        for key in keys:
            try:
                alone[key] = desk.look(user, key, scene.LATER)
            except NotFound:
                continue
        assert list(together) == list(alone)
        for key, look in alone.items():
            there = together[key]
            for part in ("digest", "findings", "facts", "record", "writes", "read_at", "sole_admin"):
                assert getattr(there, part) == getattr(look, part), (user, key, part)
            assert (there.not_approving, there.not_rejecting) == (look.not_approving, look.not_rejecting)
