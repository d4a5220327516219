"""One field finds what a person may see: exact hits first, each kind with its count, any text at all."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from approvals.models import Suggestion
from approvals.selectors import search as selector
from crmgov.people.models import Role
from crmgov.records.models import ExternalId, Source
from crmgov.records.rules import searches
from tests.decisions import scene
from tests.records_pages.kit import browser_of
from tests.search.kit import counts, exact, search, titles
from tests.world import NOW, a_contact, a_team, a_ticket, a_user, an_account, an_opportunity

pytestmark = pytest.mark.django_db(transaction=True)


def test_every_kind_is_found_by_what_it_is_called() -> None:
    sara = scene.reviewer()
    scene.publish()
    halden = scene.account("Halden Marine Systems", domain="haldenmarine.example")
    team = a_team().pk
    a_contact("Lind", account=str(halden.pk), email="maya@haldenmarine.example", team=team)
    an_opportunity("Halden fleet roll-out", account=str(halden.pk), team=team)
    a_ticket("Gaps at Halden", account=str(halden.pk), team=team)
    asked = scene.propose(halden, employees=310)
    scene.approve(asked, sara)

    found = search(browser_of(sara), "halden")

    assert titles(found, "account") == ["Halden Marine Systems"]
    assert titles(found, "contact") == ["Maya Lind"]
    assert titles(found, "opportunity") == ["Halden fleet roll-out"]
    assert titles(found, "ticket") == ["Gaps at Halden"]
    assert titles(found, "suggestion") == [asked.title]
    assert titles(search(browser_of(sara), "okafor"), "decision") == [f"Sara Okafor: {asked.title}"]
    assert counts(found) == dict.fromkeys(("account", "contact", "opportunity", "ticket", "suggestion"), "1")


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("MARINE hald", ["Halden Marine"]),
        ("ma", ["Halden Marine"]),
        ("ar", []),
        ("100%", ["100% Cotton"]),
        ("der_sc", ["Under_score"]),
        ("d%r", []),
        ("\\", []),
        ("belmont.example", ["Belmont"]),
        ("lmont.exa", ["Belmont"]),
    ],
)
def test_words_are_found_anywhere_and_short_ones_where_a_word_begins(asked: str, found: list[str]) -> None:
    for name in ("100% Cotton", "Under_score", "Halden Marine"):
        an_account(name)
    an_account("Belmont", domain="belmont.example")
    assert titles(search(browser_of(a_user("Ana Ruiz", Role.ADMIN)), asked), "account") == found


def test_what_is_called_exactly_so_comes_first() -> None:
    ana = browser_of(a_user("Ana Ruiz", Role.ADMIN))
    account = an_account("Halden", domain="halden.example")
    contact = a_contact("Lind", email="maya@halden.example")
    source = Source.objects.create(name="erp", kind=Source.Kind.IMPORT, trust_rank=10)
    ExternalId.objects.create(
        source=source, kind="id", value="C-00 4711", record_type="account", record_id=account.pk
    )

    assert exact(search(ana, "Maya@halden.example")) == [str(contact)]
    assert exact(search(ana, "HALDEN.example")) == [str(account)]
    assert exact(search(ana, "C-00 4711")) == [str(account)]
    assert exact(search(ana, str(account.pk))) == [str(account)]
    assert exact(search(ana, "halden")) == []


def test_a_suggestion_is_found_by_its_number_and_its_id() -> None:
    sara = browser_of(scene.reviewer())
    scene.publish()
    asked = scene.propose(scene.account(), employees=310)
    number = Suggestion.objects.get(pk=asked.pk).number
    for said in (str(number), f"#{number}", f"suggestion {number}", str(asked.pk)):
        assert exact(search(sara, said)) == [asked.title]


def test_another_team_finds_nothing_by_any_name_number_or_id() -> None:
    scene.reviewer()
    scene.publish()
    halden = scene.account("Halden Marine Systems", domain="halden.example")
    a_contact("Lind", account=str(halden.pk), email="maya@halden.example", team=a_team().pk)
    asked = scene.propose(halden, employees=310)
    scene.approve(asked, scene.reviewer())
    source = Source.objects.create(name="erp", kind=Source.Kind.IMPORT, trust_rank=10)
    ExternalId.objects.create(
        source=source, kind="id", value="C4711", record_type="account", record_id=halden.pk
    )
    number = Suggestion.objects.get(pk=asked.pk).number
    stranger = browser_of(a_user("Camille Roux", Role.REVIEWER, a_team("South")))

    for said in (
        "halden",
        "maya@halden.example",
        "C4711",
        str(number),
        str(asked.pk),
        str(halden.pk),
        "okafor",
    ):
        found = search(stranger, said)
        assert (exact(found), titles(found)) == ([], []), said
        beneath = stranger.get("/search/", {"q": said}, headers={"HX-Request": "true", "HX-Target": "found"})
        assert b"Halden" not in beneath.content
        assert b"<li" not in beneath.content


@pytest.mark.parametrize(
    "hostile",
    ["%", "_", "\\", "%%%", "\x01\x7f", "x" * 10_000, "\u202eevil", "' OR 1=1 --", "a " * 500,
     "<script>alert(1)</script>", "\U0001f600", "%00", "((", "9" * 40, "-1", "00000000-0000-0000-0000-00000000000g"],
)  # fmt: skip
def test_any_text_gets_an_answer(hostile: str) -> None:
    an_account("100% Cotton")
    client = browser_of(a_user("Ana Ruiz", Role.ADMIN))
    assert b"<script>alert" not in search(client, hostile).content
    for kind in (*selector.KINDS, "nonsense"):
        assert client.get("/search/", {"q": hostile, "kind": kind, "from": hostile}).status_code == 200
    beneath = client.get("/search/", {"q": hostile}, headers={"HX-Request": "true", "HX-Target": "found"})
    assert beneath.status_code == 200
    assert b"<html" not in beneath.content


def test_a_nul_is_turned_away_at_the_border() -> None:
    client = browser_of(a_user("Ana Ruiz", Role.ADMIN))
    assert client.get("/search/", {"q": "a\x00b"}).status_code == 400


def test_signs_alone_and_what_was_cut_are_said() -> None:
    client = browser_of(a_user("Ana Ruiz", Role.ADMIN))
    assert "no letter or digit" in search(client, "%%%").content.decode()
    assert "Only the first 8 words" in search(client, "word " * 9).content.decode()
    assert "Nothing found" in search(client, "zzz").content.decode()


def test_one_kind_is_walked_page_by_page_and_counted_to_a_thousand(monkeypatch: pytest.MonkeyPatch) -> None:
    client = browser_of(a_user("Ana Ruiz", Role.ADMIN))
    for number in range(7):
        an_account(f"Halden {number}")
    monkeypatch.setattr(selector, "SIZE", 3)
    monkeypatch.setattr(selector, "COUNTED", 5)

    first = search(client, "halden")
    assert counts(first)["account"] == "5+"
    assert titles(first, "account") == [f"Halden {number}" for number in range(5)]

    met, at = [], search(client, "halden", kind="account")
    while True:
        met.append(titles(at, "account"))
        if not (older := (at.context["pager"] or {}).get("older_url")):
            break
        at = client.get(older)
    assert met == [["Halden 0", "Halden 1", "Halden 2"], ["Halden 3", "Halden 4", "Halden 5"], ["Halden 6"]]
    assert titles(client.get(at.context["pager"]["newer_url"]), "account") == met[1]


def test_archived_records_are_found_by_their_id_alone() -> None:
    ana = browser_of(a_user("Ana Ruiz", Role.ADMIN))
    gone = an_account("Halden")
    _archive(gone.pk)
    assert titles(search(ana, "halden")) == []
    by_id = search(ana, str(gone.pk))
    assert exact(by_id) == ["Halden"]
    assert "Archived" in by_id.content.decode()


def _archive(record_id: UUID) -> None:
    from tests.world import change

    assert not change("account", record_id, archived_at=NOW + timedelta(hours=1)).refused


@pytest.mark.parametrize("kind", selector.KINDS)
@pytest.mark.parametrize("asked", ["halden", "halden marine", "ha"])
def test_every_kind_is_carried_by_trigram_indexes(kind: str, asked: str) -> None:
    ana = a_user("Ana Ruiz", Role.ADMIN)
    rows = selector.rows_for(ana, kind, searches.read(asked))
    assert "trgm" in explained(rows.order_by())


def test_a_sources_id_is_carried_by_an_index() -> None:
    assert "external_id_by_value" in explained(ExternalId.objects.filter(value="C-4711"), no_plain=False)


def explained(rows: Any, *, no_plain: bool = True) -> str:
    """The tables of a test are too small for an index to pay: ask what could carry it."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        if no_plain:
            cursor.execute("SET LOCAL enable_indexscan = off; SET LOCAL enable_indexonlyscan = off")
        return str(rows.explain())


