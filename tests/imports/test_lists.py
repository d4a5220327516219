"""Lists: people, teams, names, rates, consents, suppressions and the timeline."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from importlib import import_module
from pathlib import Path

import pytest
from django.db import connection, transaction

from crmgov.kernel.actors import Actor, ActorType
from crmgov.people.models import Role, Team, User
from crmgov.records.models import (
    Activity,
    Consent,
    ExchangeRate,
    ExternalId,
    ImportRefusal,
    Product,
    RecordEvent,
    Segment,
    Stage,
    Suppression,
    Task,
)
from crmgov.records.services import consent
from crmgov.records.services.imports import Imported
from tests.api.happenings import named
from tests.imports.files import four, take, write
from tests.world import NOW, a_contact, a_team, a_ticket, a_user, an_account, an_opportunity, change

pytestmark = pytest.mark.django_db


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "list.csv"


def test_people_come_without_password_and_move_with_their_team(path: Path) -> None:
    a_team("North")
    a_team("South")
    take(write(path, ["id,name,team", "1,Zoë Ørn,North", "2,Zoë Ørn,", "3,Lee,West"]), "users")

    people = {user.email: user for user in User.objects.filter(email__endswith="@imported.invalid")}
    assert set(people) == {"zoe.rn@imported.invalid", "zoe.rn.2@imported.invalid", "lee@imported.invalid"}
    assert not any(user.has_usable_password() for user in people.values())
    assert {user.role for user in people.values()} == {"reviewer"}

    moved = take(write(path, ["id,name,team", "1,Zoë Ørn,South", "2,Zoë Ørn,", "3,Lee,West"]), "users")
    assert four(moved) == (0, 1, 2, 0)
    assert [team.name for team in people["zoe.rn@imported.invalid"].teams.all()] == ["South"]


def test_a_file_makes_no_admin_and_changes_nobody_who_can_log_in(path: Path) -> None:
    sara = a_user("Sara Okafor")
    write(path, ["id,name,email,role", f"1,Sara Okafor,{sara.email},admin", "2,Eve,eve@crmgov.example,admin"])

    first = take(path, "users")

    assert (four(first), first.report.reported) == ((1, 0, 1, 0), {"invalid_role": 2})
    assert User.objects.get(email="eve@crmgov.example").role == Role.REVIEWER
    renamed = take(write(path, ["id,name,email", f"1,Somebody Else,{sara.email}"]), "users")
    assert renamed.report.refused == {"has_a_login": 1}
    sara.refresh_from_db()
    assert sara.name == "Sara Okafor"


def test_a_user_is_matched_by_an_address_in_whatever_case_it_is_stored(path: Path) -> None:
    User.objects.create(email="Bo@x.example", name="Bo")
    write(path, ["id,name,email", "1,Bo,bo@X.example", "2,Lee,lee@x.example"])

    assert four(take(path, "users")) == (1, 0, 1, 0)

    assert dict(User.objects.filter(email__iendswith="x.example").values_list("email", "name")) == {
        "Bo@x.example": "Bo", "lee@x.example": "Lee",
    }  # fmt: skip


def test_names_are_keys_and_do_not_change(path: Path) -> None:
    take(write(path, ["id,name,list price", "1,GTX Pro,4821", "2,MG Special,55"]), "products")

    again = take(write(path, ["id,name,list price", "1,GTX Pro,4900", "2,MG Basic,55"]), "products")

    assert four(again) == (0, 1, 0, 1)
    assert again.report.refused == {"key_changed": 1}
    assert dict(Product.objects.values_list("name", "list_price")) == {
        "GTX Pro": Decimal("4900.00"), "MG Special": Decimal("55.00"),
    }  # fmt: skip


def test_a_list_row_changed_on_both_sides_stays_and_is_said(path: Path) -> None:
    take(write(path, ["name,list price", "GTX Pro,4821"]), "products")
    Product.objects.update(list_price=5000)

    again = take(write(path, ["name,list price", "GTX Pro,4900"]), "products")

    assert (four(again), again.report.conflicts) == ((0, 1, 0, 0), 1)
    assert Product.objects.get().list_price == 5000
    assert RecordEvent.objects.count() == 0
    assert "ours is “5000.00” and stands" in ImportRefusal.objects.get(run=again.run).say


def test_segments_stages_and_teams_that_are_there_are_taken_as_they_are(path: Path) -> None:
    a_team("North")
    assert four(take(write(path, ["name", "North", "South"]), "teams")) == (1, 0, 1, 0)
    assert four(take(write(path, ["name,position", "small,1", "mid,2"]), "segments")) == (2, 0, 0, 0)
    assert four(take(write(path, ["name,kind", "Signed,won", "Lost,perhaps"]), "stages")) == (2, 0, 0, 0)
    assert set(Team.objects.values_list("name", flat=True)) == {"North", "South"}
    assert list(Segment.objects.values_list("name", flat=True)) == ["small", "mid"]
    assert dict(Stage.objects.values_list("name", "kind")) == {"Signed": "won", "Lost": "open"}


def test_rates_are_known_by_currency_and_day(path: Path) -> None:
    write(path, ["currency,day,rate", "usd,2026-01-01,0.91", "USD,2026-02-01,0", "USD,2026-03-01,0.93"])

    imported = take(path, "exchange_rates")

    assert four(imported) == (2, 0, 0, 1)
    assert imported.report.refused == {"invalid_rate": 1}
    assert ExchangeRate.objects.filter(currency="USD").count() == 2
    assert four(take(path, "exchange_rates")) == (0, 0, 2, 1)


def test_activities_are_recorded_once_and_never_rewritten(path: Path) -> None:
    account = an_account(team=a_team("North").pk)
    contact = a_contact(account=account.pk, email="maya@lind.example")
    head = "id,kind,contact,occurred at,subject,Mood"
    write(
        path,
        [
            head,
            "1,Call,maya@lind.example,2026-03-01T09:00:00Z,Hello,good",
            "2,Call,nobody@x.example,2026-03-01,Hi,",
        ],
    )

    first = take(path, "activities")

    assert four(first) == (1, 0, 0, 1)
    assert first.report.refused == {"hangs_on_nothing": 1}
    activity = Activity.objects.get()
    assert (activity.contact, activity.account, activity.team) == (contact, account, account.team)
    assert (activity.data, activity.kind, activity.recorded_at) == ({"Mood": "good"}, "call", NOW)
    assert set(ExternalId.objects.get(value="1").last_seen) == {"mark"}

    write(path, [head, "1,Call,maya@lind.example,2026-03-01T09:00:00Z,Goodbye,good"])
    again = take(path, "activities")
    assert again.report.refused == {"already_recorded": 1}
    assert Activity.objects.get().subject == "Hello"


def test_a_repeat_of_a_refused_row_is_refused_as_well(path: Path) -> None:
    row = "1,Call,nobody@x.example,2026-03-01,Hi"
    imported = take(write(path, ["id,kind,contact,occurred at,subject", row, row]), "activities")

    assert imported.report.refused == {"hangs_on_nothing": 2}
    assert four(imported) == (0, 0, 0, 2)


def test_consent_may_come_in_and_an_opt_out_always_wins(path: Path) -> None:
    out, both = a_contact("Out", email="out@x.example"), a_contact("Both", email="both@x.example")
    head = "contact,channel,purpose,state"
    write(path, [head, "out@x.example,email,news,opted in", "both@x.example,email,news,opted in"])
    first = take(path, "consents")
    assert four(first) == (2, 0, 0, 0)
    assert first.run is not None
    assert Consent.objects.get(contact=out).recorded_by == "Ada Admin"

    person = Actor(ActorType.HUMAN, "1", "Maya Lind")
    consent.withdraw(contact=out, channel="email", actor=person, at=NOW)
    again = take(path, "consents")
    assert four(again) == (0, 0, 2, 0)
    assert Consent.objects.get(contact=out, purpose="news").state == "opted_out"

    write(path, [head, "out@x.example,email,news,unknown", "both@x.example,email,news,opted out"])
    moved = take(path, "consents")
    assert (four(moved), moved.report.conflicts) == ((0, 2, 0, 0), 1)
    assert {Consent.objects.get(contact=one, purpose="news").state for one in (out, both)} == {"opted_out"}


def _said(path: Path, *lines: str, source: str = "csv") -> Imported:
    head = "id,contact,channel,purpose,state,lawful_basis"
    return take(write(path, [head, *lines]), "consents", source=source)


def test_an_opt_in_never_overwrites_an_opt_out_of_ours(path: Path) -> None:
    """Even where the source had said out too: that the values agree does not make the word theirs."""
    maya = a_contact(email="maya@x.example")
    _said(path, "1,maya@x.example,email,news,opted out,")
    consent.record(
        contact=maya, channel="email", purpose="news", state="opted_out",
        actor=Actor(ActorType.HUMAN, "1", "Maya Lind"), at=NOW,
    )  # fmt: skip
    _said(path, "1,maya@x.example,email,news,opted out,contract")

    for _ in range(2):
        told = _said(path, "1,maya@x.example,email,news,opted in,contract")
        assert (four(told), told.report.refused) == ((0, 0, 0, 1), {"opted_out_here": 1})
    assert "not this source" in ImportRefusal.objects.order_by("-id")[0].say
    one = Consent.objects.get()
    assert (one.state, one.told_by, one.recorded_by) == ("opted_out", None, "Maya Lind")


def test_a_source_takes_back_its_own_opt_out_and_no_others(path: Path) -> None:
    a_contact(email="maya@x.example")
    _said(path, "1,maya@x.example,email,news,opted out,")
    other = _said(path, "1,maya@x.example,email,news,opted in,", source="other")
    assert (four(other), other.report.conflicts) == ((0, 1, 0, 0), 1)
    assert Consent.objects.get().state == "opted_out"

    assert four(_said(path, "1,maya@x.example,email,news,opted in,")) == (0, 1, 0, 0)
    assert Consent.objects.get().state == "opted_in"


@pytest.mark.django_db(transaction=True)
def test_a_withdrawal_that_lands_while_the_file_is_read_stands(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Committed by another connection after the import looked and before it writes."""
    maya = a_contact(email="maya@x.example")
    looked = consent._before

    def withdraw() -> None:
        with transaction.atomic():
            actor = Actor(ActorType.HUMAN, "1", "Maya Lind")
            consent.withdraw(contact=maya, channel="email", purpose="news", actor=actor, at=NOW)
        connection.close()

    def look(words: Sequence[consent.Word]) -> dict[consent.Key, Consent]:
        found = looked(words)
        monkeypatch.setattr(consent, "_before", looked)
        with ThreadPoolExecutor(1) as another:
            another.submit(withdraw).result(timeout=20)
        return found

    monkeypatch.setattr(consent, "_before", look)
    told = _said(path, "1,maya@x.example,email,news,opted in,")

    assert (four(told), told.report.refused) == ((0, 0, 0, 1), {"opted_out_here": 1})
    assert (Consent.objects.get().state, Consent.objects.get().told_by) == ("opted_out", None)


