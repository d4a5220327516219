"""A, X and L: the audit trail, isolation, and whether work flows."""

# ruff: noqa: S608 (every query is made of our own names)

from __future__ import annotations

from crmgov.records import registry
from crmgov.records.services.timelines import BELONGS

from .kinds import Check

GROWING = (
    "records_changeset", "records_fieldchange", "records_earlierchange", "approvals_decision", "approvals_attempt",
    "approvals_note", "approvals_message", "approvals_delivery", "approvals_settlement",
)  # fmt: skip
TABLES = ", ".join(f"('{table}')" for table in GROWING)
# A person who is here: active, not away, or away for less time than the clock needs to move what waits for them.
PRESENT = """u.is_active AND u.role <> 'auditor' AND NOT EXISTS (
  SELECT 1 FROM people_absence a
  WHERE a.user_id = u.id AND now() - interval '2 minutes' >= a.starts_at AND now() < a.ends_at)"""
# Members of queue q, and whoever stands in for one (selectors/seats.py).
SITS = """EXISTS (
  SELECT 1 FROM approvals_queuemembership m WHERE m.queue_id = q.id AND (m.user_id = u.id OR EXISTS (
    SELECT 1 FROM people_delegation d JOIN people_user absent ON absent.id = d.user_id AND absent.is_active
    WHERE d.user_id = m.user_id AND d.delegate_id = u.id
      AND d.starts_at <= now() AND d.ends_at > now() - interval '2 minutes')))"""
PAUSED = """(p.scope = 'all' OR (p.scope = 'action' AND p.target = s.action)
  OR (p.scope = 'agent' AND p.target = g.name) OR (p.scope = 'workflow' AND p.target = w.name))"""
LINEAGE = """approvals_suggestion s
  LEFT JOIN approvals_agent g ON g.id = s.agent_id
  JOIN approvals_workflowversion v ON v.id = s.workflow_version_id JOIN approvals_workflow w ON w.id = v.workflow_id"""
RECORDS = " UNION ALL ".join(
    f"SELECT id, team_id, updated_at FROM {model._meta.db_table}" for model in registry.MODELS.values()
)
# A domain gets so many messages a minute: the others wait their turn as long as some leave.
MOVING = """(x.leaves AND EXISTS (
  SELECT 1 FROM approvals_delivery y WHERE y.claimed_at > now() - interval '2 minutes'))"""
SETTLED_DOWN = "r.updated_at < now() - interval '2 minutes'"

