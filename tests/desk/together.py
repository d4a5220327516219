"""The page on which several are decided together, as a browser has it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import unescape
from typing import Any

from django.test import Client

from approvals.models import Suggestion

HERE = "/together/"


def opened(client: Client, chosen: Sequence[Suggestion]) -> str:
    page = client.get(HERE, {"pick": [str(one.pk) for one in chosen]})
    assert page.status_code == 200, page.content.decode()
    return page.content.decode()


def form_of(html: str, *, ticked: bool = True, **typed: Any) -> dict[str, Any]:
    """What the page's form would post, with the ones picked at random ticked."""
    hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', html)
    looked = re.findall(r'name="looked" id="[^"]+" value="([^"]+)"', html)
    return {
        "shown": next(unescape(value) for name, value in hidden if name == "shown"),
        "list": "",
        "pick": [value for name, value in hidden if name == "pick"],
        "looked": looked if ticked else [],
        **typed,
    }


def press(client: Client, chosen: Sequence[Suggestion], verb: str = "approve", **typed: Any) -> Any:
    return client.post(f"{HERE}{verb}", form_of(opened(client, chosen), **typed))
