"""`script/nemesis outbox` and `script/nemesis unsubscribe` do the same for longer."""

from __future__ import annotations

import pytest
from django.test import override_settings

from approvals.services import invariants
from tests.messages.server import sending_to
from tests.races import outbox

pytestmark = pytest.mark.django_db(transaction=True)


def test_senders_killed_at_any_moment_send_nothing_twice_and_lose_nothing() -> None:
    outbox.prepare(40)

    trial = outbox.kill_senders(12)

    assert trial.held, trial
    assert not [
        found for found in invariants.check_all(at=outbox.DUE, only=["S1", "S2", "S4"]) if found.violations
    ]


def test_nothing_leaves_after_an_opt_out_was_committed() -> None:
    with override_settings(MESSAGES=sending_to(0)):
        races = outbox.unsubscribe_while_sending(12)

    assert races.late == 0, races
    assert races.before + races.never == 12
