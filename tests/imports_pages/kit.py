"""Imports as a person sees them: files handed in by a browser, columns chosen, workers run where the test stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from crmgov.people.models import Role, User
from crmgov.records.models import Account, Import, Source
from crmgov.records.services import import_checks, import_runs, import_whole_reverts
from tests.records_pages.kit import browser_of as browser_of
from tests.world import a_user, change

# Shuffled, two columns nobody knows, semicolons, Windows-1252: as people hand files in.
HEADINGS = ("Sektor", "employees", "name", "Bemerkung €", "renewal_date", "id", "annual_value", "region")
GOOD, BAD = 1000, 200
BAD_KINDS = 4


def ana() -> User:
    return a_user("Ana Ruiz", Role.ADMIN)


def olga() -> User:
    return a_user("Olga Brandt", Role.ADMIN)


def messy() -> tuple[bytes, list[int]]:
    """A file of 1,000 good rows among which stand 200 bad ones, and the lines of the bad ones."""
    lines, bad = [";".join(HEADINGS)], []
    for number in range(1, GOOD + BAD + 1):
        row = _good(number)
        if number % 6 == 0:
            row = _bad(number)
            bad.append(number + 1)
        lines.append(row)
    assert len(bad) == BAD
    return "\r\n".join(lines).encode("cp1252") + b"\r\n", bad


def _good(number: int) -> str:
    day = f"{number % 28 + 1:02}.{number % 12 + 1:02}.2027"
    return f"Größe {number % 5};{number};Müller & Söhne {number};“ok”;{day};A{number};1.{number % 900 + 100},50;Benelux"


def _bad(number: int) -> str:
    """No id, no name, too few cells, and an id that stood there already with other values."""
    kind = number // 6 % BAD_KINDS
    good = _good(number)
    if kind == 0:
        return good.replace(f";A{number};", ";;")
    if kind == 1:
        return good.replace(f";Müller & Söhne {number};", ";;")
    return f"nur;drei;Zellen {number}" if kind == 2 else good.replace(f";A{number};", ";A1;")


def upload(name: str, content: bytes | str) -> SimpleUploadedFile:
    data = content if isinstance(content, bytes) else content.encode()
    return SimpleUploadedFile(name, data, content_type="text/csv")


def begin(client: Client, *files: SimpleUploadedFile, source: str = "erp", adapter: str = "csv") -> Import:
    """Hand files in as a new import, of a new source or one that is known."""
    known = set(Import.objects.values_list("pk", flat=True))
    which = "source" if Source.objects.filter(name=source).exists() else "new_source"
    answer = client.post("/imports/new", {"adapter": adapter, which: source, "uploads": list(files)})
    assert answer.status_code == 302, read(answer)
    return Import.objects.exclude(pk__in=known).get()


def begin_again(client: Client, content: str) -> Import:
    """The same source's next file."""
    return begin(client, upload("accounts.csv", content))


def choose(client: Client, found: Import, object_name: str = "accounts", **instead: str) -> Any:
    """Open the columns of the only file, change what is said, and use them."""
    file = found.files.get()
    here = f"/imports/{found.pk}/files/{file.pk}/"
    page = client.get(here, {"object": object_name})
    assert page.status_code == 200, read(page)
    return client.post(here, {**posted(page), "object": object_name, **instead})


def posted(page: Any) -> dict[str, str]:
    """What the page's form would post as it stands: selected options and checked radios."""
    html = page.content.decode()
    found = {}
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', html, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options) or re.search(r'value="([^"]*)"', options)
        found[name] = unescape(chosen[1]) if chosen else ""
    for name, value in re.findall(r'<input type="radio" name="([^"]+)" value="([^"]+)" checked', html):
        found[name] = unescape(value)
    return found


def control(found: Import, heading: str) -> str:
    """The name of a column's control."""
    return f"c{found.files.get().headings.index(heading)}"


def check(client: Client, found: Import) -> Import:
    """Ask for the check, and be the worker that does it."""
    assert client.post(f"/imports/{found.pk}/check").status_code == 302
    assert import_checks.check(import_id=found.pk, at=timezone.now())
    found.refresh_from_db()
    return found


def confirm(client: Client, found: Import) -> Any:
    """Press what the preview offers."""
    page = client.get(f"/imports/{found.pk}/").content.decode()
    seen = re.search(r'name="seen" value="([0-9a-f]*)"', page)
    assert seen is not None, page
    return client.post(f"/imports/{found.pk}/confirm", {"seen": seen[1]})


def run(found: Import) -> Import:
    """Be the worker."""
    assert import_runs.go_on(import_id=found.pk, at=timezone.now())
    found.refresh_from_db()
    return found


def imported(client: Client, content: bytes | str, *, name: str = "accounts.csv", **more: Any) -> Import:
    """The whole story with one file, up to its report."""
    found = begin(client, upload(name, content), **more)
    assert choose(client, found).status_code == 302
    check(client, found)
    assert confirm(client, found).status_code == 302
    return run(found)


def read(answer: Any) -> str:
    """What a reader sees of a page: no tags, single spaces."""
    body = b"".join(answer) if answer.streaming else answer.content
    plain = re.sub(r"<[^>]+>", " ", body.decode())
    return re.sub(r"\s+", " ", unescape(plain))


def pages(client: Client, url: str) -> Iterator[str]:
    """Walk a list from page to page; yield the HTML of each."""
    here = url.partition("?")[0]
    while url:
        html = client.get(url).content.decode()
        yield html
        further = re.search(r'href="([^"]*)" rel="next"', html)
        link = unescape(further[1]) if further else ""
        url = f"{here}{link}" if link.startswith("?") else link


def account_csv(count: int, *, start: int = 1, region: str = "Benelux") -> str:
    rows = (f"A{number},Firm {number},{region}" for number in range(start, start + count))
    return "\n".join(["id,name,region", *rows]) + "\n"


AMBIGUOUS = 'id,name,renewal_date,annual_value\nA1,Halden,03/04/2027,"1,200"\n'


def in_every_state(client: Client) -> list[str]:
    """The addresses of an import in each of its states, with something of everything on the page."""
    done = imported(client, account_csv(120) + ",No id,x\n", source="shipping")
    change("account", Account.objects.get(name="Firm 1").pk, at=timezone.now(), region="DACH")
    ready = begin(
        client,
        upload("accounts.csv", account_csv(3, region="Nordics") + "A999,New,Nordics\n,No id,x\n"),
        source="shipping",
    )
    choose(client, ready)
    check(client, ready)
    asks = begin(client, upload("amb.csv", AMBIGUOUS), upload("b.csv", account_csv(1)), source="shop")
    file = asks.files.get(name="amb.csv")
    running = begin(client, upload("accounts.csv", account_csv(2)), source="third")
    choose(client, running)
    check(client, running)
    confirm(client, running)
    import_whole_reverts.propose(import_id=done.pk, user=ana(), reason="Wrong file.", at=timezone.now())
    return [
        *(f"/imports/{one.pk}/" for one in (done, ready, asks, running)),
        f"/imports/{ready.pk}/?step=1&fate=conflict", f"/imports/{ready.pk}/?step=1&fate=refused",
        f"/imports/{ready.pk}/files", f"/imports/{asks.pk}/files/{file.pk}/", f"/imports/{done.pk}/revert",
    ]  # fmt: skip
