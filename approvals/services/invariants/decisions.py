"""D and H: who decided what, having seen what."""

from __future__ import annotations

from collections.abc import Sequence

from approvals.models import GateReading
from approvals.rules.facts import Facts
from approvals.rules.gate import judge
from approvals.rules.version import RULES_VERSION
from crmgov.records.contracts import VERSION as CONTRACTS_VERSION

from .kinds import MOST_EXAMPLES, Check

# Judging again costs Python time; the newest readings under today's rules stand for the rest.
JUDGED_AGAIN = 2_000
DECISIONS = "SELECT count(*) FROM approvals_decision"


def _judge_again() -> tuple[int, int, Sequence[str]]:
    readings = GateReading.objects.filter(
        rules_version=RULES_VERSION, contracts_version=CONTRACTS_VERSION
    ).order_by("-id")[:JUDGED_AGAIN]
    rows, broken = 0, []
    for reading in readings:
        rows += 1
        again = judge(Facts.from_json(reading.facts))
        same = (
            again.verdict == reading.verdict
            and again.level == reading.level
            and [finding.to_json() for finding in again.findings] == reading.findings
            and [finding.to_json() for finding in again.monitored] == reading.monitored
        )
        if not same:
            broken.append(f"reading {reading.pk} of suggestion {reading.suggestion_id} reads otherwise now")
    return rows, len(broken), broken[:MOST_EXAMPLES]