def test_a_search_costs_the_same_at_1_and_at_25_of_each() -> None:
    client, counted = browser_of(a_user("Ana Ruiz", Role.ADMIN)), []
    scene.publish()
    for number in (1, 24):
        for one in range(number):
            account = an_account(f"Halden {number} {one}", team=a_team().pk, employees=240)
            a_contact("Halden", account=str(account.pk))
            an_opportunity("Halden", account=str(account.pk))
            a_ticket("Halden", account=str(account.pk))
            scene.propose(account, employees=310)
        with CaptureQueriesContext(connection) as queries:
            search(client, "halden")
        counted.append(queries.captured_queries)
    # Of one row nothing is counted; of many each kind once.
    assert len(counted[0]) <= len(counted[1]) <= len(counted[0]) + len(selector.KINDS)
    assert len(counted[1]) <= 3 * len(selector.KINDS) + 6
    assert not any("OFFSET" in query["sql"] for query in counted[1])


def test_while_typing_the_list_is_a_piece_of_the_page() -> None:
    client = browser_of(a_user("Ana Ruiz", Role.ADMIN))
    for number in range(5):
        an_account(f"Halden {number}")
    typing = {"HX-Request": "true", "HX-Target": "found"}
    piece = client.get("/search/", {"q": "hald"}, headers=typing)
    html = piece.content.decode()
    assert html.count("<li") == selector.BENEATH
    assert "All that carries “hald”" in html
    assert {"HX-Request", "HX-Target"} <= {name.strip() for name in piece["Vary"].split(",")}
    assert client.get("/search/", {"q": "h"}, headers=typing).content.strip() == b""


def test_the_field_stands_on_every_page_and_keeps_what_was_asked() -> None:
    client = browser_of(a_user("Ana Ruiz", Role.ADMIN))
    assert 'data-key="search"' in client.get("/accounts/").content.decode()
    page = search(client, 'a"b').content.decode()
    assert 'value="a&quot;b"' in page