CHECKS = (
    Check(
        "A1", "No UPDATE, DELETE or TRUNCATE on ledger, decisions and attempts for the running role.",
        f"SELECT count(*) FROM (VALUES {TABLES}) AS t(name)",
        f"""SELECT t.name || ': ' || r.right_ || ' is granted to ' || current_user
        FROM (VALUES {TABLES}) AS t(name) CROSS JOIN (VALUES ('UPDATE'), ('DELETE'), ('TRUNCATE')) AS r(right_)
        WHERE has_table_privilege(t.name, r.right_)
          AND NOT pg_has_role((SELECT relowner FROM pg_class WHERE oid = t.name::regclass), 'USAGE')
        UNION ALL
        SELECT t.name || ' has no append-only trigger' FROM (VALUES {TABLES}) AS t(name)
        WHERE NOT EXISTS (SELECT 1 FROM pg_trigger g JOIN pg_proc p ON p.oid = g.tgfoid
                          WHERE g.tgrelid = t.name::regclass AND p.proname = 'crmgov_append_only'
                            AND g.tgenabled IN ('O', 'A'))""",
    ),
    Check("A2", "The seal chain verifies without gaps."),
    Check(
        "A3", "Rows stay readable after users and records are gone.",
        "SELECT count(*) FROM records_changeset",
        """SELECT 'change set ' || id || ' does not name its actor or authority' FROM records_changeset
        WHERE btrim(actor_label) = '' OR btrim(authority_label) = ''
        UNION ALL
        SELECT 'ledger row ' || id || ' does not name its record' FROM records_fieldchange
        WHERE btrim(record_label) = ''
        UNION ALL
        SELECT 'decision ' || id || ' does not name its decider' FROM approvals_decision
        WHERE btrim(decider_label) = ''""",
    ),
    Check("A4", "After erasure no plaintext of the person remains anywhere."),
    Check(
        "A5", "Each ledger row's commitment is that of its salt and values.",
        "SELECT (SELECT count(*) FROM records_fieldchange) + (SELECT count(*) FROM records_earlierchange)",
        """SELECT 'ledger row ' || id || ' of ' || record_type || ' ' || record_id || '.' || field
        FROM records_fieldchange WHERE commitment <> crmgov_commitment(salt, old, new)
        UNION ALL
        SELECT 'earlier change ' || id || ' of ' || record_type || ' ' || record_id || '.' || field
        FROM records_earlierchange WHERE commitment <> crmgov_commitment(salt, old, new)""",
    ),
    # The pages are crawled by a test; here, what is open, and what happened, stands with the team that sees its
    # record. Two minutes are for the news of a move to arrive.
    Check(
        "X1", "Nothing of another team by any page, API, export, search, notification or webhook.",
        """SELECT (SELECT count(*) FROM approvals_suggestion WHERE status = 'queued' AND record_id IS NOT NULL)
                + (SELECT count(*) FROM records_activity)""",
        f"""SELECT 'suggestion ' || s.number || ' waits with another team than its record''s'
        FROM approvals_suggestion s JOIN ({RECORDS}) r ON r.id = s.record_id
        WHERE s.status = 'queued' AND s.team_id IS DISTINCT FROM r.team_id AND {SETTLED_DOWN}
        UNION ALL
        SELECT 'conflict ' || c.id || ' stands with another team than its record''s'
        FROM approvals_conflict c JOIN ({RECORDS}) r ON r.id = c.record_id
        WHERE c.status = 'open' AND c.team_id IS DISTINCT FROM r.team_id AND {SETTLED_DOWN}
        UNION ALL
        SELECT 'activity ' || v.id || ' stands with another team or account than what it hangs on'
        FROM records_activity v JOIN ({BELONGS}) b ON b.id = v.id
        WHERE (v.team_id, v.account_id) IS DISTINCT FROM (b.team_id, b.account_id)""",
    ),
    Check("X2", "A revoked key, user or session is refused on the next request.",
          test="test_a_revoked_key_is_refused_on_the_next_request"),
    Check("X3", "Idempotency semantics hold.", test="test_the_same_key_with_another_body_is_refused"),
    Check("X4", "No secret in logs, URLs or HTML."),
    Check(
        "L1", "Two minutes after faults stop, everything approved is terminal or unknown.",
        "SELECT count(*) FROM approvals_suggestion WHERE status = 'approved'",
        f"""SELECT 'suggestion ' || s.number || ' was approved and waits since ' || coalesce(x.due_at, s.closed_at)
        FROM {LINEAGE} LEFT JOIN approvals_execution x ON x.suggestion_id = s.id
        WHERE s.status = 'approved'
          AND (x.id IS NULL OR (x.status = 'pending' AND x.due_at < now() - interval '2 minutes' AND NOT {MOVING}))
          AND NOT EXISTS (SELECT 1 FROM approvals_pauseswitch p WHERE {PAUSED}
                          AND (p.lifted_at IS NULL OR p.lifted_at > now() - interval '2 minutes'))""",
    ),
    Check(
        "L2", "Suggestions by state add up to suggestions made; every queued one is where a present person sees it.",
        "SELECT count(*) FROM approvals_suggestion",
        f"""SELECT 'suggestion ' || s.number || ' waits in ' || coalesce(q.name, 'no queue')
               || ', where nobody present sees it'
        FROM approvals_suggestion s LEFT JOIN approvals_queue q ON q.id = s.queue_id
        WHERE s.status = 'queued' AND coalesce(s.claimed_until, '-infinity') <= now() AND NOT EXISTS (
            SELECT 1 FROM people_user u WHERE {PRESENT} AND (
              ({SITS} AND (s.team_id IS NULL OR u.role = 'admin' OR EXISTS (
                 SELECT 1 FROM people_membership t WHERE t.user_id = u.id AND t.team_id = s.team_id)))
              OR (q.team_id IS NULL AND q.name = 'Unrouted' AND u.role = 'admin')))
        UNION ALL
        SELECT 'suggestion ' || number || ' is in no known state' FROM approvals_suggestion WHERE status NOT IN
          ('blocked', 'shadowed', 'queued', 'approved', 'rejected', 'expired', 'superseded', 'withdrawn')""",
    ),
    Check(
        "L3", "A kill switch stops new executions within 5 s.",
        "SELECT count(*) FROM approvals_pauseswitch",
        f"""SELECT 'suggestion ' || s.number || ' ran at ' || coalesce(y.claimed_at, t.at) || ', paused since '
          || p.paused_at
        FROM {LINEAGE} JOIN approvals_execution x ON x.suggestion_id = s.id
        JOIN approvals_attempt t ON t.execution_id = x.id AND t.outcome = 'succeeded'
        JOIN approvals_decision d ON d.id = x.decision_id AND d.kind <> 'accept_form'
        LEFT JOIN approvals_delivery y ON y.execution_id = x.id AND y.number = t.number
        JOIN approvals_pauseswitch p ON {PAUSED}
        WHERE coalesce(y.claimed_at, t.at) > p.paused_at + interval '5 seconds'
          AND (p.lifted_at IS NULL OR coalesce(y.claimed_at, t.at) < p.lifted_at)""",
    ),
    Check(
        "L4", "Two minutes after a lead was made or turned down, no event waits for it.",
        "SELECT count(*) FROM approvals_waitingevent",
        """SELECT 'event ' || e.id || ' waits, and suggestion ' || s.number || ' is ' || s.status
        FROM approvals_waitingevent e JOIN approvals_suggestion s ON s.id = e.suggestion_id
        LEFT JOIN approvals_execution x ON x.suggestion_id = s.id
        WHERE e.status = 'waiting' AND coalesce(x.finished_at, s.closed_at) < now() - interval '2 minutes'
          AND (s.record_id IS NOT NULL OR x.status IN ('stale', 'cancelled')
               OR s.status NOT IN ('queued', 'approved'))""",
    ),
)  # fmt: skip
