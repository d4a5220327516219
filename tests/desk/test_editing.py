"""Editing a proposed value: the control fits what it holds."""

from __future__ import annotations

import pytest

from approvals.models import Decision
from tests.decisions import scene
from tests.desk.browsing import at, press, url

pytestmark = pytest.mark.django_db


def test_a_record_that_is_named_is_edited_by_its_name_and_never_by_its_id() -> None:
    sara = at(scene.reviewer())
    scene.publish()
    account = scene.account("Polder Freight")
    items = [{"field": "name", "proposed": "Roll-out"}, {"field": "account", "proposed": str(account.pk)}]
    suggestion = scene.propose_raw(
        {
            "record": {"type": "opportunity"},
            "action": "create_record",
            "items": items,
            "confidence": 0.9,
            "level": "draft",
        }
    )
    page = sara.get(url("suggestion_edit", suggestion)).content.decode()
    assert f'<option value="{account.pk}" selected>Polder Freight</option>' in page

    typed = {"value:name": "Warehouse roll-out", "value:account": str(account.pk)}
    press(sara, "approve", suggestion, mode="edit", takes="1", take=["name", "account"], **typed)
    assert Decision.objects.get().edits == {"name": "Warehouse roll-out"}