def test_a_total_objection_refuses_opt_ins_of_files(path: Path) -> None:
    maya = a_contact(email="maya@x.example")
    actor = Actor(ActorType.HUMAN, "1", "Maya Lind")
    consent.withdraw(contact=maya, channel="email", actor=actor, at=NOW)

    told = _said(path, "1,maya@x.example,email,news,opted in,", "2,maya@x.example,phone,news,opted in,")

    assert (four(told), told.report.refused) == ((1, 0, 0, 1), {"objected_to_all": 1})
    assert not Consent.objects.filter(channel="email", state="opted_in").exists()


def test_an_opt_out_in_the_file_wins_over_what_we_were_told(path: Path) -> None:
    contact = a_contact(email="maya@x.example")
    person = Actor(ActorType.HUMAN, "1", "Maya Lind")
    consent.record(contact=contact, channel="email", purpose="news", state="opted_in", actor=person, at=NOW)

    imported = take(
        write(path, ["contact,channel,purpose,state", "maya@x.example,email,news,opted out"]), "consents"
    )

    assert (four(imported), imported.report.conflicts) == ((0, 1, 0, 0), 0)
    assert Consent.objects.get().state == "opted_out"


def test_suppressions_name_exactly_one_target(path: Path) -> None:
    an_account("Halden")
    write(
        path,
        [
            "id,kind,value,account,reason",
            "1,address,MAYA@x.example,,asked",
            "2,domain,x.example,,asked",
            "3,account,,Halden,legal",
            "4,address,not an address,,asked",
            "5,account,,Nobody,legal",
            "6,address,maya@x.example,,again",
        ],
    )

    imported = take(path, "suppressions")

    assert four(imported) == (3, 0, 0, 3)
    assert imported.report.refused == {"invalid_value": 1, "no_account": 1, "repeated_key": 1}
    assert set(Suppression.objects.values_list("kind", "value")) == {
        ("address", "maya@x.example"), ("domain", "x.example"), ("account", ""),
    }  # fmt: skip
    assert four(take(path, "suppressions")) == (0, 0, 3, 3)


