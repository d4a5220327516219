"""What the inbox makes a browser load: little, and nothing from elsewhere."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.bench import weight
from tests.decisions import scene

MOST_KILOBYTES = 150


@pytest.mark.django_db
def test_the_inbox_weighs_little_and_loads_nothing_from_elsewhere(client: Client) -> None:
    client.force_login(scene.reviewer())
    scene.publish()
    scene.propose(scene.account(), employees=310)

    found = weight.of(client, "/inbox/")

    assert found.kilobytes <= MOST_KILOBYTES
    assert found.elsewhere == []
    kinds = {address.partition("?")[0].rpartition(".")[2] for address in found.gzipped}
    assert {"css", "js", "svg"} <= kinds


@pytest.mark.parametrize(
    ("text", "address", "named"),
    [
        ('<link rel="icon" href="/a.svg"><a href="//elsewhere/x">', "page.html", ["/a.svg"]),
        ('<script type="module" src="//cdn/x.js"></script>', "page.html", ["//cdn/x.js"]),
        ('<svg><use href="/static/icons.svg#pen"/></svg>', "page.html", ["/static/icons.svg#pen"]),
        ('a{background:url("../i.svg")}@import "z.css";', "a.css", ["../i.svg", "z.css"]),
        ('import {a} from "./x.js"\nconst b = import("./y.js")', "a.js", ["./x.js", "./y.js"]),
    ],
)
def test_a_page_is_read_as_a_browser_reads_it(text: str, address: str, named: list[str]) -> None:
    assert weight.named(text, address) == named
