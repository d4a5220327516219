"""F and R: what the ledger says about each changed field and each revert."""

# ruff: noqa: S608 (every query is made of our own names)

from __future__ import annotations

from crmgov.records.contracts import CONTRACTS, PROTECTED_LIFECYCLES

from . import replay
from .kinds import Check

PEOPLE = "('human', 'human_approved_ai')"
EMPTY = "(NULL, 'null'::jsonb, '\"\"'::jsonb, '[]'::jsonb)"

ALWAYS = ", ".join(f"('{c.record_type}', '{c.field}')" for c in CONTRACTS.values() if c.protected)
OVER_VALUE = ", ".join(
    f"('{c.record_type}', '{c.field}')" for c in CONTRACTS.values() if c.protected_over_value
)
STAGES = ", ".join(f"'{stage}'" for stage in sorted(PROTECTED_LIFECYCLES))
PROTECTED = f"""(
  (f.record_type, f.field) IN (VALUES {ALWAYS})
  OR ((f.record_type, f.field) IN (VALUES {OVER_VALUE})
      AND coalesce(f.old, 'null'::jsonb) NOT IN ('null'::jsonb, '""'::jsonb))
  OR (f.field = 'lifecycle' AND (f.old #>> '{{}}' IN ({STAGES}) OR f.new #>> '{{}}' IN ({STAGES}))))"""
# For so many days what a person typed or checked stands against what nobody stands behind.
RECHECKS = ", ".join(f"('{c.record_type}', '{c.field}', {c.recheck_days})" for c in CONTRACTS.values())
NAME = "f.record_type || ' ' || f.record_id || '.' || f.field || ' in change set ' || f.change_set_id"


def _tags(column: str) -> str:
    """The tags of a ledger value as rows; none where there was no list."""
    return f"(SELECT jsonb_array_elements_text(CASE jsonb_typeof({column}) WHEN 'array' THEN {column} ELSE '[]' END))"


