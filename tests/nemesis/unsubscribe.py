"""500 times somebody opts out at the moment their message leaves: nothing is claimed after the opt-out is committed."""

from __future__ import annotations

from tests.nemesis.alone import database


def run(number: int) -> int:
    with database():
        from django.test import override_settings

        from tests.messages.server import sending_to
        from tests.races import outbox

        with override_settings(MESSAGES=sending_to(0)):
            races = outbox.unsubscribe_while_sending(number)
    print(
        f"{number} races: {races.before} had left before, {races.never} never left, "
        f"{races.late} left after the opt-out was committed"
    )
    print("kept apart" if not races.late else "FAILED")
    return 0 if not races.late else 1
