"""S: what was sent, to whom, and on whose word."""

# ruff: noqa: S608 (every query is made of our own names)

from __future__ import annotations

from crmgov.records.rules.contact_rules import ContactRules

from . import mails
from .kinds import Check

DELIVERIES = "SELECT count(*) FROM approvals_delivery"
# Delivery y, its execution and message, and how it ended; without an end nobody knows.
STORY = """approvals_delivery y JOIN approvals_execution x ON x.id = y.execution_id
  JOIN approvals_decision d ON d.id = x.decision_id JOIN approvals_message m ON m.decision_id = d.id
  LEFT JOIN approvals_attempt t ON t.execution_id = y.execution_id AND t.number = y.number"""
# Without an answer it may have arrived; what the server declined did not.
MAY_HAVE_ARRIVED = "(t.outcome IS NULL OR t.outcome IN ('succeeded', 'unknown'))"
# Of all above a domain: polder.example and example for ines@mail.polder.example.
BANS = """(b.kind = 'address' AND lower(b.value) = lower(y.recipient))
  OR (b.kind = 'domain' AND (lower(y.recipient) LIKE '%@' || lower(b.value)
      OR lower(y.recipient) LIKE '%.' || lower(b.value)))
  OR (b.kind = 'account' AND b.account_id = c.account_id)"""
USUAL = ContactRules()
# The rules r in force when y was claimed, and what the code says where nobody saved any.
RULES = f"""CROSS JOIN LATERAL (
  SELECT * FROM (
    SELECT contact_days, contact_limit, account_days, account_limit, quiet_from, quiet_until, time_zone, id
    FROM records_contactrules WHERE saved_at <= y.claimed_at
    UNION ALL
    SELECT {USUAL.contact.days}, '', {USUAL.account.days}, '',
           time '{USUAL.quiet.start}', time '{USUAL.quiet.end}', '{USUAL.time_zone}', 0) saved
  ORDER BY id DESC LIMIT 1) r"""