def test_columns_without_a_place_are_named(path: Path) -> None:
    imported = take(write(path, ["id,name,colour", "1,GTX Pro,red"]), "products")

    assert imported.report.without_place == ["colour"]


def test_an_activity_is_of_the_team_and_the_account_of_what_it_hangs_on(path: Path) -> None:
    north, south = a_team("North"), a_team("South")
    account = an_account(team=north.pk)
    a_contact("Lead", email="lead@x.example", team=north.pk)
    deal = an_opportunity("Fleet", account=account.pk)
    ticket = a_ticket("Outage", account=account.pk)
    named(deal, "opportunity 1", "opportunity")
    named(ticket, "ticket 1", "ticket")
    lines = ["id,kind,contact,opportunity,ticket,occurred at"]
    lines += ["1,Call,lead@x.example,,,2026-03-01", "2,Call,,opportunity 1,,2026-03-01"]
    assert four(take(write(path, [*lines, "3,Call,,,ticket 1,2026-03-01"]), "activities")) == (3, 0, 0, 0)

    teams = Activity.objects.order_by("id").values_list("team", "account")
    assert list(teams) == [(north.pk, None), (north.pk, account.pk), (north.pk, account.pk)]
    assert not Activity.objects.for_user(a_user("Sam", Role.REVIEWER, south)).exists()