CHECKS = (
    Check(
        "D1", "One terminal decision per suggestion version.",
        "SELECT count(*) FROM approvals_suggestion WHERE status IN ('approved', 'rejected')",
        """SELECT 'suggestion ' || s.number || ' is ' || s.status || ' with ' || count(d.id) || ' decisions'
        FROM approvals_suggestion s LEFT JOIN approvals_decision d ON d.suggestion_id = s.id
        GROUP BY s.id HAVING count(d.id) <> CASE WHEN s.status IN ('approved', 'rejected') THEN 1 ELSE 0 END
          OR (s.status = 'rejected') <> coalesce(bool_or(d.kind = 'reject'), false)""",
    ),
    Check(
        "D2", "Digest decided = digest executed.",
        "SELECT count(*) FROM approvals_execution WHERE status = 'succeeded'",
        """SELECT 'execution ' || x.id || ' wrote another payload than was decided'
        FROM approvals_execution x JOIN approvals_decision d ON d.id = x.decision_id
        WHERE x.status = 'succeeded' AND (x.payload_digest = '' OR x.payload_digest <> d.payload_digest)
        UNION ALL
        SELECT 'execution ' || x.id || ': ' || (e.value ->> 'field') || ' is not the decided value'
        FROM approvals_execution x JOIN approvals_decision d ON d.id = x.decision_id
        CROSS JOIN jsonb_array_elements(d.payload) q CROSS JOIN jsonb_array_elements(q.value -> 'edits') e
        JOIN records_fieldchange f ON f.change_set_id = x.change_set_id AND f.field = e.value ->> 'field'
        JOIN approvals_suggestion s ON s.id = x.suggestion_id
        WHERE x.status = 'succeeded' AND CASE WHEN s.action = 'add_tag' THEN NOT f.new @> (e.value -> 'new')
          ELSE coalesce(f.new, 'null'::jsonb) <> e.value -> 'new' END""",
    ),
    Check(
        "D3", "Nobody decides their own proposal; an agent's owner is not its only approver.",
        "SELECT count(*) FROM approvals_decision WHERE person_id IS NOT NULL",
        """SELECT 'decision ' || d.id || ' by ' || d.decider_label || ' on their own side'
        FROM approvals_decision d JOIN approvals_suggestion s ON s.id = d.suggestion_id
        WHERE (d.person_id = s.proposed_by_id OR (d.person_id = d.agent_owner_id AND d.kind <> 'reject'))
          AND NOT (d.sole_admin AND d.decided_at >= s.made_at + interval '24 hours')
        UNION ALL
        SELECT 'policy ' || number || ' was published by who drafted it' FROM approvals_policyversion
        WHERE drafted_by_id = published_by_id AND NOT sole_admin""",
    ),
    Check("D4", "Rights are checked at decision and at execution.",
          test="test_a_right_lost_between_decision_and_execution_cancels_it"),
    Check("D5", "The gate is total, deterministic, fail-closed, monotone.",
          test="test_more_risk_never_loosens"),
    Check("D6", "Each verdict stores findings, inputs and policy version, and re-evaluating gives the same.",
          run=_judge_again),
    Check(
        "D7", "Expired, superseded, stale never execute.",
        "SELECT count(*) FROM approvals_execution",
        """SELECT 'execution ' || x.id || ' of a suggestion that is ' || s.status
        FROM approvals_execution x JOIN approvals_suggestion s ON s.id = x.suggestion_id
        WHERE x.status IN ('pending', 'succeeded') AND s.status <> 'approved'
        UNION ALL
        SELECT 'execution ' || x.id || ' is ' || x.status || ' and wrote change set ' || c.id
        FROM approvals_execution x JOIN records_changeset c ON c.execution_id = x.id WHERE x.status <> 'succeeded'""",
    ),
    Check(
        "D8", "Bulk never contains high-risk.",
        "SELECT count(*) FROM approvals_bulkitem WHERE decision_id IS NOT NULL",
        """SELECT 'suggestion ' || s.number || ' is high-risk and was approved together with others'
        FROM approvals_bulkitem i JOIN approvals_bulk b ON b.id = i.bulk_id
        JOIN approvals_suggestion s ON s.id = i.suggestion_id
        WHERE i.decision_id IS NOT NULL AND b.kind = 'approve' AND s.high_risk""",
    ),
    Check(
        "D9", "After a demotion nothing runs by itself in that cell until somebody signs anew.",
        "SELECT count(*) FROM approvals_decision WHERE person_id IS NULL",
        """SELECT DISTINCT 'suggestion ' || s.number || ' was let run at ' || d.decided_at || ', its cell demoted at '
          || t.demoted_at
        FROM approvals_cellstanding t JOIN approvals_cell c ON c.id = t.cell_id
        JOIN approvals_suggestion s ON s.agent_id = c.agent_id AND s.workflow_version_id = c.workflow_version_id
          AND s.action = c.action AND s.segment = c.segment
        JOIN approvals_suggestionitem i ON i.suggestion_id = s.id AND i."group" = c.field_group
        JOIN approvals_decision d ON d.suggestion_id = s.id AND d.person_id IS NULL AND d.decided_at > t.demoted_at
        WHERE NOT EXISTS (
          SELECT 1 FROM approvals_grant g
          WHERE g.granted_at > t.demoted_at AND g.granted_at <= d.decided_at AND (g.cell_id = c.id OR (
            g.cell_id IS NULL AND g.agent_id = c.agent_id AND g.workflow_version_id = c.workflow_version_id
            AND g.action = c.action AND g.field_group = c.field_group AND g.segment IN ('', c.segment))))""",
    ),
    Check("H1", "Planted checks never execute and never count."),
    Check(
        "H2", "Each human decision stores shown-at, decided-at, evidence opened, digest seen.",
        "SELECT count(*) FROM approvals_decision WHERE person_id IS NOT NULL",
        """SELECT 'decision ' || id || ' by ' || decider_label FROM approvals_decision
        WHERE person_id IS NOT NULL AND (shown_at IS NULL OR shown_at > decided_at OR length(digest) <> 64
          OR jsonb_typeof(evidence_opened) <> 'array')""",
    ),
    Check(
        "H3", "A claim of a dead browser ends within 5 minutes.",
        "SELECT count(*) FROM approvals_suggestion WHERE claimed_by_id IS NOT NULL",
        """SELECT 'suggestion ' || number || ' is claimed until ' || claimed_until FROM approvals_suggestion
        WHERE claimed_by_id IS NOT NULL AND (claimed_until IS NULL OR claimed_until > now() + interval '5 minutes')""",
    ),
)  # fmt: skip
