"""What comes in at the border in a shape nobody expects is refused in words, never broken."""

from __future__ import annotations

import pytest
import time_machine
from django.test import Client

from tests.decisions import scene
from tests.intake.kit import a_key
from tests.world import NOW

pytestmark = pytest.mark.django_db


def test_a_form_sent_to_the_api_is_refused_in_words() -> None:
    key = a_key(scene.an_agent(), at=NOW, days=300)
    client = Client(HTTP_AUTHORIZATION=f"Bearer {key.secret}", raise_request_exception=False)

    with time_machine.travel(NOW, tick=False):
        answer = client.post("/api/v1/suggestions", {"record": "an account"})

    assert 400 <= answer.status_code < 500
    assert answer["Content-Type"].startswith("application/problem+json")
