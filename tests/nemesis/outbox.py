"""2,000 approved messages, a slow mail server, and senders that are killed -9 again and again.

What counts is the mail server's own log: nothing twice, nothing to whom opted out, and all of it sent, refused,
cancelled or unknown.
"""

from __future__ import annotations

from tests.nemesis.alone import database

# So many messages to a kill.
MESSAGES_A_KILL = 2_000 / 300


def run(kills: int) -> int:
    with database():
        from approvals.services import invariants
        from tests.races import outbox

        number = int(kills * MESSAGES_A_KILL)
        outbox.prepare(number)
        trial = outbox.kill_senders(kills)
        findings = invariants.check_all(at=outbox.DUE, only=["S1", "S2", "S3", "S4"])
    print(
        f"{number} messages, {trial.kills} senders killed in {trial.seconds:.0f} s; by the log of the mail server "
        f"{trial.duplicates} twice, {trial.to_suppressed} to whom had opted out, {trial.done_but_not_there} called "
        f"sent and not there, {trial.there_but_not_said} there and called otherwise; {dict(trial.statuses)}"
    )
    broken = [f"{found.invariant} {found.detail}: {found.examples}" for found in findings if found.violations]
    for line in broken:
        print(f"PROBLEM: {line}")
    print("once each" if trial.held and not broken else "FAILED")
    return 0 if trial.held and not broken else 1
