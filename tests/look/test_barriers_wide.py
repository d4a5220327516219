"""The same walk on a wide screen; a file of its own, so that both run at once."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from tests.look.test_barriers import scene as scene
from tests.look.test_barriers import walked
from tests.security.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_no_page_has_a_barrier_or_complains_on_a_wide_screen(
    chromium: Browser, live_server: LiveServer, scene: World
) -> None:
    wrong, _ = walked(chromium, live_server, scene, width=1280)
    assert not wrong, "\n".join(wrong)
