"""S1 to S7: quiet over messages that were sent, settled and taken back, loud over each broken promise."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connections, transaction

from approvals.models import Execution
from approvals.services import invariants, sending, settling, undoing
from approvals.services.invariants import kinds
from crmgov.kernel.actors import Actor, ActorType
from crmgov.records.models import Contact
from crmgov.records.services import consent
from tests.decisions import scene as decided
from tests.decisions.scene import LATER
from tests.messages import scene, server

pytestmark = pytest.mark.django_db(transaction=True)
DUE = LATER + timedelta(seconds=30)
SEALED = ("approvals_message", "approvals_delivery", "approvals_decision", "approvals_settlement")
BAN = (
    "INSERT INTO records_suppression (kind, value, reason, added_by, added_at, lift_reason, sole_admin) "
    "VALUES ('{}', '{}', "
)
SABOTAGE = {
    "S1": "UPDATE approvals_delivery SET mime_digest = repeat('0', 64)",
    "S1 of bytes": "UPDATE approvals_message SET mime = mime || 'x'::bytea",
    "S1 without authority": "UPDATE approvals_decision SET person_id = NULL, policy_version_id = "
    "(SELECT max(id) FROM approvals_policyversion)",
    "S1 without delivery": "UPDATE approvals_execution SET status = 'succeeded' WHERE status = 'cancelled'",
    "S2": "UPDATE approvals_settlement SET choice = 'leave'",
    "S3": "UPDATE approvals_delivery SET recipient = 'eve@elsewhere.example'",
    "S3 of an address": BAN.format("address", "INES.COSTA@polder.example")
    + "'x', 'x', '2026-01-01', '', false)",
    "S3 of a domain": BAN.format("domain", "example") + "'x', 'x', '2026-01-01', '', false)",
    "S3 of an opt-out": "UPDATE records_consent SET recorded_at = '2026-01-01'",
    "S4": "UPDATE approvals_delivery SET claimed_at = claimed_at - interval '1 second' WHERE number = 1",
    "S4 of a cancel": "UPDATE approvals_execution SET status = 'cancelled', finished_at = '2026-01-01' "
    "WHERE status = 'succeeded'",
    "S5": "INSERT INTO records_touch "
    "(contact_id, account_id, channel, purpose, state, counts_at, by, made_at, ended_at) SELECT "
    "contact_id, account_id, channel, purpose, state, counts_at - interval '1 hour', 'x', made_at, "
    "ended_at - interval '1 hour' FROM records_touch, generate_series(1, 4) WHERE state = 'used'",
    "S5 at night": "UPDATE approvals_delivery SET claimed_at = '2026-11-20 23:10+00'",
    "S6": "UPDATE approvals_message SET mime = convert_to(replace(convert_from(mime, 'UTF8'), "
    "'List-Unsubscribe-Post', 'X-Post'), 'UTF8'), purpose = 'newsletter'",
    "S6 of an address": "UPDATE approvals_message SET mime = convert_to(replace(convert_from(mime, 'UTF8'), "
    "E'\n--=20\r\n', E'\n'), 'UTF8'), purpose = 'newsletter'",
    "S7": "UPDATE approvals_message SET mime = convert_to(replace(convert_from(mime, 'UTF8'), "
    "'<p>Dear', '<p><img src=3D\"https://track.example/o.gif\">Dear'), 'UTF8')",
    "S7 of a header": "UPDATE approvals_message SET mime = convert_to(replace(convert_from(mime, 'UTF8'), "
    "'Subject: ', E'Bcc: eve@elsewhere.example\r\nSubject: '), 'UTF8')",
}


def story() -> None:
    """One is sent, one is sent again on the word of a person, one is taken back; then somebody opts out."""
    decided.publish()
    sara, account = decided.reviewer(), decided.account()
    for email in ("ines.costa@polder.example", "b@polder.example", "c@polder.example"):
        scene.approve(scene.propose(scene.reader(email, account=account)), sara)
    last = Execution.objects.order_by("-made_at", "-id")[0]
    undoing.take_back(suggestion_id=last.suggestion_id, user=sara, at=LATER)
    with server.running() as mail:
        mail.hangs_up_once = True
        sending.work_off(clock=lambda: DUE)
        unknown = Execution.objects.get(status="unknown")
        settling.settle(execution_id=unknown.pk, choice="send_again", user=sara, at=DUE)
        sending.work_off(clock=lambda: DUE)
    with transaction.atomic():
        for contact in Contact.objects.all():
            themselves = Actor(ActorType.HUMAN, "contact", str(contact))
            consent.withdraw(contact=contact, channel="email", actor=themselves, at=DUE + timedelta(hours=1))


def test_a_story_of_messages_breaks_no_promise() -> None:
    story()

    findings = {found.invariant: found for found in invariants.check_all(at=DUE)}

    assert {name: found.examples for name, found in findings.items() if found.violations} == {}
    assert [findings[name].outcome for name in ("S1", "S2", "S3", "S4", "S5", "S6", "S7")] == ["ok"] * 7


def test_each_sabotage_is_seen_by_its_own_check(monkeypatch: pytest.MonkeyPatch) -> None:
    story()
    monkeypatch.setattr(kinds, "connection", connections["owner"])
    unseen = []
    for name, sql in SABOTAGE.items():
        with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
            for table in SEALED:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            cursor.execute(sql)
            check = next(check for check in invariants.CHECKS if check.invariant == name.split()[0])
            finding = check.ask()
            if finding.outcome != "VIOLATED" or not finding.examples:
                unseen.append((name, finding))
            transaction.set_rollback(True, using="owner")
    assert unseen == []