CHECKS = (
    Check("F1", "Every changed field has exactly one ledger row, and replaying the ledger equals the table.",
          run=replay.run),
    Check(
        "F2", "Applied only if the current value equals the expected old one.",
        "SELECT count(*) FROM records_fieldchange",
        f"""SELECT {NAME} || ': old ' || coalesce(f.old::text, 'null')
               || ', before ' || coalesce(f.before::text, 'null')
        FROM (SELECT *, lag(new) OVER w AS before, row_number() OVER w AS place FROM records_fieldchange
              WINDOW w AS (PARTITION BY record_type, record_id, field ORDER BY id)) f
        WHERE f.place > 1 AND coalesce(f.old, 'null'::jsonb) IS DISTINCT FROM coalesce(f.before, 'null'::jsonb)""",
    ),
    Check(
        "F3", "A protected field never changes without a named human authority.",
        f"SELECT count(*) FROM records_fieldchange f WHERE {PROTECTED}",
        f"""SELECT {NAME} || ' by ' || c.actor_type || ', ' || c.authority
        FROM records_fieldchange f JOIN records_changeset c ON c.id = f.change_set_id
        WHERE ({PROTECTED} OR (f.record_type = 'opportunity' AND f.field = 'name' AND f.old IS NULL
               AND EXISTS (SELECT 1 FROM records_recordevent e WHERE e.change_set_id = c.id AND e.kind = 'created'
                           AND e.record_id = f.record_id)))
          AND (c.actor_type NOT IN {PEOPLE} OR c.authority = 'policy' OR c.authority_label = '')""",
    ),
    Check(
        "F4", "A human-verified value is never replaced by a lower-trust source without a human.",
        "SELECT count(*) FROM records_fieldchange WHERE verified",
        f"""SELECT {NAME} || ' by ' || c.actor_type || ' over what a person verified'
        FROM (SELECT *, lag(verified) OVER w AS was_verified, lag(at) OVER w AS verified_at FROM records_fieldchange
              WINDOW w AS (PARTITION BY record_type, record_id, field ORDER BY id)) f
        JOIN records_changeset c ON c.id = f.change_set_id
        JOIN (VALUES {RECHECKS}) k(record_type, field, days) ON (k.record_type, k.field) = (f.record_type, f.field)
        WHERE f.was_verified AND c.actor_type NOT IN {PEOPLE}
          AND f.verified_at > f.at - make_interval(days => k.days)""",
    ),
    Check(
        "F5", "A suggestion is applied at most once.",
        "SELECT count(*) FROM records_changeset WHERE suggestion_id IS NOT NULL AND reverses IS NULL",
        """SELECT 'suggestion ' || suggestion_id || ': ' || count(*) || ' change sets'
        FROM records_changeset WHERE suggestion_id IS NOT NULL AND reverses IS NULL
        GROUP BY suggestion_id HAVING count(*) > 1
        UNION ALL
        SELECT 'execution ' || x.id || ' says done, and its change set says otherwise'
        FROM approvals_execution x LEFT JOIN records_changeset c ON c.id = x.change_set_id
        WHERE x.status = 'succeeded' AND NOT x.leaves AND NOT x.appends AND c.execution_id IS DISTINCT FROM x.id""",
    ),
    Check(
        "F6", "Several fields: all or nothing, unless the decision said which.",
        "SELECT count(*) FROM approvals_execution WHERE status = 'succeeded'",
        """WITH decided AS (
          SELECT x.id, x.change_set_id, e.value ->> 'field' AS field
          FROM approvals_execution x JOIN approvals_decision d ON d.id = x.decision_id
          CROSS JOIN jsonb_array_elements(d.payload) q CROSS JOIN jsonb_array_elements(q.value -> 'edits') e
          WHERE x.status = 'succeeded' AND NOT x.leaves AND NOT x.appends)
        SELECT 'execution ' || d.id || ' did not write ' || d.field FROM decided d
        WHERE NOT EXISTS (SELECT 1 FROM records_fieldchange f
                          WHERE f.change_set_id = d.change_set_id AND f.field = d.field)
        UNION ALL
        SELECT 'execution ' || x.id || ' wrote ' || f.field || ', which was not decided'
        FROM approvals_execution x JOIN records_fieldchange f ON f.change_set_id = x.change_set_id
        WHERE x.status = 'succeeded' AND f.source <> 'inherited' AND NOT EXISTS (
          SELECT 1 FROM decided d WHERE d.id = x.id AND d.field = f.field)""",
    ),
    Check("F7", "No agent ever sets anyone to opted in.", test="test_no_agent_opts_anybody_in_not_even_approved"),
    Check(
        "R1", "A revert restores exactly the fields that change touched.",
        "SELECT count(*) FROM records_changeset WHERE reverses IS NOT NULL",
        f"""SELECT {NAME} || ' restores what change set ' || r.reverses || ' did not replace'
        FROM records_changeset r JOIN records_fieldchange f ON f.change_set_id = r.id
        WHERE r.reverses IS NOT NULL AND f.field NOT IN ('archived_at', 'tags')
          AND f.source <> 'inherited' AND NOT EXISTS (
          SELECT 1 FROM records_fieldchange o WHERE o.change_set_id = r.reverses AND o.record_id = f.record_id
            AND o.field = f.field AND coalesce(o.old, 'null'::jsonb) = coalesce(f.new, 'null'::jsonb))
        UNION ALL
        SELECT {NAME} || ' takes back other tags than change set ' || r.reverses || ' put there'
        FROM records_changeset r JOIN records_fieldchange f ON f.change_set_id = r.id AND f.field = 'tags'
        JOIN records_fieldchange o ON o.change_set_id = r.reverses AND o.record_id = f.record_id AND o.field = 'tags'
        WHERE ARRAY(({_tags("f.old")} EXCEPT ({_tags("o.new")} EXCEPT {_tags("o.old")}))
                    UNION ({_tags("o.old")} EXCEPT {_tags("o.new")}) ORDER BY 1)
           <> ARRAY({_tags("f.new")} ORDER BY 1)""",
    ),
    Check(
        "R2", "A later change of the field is a conflict shown, never overwritten.",
        "SELECT count(*) FROM records_changeset WHERE reverses IS NOT NULL",
        f"""SELECT {NAME} || ' overwrote a later change'
        FROM records_changeset r JOIN records_fieldchange f ON f.change_set_id = r.id
        JOIN records_fieldchange o ON o.change_set_id = r.reverses AND o.record_id = f.record_id AND o.field = f.field
        WHERE f.field <> 'tags' AND coalesce(o.new, 'null'::jsonb) <> coalesce(f.old, 'null'::jsonb)""",
    ),
    Check(
        "R3", "A revert is itself on the ledger and can be reverted.",
        "SELECT count(*) FROM records_changeset WHERE authority = 'revert'",
        """SELECT 'change set ' || c.id || ' reverts nothing' FROM records_changeset c
        WHERE c.authority = 'revert' AND (c.reverses IS NULL
          OR NOT EXISTS (SELECT 1 FROM records_fieldchange f WHERE f.change_set_id = c.id))""",
    ),
    Check("R4", "Unmerge restores both records and every moved child."),
    Check("R5", "A batch ends with one outcome per item."),
    Check("R6", "Sent mail is never shown as revertible.",
          test="test_what_was_sent_by_itself_is_not_contested_for_nothing_takes_it_back"),
    Check("R7", "A rolled-back value does not come back by itself."),
)  # fmt: skip