def test_what_happened_follows_a_record_into_its_team_and_to_its_account(path: Path) -> None:
    north, south = a_team("North"), a_team("South")
    account = an_account(team=north.pk)
    lead = a_contact("Lead", email="lead@x.example", team=north.pk)
    there = a_contact("There", email="there@x.example", account=account.pk)
    lines = [
        "id,kind,contact,occurred at",
        "1,Call,lead@x.example,2026-03-01",
        "2,Call,there@x.example,2026-03-01",
    ]
    take(write(path, lines), "activities")

    change("contact", lead.pk, account=account.pk)
    change("account", account.pk, team=south.pk)

    found = {one.contact_id: (one.team_id, one.account_id) for one in Activity.objects.all()}
    assert found == {lead.pk: (south.pk, account.pk), there.pk: (south.pk, account.pk)}


def test_activities_of_earlier_imports_are_put_where_they_belong() -> None:
    account = an_account(team=a_team("North").pk)
    ticket = a_ticket("Outage", account=account.pk)
    Activity.objects.create(kind="call", ticket=ticket, occurred_at=NOW, recorded_at=NOW)
    migration = import_module("crmgov.records.migrations.0009_where_activities_belong")

    with connection.cursor() as cursor:
        cursor.execute(migration.BELONG)

    assert Activity.objects.values_list("team", "account").get() == (account.team_id, account.pk)


def test_a_task_is_of_the_team_of_what_it_hangs_on(path: Path) -> None:
    north = a_team("North")
    a_contact("Lead", email="lead@x.example", team=north.pk)
    lines = ["id,title,contact", "1,Call back,lead@x.example"]

    assert four(take(write(path, lines), "tasks")) == (1, 0, 0, 0)

    assert Task.objects.get().team == north