CHECKS = (
    Check(
        "S1", "Every attempt links to one authority whose payload hash equals the hash of the bytes sent.",
        DELIVERIES,
        f"""SELECT 'delivery ' || y.number || ' of execution ' || y.execution_id || ' is not what was decided'
        FROM {STORY}
        WHERE y.mime_digest <> m.mime_digest OR m.mime_digest <> encode(sha256(m.mime), 'hex')
          OR d.payload #>> '{{0,mime_sha256}}' IS DISTINCT FROM y.mime_digest
          OR (t.outcome = 'succeeded' AND x.payload_digest <> d.payload_digest)
          OR (d.person_id IS NULL AND d.policy_version_id IS NULL)
          OR (d.person_id IS NULL AND m.standing_id IS NULL)
        UNION ALL
        SELECT 'execution ' || x.id || ' is done and no delivery of it was claimed'
        FROM approvals_execution x JOIN approvals_decision d ON d.id = x.decision_id AND d.kind <> 'accept_form'
        WHERE x.leaves AND x.status = 'succeeded'
          AND NOT EXISTS (SELECT 1 FROM approvals_delivery y WHERE y.execution_id = x.id)""",
    ),
    Check(
        "S2", "At most one attempt that reached DATA per message without a new human decision.",
        DELIVERIES,
        f"""SELECT 'delivery ' || y.number || ' of execution ' || y.execution_id || ' was claimed again unasked'
        FROM {STORY}
        WHERE {MAY_HAVE_ARRIVED}
          AND EXISTS (SELECT 1 FROM approvals_delivery z WHERE z.execution_id = y.execution_id
                      AND (z.number > y.number OR (z.number = y.number AND z.id > y.id)))
          AND NOT EXISTS (SELECT 1 FROM approvals_settlement s WHERE s.execution_id = y.execution_id
                          AND s.number = y.number AND s.choice = 'send_again')""",
    ),
    Check(
        "S3", "No attempt whose recipient was suppressed or opted out when it was claimed.",
        DELIVERIES,
        f"""SELECT 'delivery ' || y.number || ' of execution ' || y.execution_id || ' went to another address'
        FROM {STORY} WHERE y.recipient <> m.recipient OR d.payload #>> '{{0,recipient}}' <> y.recipient
          OR d.payload #>> '{{0,record_id}}' <> m.contact_id::text
        UNION ALL
        SELECT 'delivery ' || y.number || ' of execution ' || y.execution_id || ' was suppressed: ' || b.kind
        FROM {STORY} JOIN records_contact c ON c.id = m.contact_id JOIN records_suppression b ON {BANS}
        WHERE b.added_at < y.claimed_at AND (b.until IS NULL OR b.until > y.claimed_at)
          AND (b.lifted_at IS NULL OR b.lifted_at > y.claimed_at)
        UNION ALL
        SELECT 'delivery ' || y.number || ' of execution ' || y.execution_id || ' went to somebody who had opted out'
        FROM {STORY} JOIN records_consent o ON o.contact_id = m.contact_id AND o.channel = m.channel
          AND o.purpose IN ('any', m.purpose)
        WHERE o.state = 'opted_out' AND o.recorded_at < y.claimed_at""",
    ),
    Check(
        "S4", "Nothing claimed before its undo window ends or after a cancel.",
        DELIVERIES,
        """SELECT 'delivery ' || y.number || ' of execution ' || y.execution_id || ' was claimed in its countdown'
        FROM approvals_delivery y JOIN approvals_execution x ON x.id = y.execution_id
        JOIN approvals_decision d ON d.id = x.decision_id
        WHERE y.claimed_at < d.decided_at + interval '30 seconds'
        UNION ALL
        SELECT 'delivery ' || y.number || ' of execution ' || y.execution_id || ' was claimed after it was cancelled'
        FROM approvals_delivery y JOIN approvals_execution x ON x.id = y.execution_id
        WHERE x.status = 'cancelled' AND x.finished_at < y.claimed_at""",
    ),
    Check(
        "S5", "Frequency caps and quiet hours hold over all senders.",
        DELIVERIES,
        f"""WITH zones AS MATERIALIZED (SELECT name FROM pg_timezone_names)
        SELECT 'delivery ' || y.number || ' of execution ' || y.execution_id || ' was one more than the cap of the '
          || cap.of
        FROM {STORY} {RULES}
        JOIN records_touch u ON u.suggestion_id = x.suggestion_id AND u.state = 'used'
        CROSS JOIN LATERAL (VALUES
          ('contact', r.contact_days, CASE r.contact_limit WHEN 'off' THEN NULL WHEN '' THEN {USUAL.contact.default}
                                      ELSE r.contact_limit::int END, u.contact_id),
          ('account', r.account_days, CASE r.account_limit WHEN 'off' THEN NULL WHEN '' THEN {USUAL.account.default}
                                      ELSE r.account_limit::int END, u.account_id)) cap(of, days, most, id)
        WHERE {MAY_HAVE_ARRIVED} AND cap.most <= (
          SELECT count(*) FROM records_touch o
          WHERE CASE cap.of WHEN 'contact' THEN o.contact_id ELSE o.account_id END = cap.id
            AND o.channel = u.channel AND o.state = 'used' AND o.id <> u.id AND o.ended_at < y.claimed_at
            AND o.counts_at > y.claimed_at - make_interval(days => cap.days))
        UNION ALL
        SELECT 'delivery ' || y.number || ' of execution ' || y.execution_id || ' was claimed in quiet hours'
        FROM {STORY} {RULES}
        JOIN records_contact c ON c.id = m.contact_id
        CROSS JOIN LATERAL (SELECT (y.claimed_at AT TIME ZONE coalesce(
          (SELECT name FROM zones z WHERE z.name = c.time_zone),
          (SELECT name FROM zones z WHERE z.name = r.time_zone), 'UTC'))::time AS clock) wall
        WHERE CASE WHEN r.quiet_from <= r.quiet_until THEN clock >= r.quiet_from AND clock < r.quiet_until
                   ELSE clock >= r.quiet_from OR clock < r.quiet_until END
          AND NOT EXISTS (SELECT 1 FROM records_fieldchange f WHERE f.record_id = c.id AND f.field = 'time_zone'
                          AND f.at > y.claimed_at)""",
    ),
    Check("S6", "Commercial mail carries its unsubscribe headers, postal address and fixed From.",
          run=mails.unsubscribable),
    Check("S7", "No remote resource, no unlisted host, no control or bidi character in a header.",
          run=mails.harmless),
)  # fmt: skip
