"""What happened before: service issues, rejections, reverts, possible doubles, causes, an agent's pace."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from approvals.rules.policy import Policy
from approvals.rules.policy_checks import MOST_A_DAY

from .together import Rows, Sql

Around = tuple[UUID | None, UUID | None]
# As far back as any policy may ask; how far it does ask is for the rules.
LOOKS_BACK = timedelta(days=180)
# A sentence names three; more service issues change nothing.
MOST_EACH = 20
# So many different values of one record are remembered, each by the last time.
MOST_VALUES = 1_000
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

# Escalated or urgent, open or not, that was opened or resolved in that time.
# Its words are for those who read the account or the contact; it counts whoever may read it.
SUBJECT = """CASE WHEN t.team_id IS NULL OR t.team_id IN (
    SELECT team_id FROM records_account WHERE id = p.account
    UNION ALL SELECT team_id FROM records_contact WHERE id = p.contact)
  THEN t.subject ELSE 'one that another team reads' END AS subject"""
TROUBLES = f"""
SELECT p.n, t.id, {SUBJECT}, t.priority, t.escalated, t.last
FROM unnest(%s::uuid[], %s::uuid[]) WITH ORDINALITY AS p(account, contact, n)
CROSS JOIN LATERAL (
  SELECT id, subject, team_id, priority, escalated, greatest(opened_at, resolved_at) AS last FROM records_ticket
  WHERE (account_id = p.account OR contact_id = p.contact) AND (escalated OR priority = 'urgent')
    AND archived_at IS NULL AND greatest(opened_at, resolved_at) BETWEEN %s AND %s
  ORDER BY last DESC, id DESC LIMIT %s) t
ORDER BY p.n, t.last DESC, t.id DESC"""  # noqa: S608 (a constant of ours)
DOUBLES = """
SELECT record, count(*) AS pairs FROM (
  SELECT left_id AS record FROM records_matchcandidate WHERE left_id = ANY(%s) AND status = 'open'
  UNION ALL
  SELECT right_id FROM records_matchcandidate WHERE right_id = ANY(%s) AND status = 'open') c
GROUP BY record"""
# A rejection that somebody took back stands no more: another suggestion names it as the one it puts again.
REJECTED = """
SELECT p.record AS record_id, s.*
FROM unnest(%s::uuid[]) AS p(record)
CROSS JOIN LATERAL (
  SELECT DISTINCT ON (i.field, i.proposed) i.field, i.proposed, x.id, x.number, x.closed_at
  FROM approvals_suggestion x JOIN approvals_suggestionitem i ON i.suggestion_id = x.id
  WHERE x.record_id = p.record AND x.status = 'rejected' AND x.closed_at BETWEEN %s AND %s
    AND NOT EXISTS (SELECT 1 FROM approvals_suggestion a WHERE a.supersedes_id = x.id)
  ORDER BY i.field, i.proposed, x.closed_at DESC LIMIT %s) s
ORDER BY s.closed_at DESC, s.id, s.field"""
# What a revert undid, unless it was written once more since: then somebody let it come back.
UNDONE = """
SELECT p.record AS record_id, f.*
FROM unnest(%s::uuid[]) AS p(record)
CROSS JOIN LATERAL (
  SELECT DISTINCT ON (c.field, c.old) c.field, c.old, c.at
  FROM records_fieldchange c JOIN records_changeset r ON r.id = c.change_set_id
  WHERE c.record_id = p.record AND r.reverses IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM records_fieldchange n
      WHERE n.record_id = c.record_id AND n.field = c.field AND n.id > c.id AND n.new = c.old)
  ORDER BY c.field, c.old, c.id DESC LIMIT %s) f
ORDER BY f.at DESC, f.field"""
# The same of each tag by itself, which may come back beside any others.
UNTAGGED = """
SELECT p.record AS record_id, f.*
FROM unnest(%s::uuid[]) AS p(record)
CROSS JOIN LATERAL (
  SELECT DISTINCT ON (t.tag) c.field, jsonb_build_array(t.tag) AS old, c.at
  FROM records_fieldchange c JOIN records_changeset r ON r.id = c.change_set_id
  CROSS JOIN LATERAL jsonb_array_elements_text(
    CASE jsonb_typeof(c.old) WHEN 'array' THEN c.old ELSE '[]'::jsonb END) AS t(tag)
  WHERE c.record_id = p.record AND c.field = 'tags' AND r.reverses IS NOT NULL
    AND NOT coalesce(c.new ? t.tag, false)
    AND NOT EXISTS (SELECT 1 FROM records_fieldchange n
      WHERE n.record_id = c.record_id AND n.field = c.field AND n.id > c.id AND n.new ? t.tag)
  ORDER BY t.tag, c.id DESC LIMIT %s) f
ORDER BY f.at DESC, f.old"""
ROLES = """
SELECT opportunity_id, count(*) AS roles, array_agg(DISTINCT role) FILTER (WHERE role = ANY(%s)) AS formal
FROM records_buyingrole WHERE opportunity_id = ANY(%s) AND archived_at IS NULL GROUP BY opportunity_id"""
CAUSES = """
SELECT s.id, s.number, s.record_id, s.record_type, v.workflow_id, w.name AS workflow
FROM approvals_suggestion s JOIN approvals_workflowversion v ON v.id = s.workflow_version_id
JOIN approvals_workflow w ON w.id = v.workflow_id WHERE s.id = ANY(%s) ORDER BY s.id"""
# No further than the quota goes.
PACE = """
SELECT a.id AS agent, x.hour, x.day FROM unnest(%s::bigint[]) AS a(id)
CROSS JOIN LATERAL (
  SELECT count(*) FILTER (WHERE made_at > %s) AS hour, count(*) AS day FROM (
    SELECT made_at FROM approvals_suggestion WHERE agent_id = a.id AND made_at > %s AND made_at <= %s
    ORDER BY made_at DESC
    LIMIT (SELECT least(%s, coalesce((document ->> 'quota_day')::int, %s))
      FROM approvals_policyversion ORDER BY number DESC LIMIT 1)) m) x"""
FORMAL_ROLES = ("legal", "procurement")


@dataclass(frozen=True, slots=True)
class Trouble:
    id: UUID
    subject: str
    priority: str
    escalated: bool
    days: int


@dataclass(frozen=True, slots=True)
class Before:
    """A value that a person rejected or put away, for a field of a record, so many days ago."""

    field: str
    value: Any
    days: int
    suggestion_id: UUID | None = None
    number: int = 0


@dataclass(frozen=True, slots=True)
class Cause:
    number: int
    record_id: UUID | None
    workflow_id: int
    workflow: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked up; `changing` are records that would be changed or tagged, `causes` the ids in cause chains."""

    places: Sequence[Around] = ()
    changing: Collection[UUID] = ()
    opportunities: Collection[UUID] = ()
    causes: Collection[UUID] = ()
    agents: Collection[int] = ()


@dataclass(frozen=True, slots=True)
class Precedents:
    troubles: dict[Around, list[Trouble]] = field(default_factory=dict)
    doubles: dict[UUID, int] = field(default_factory=dict)
    rejected: dict[UUID, list[Before]] = field(default_factory=dict)
    undone: dict[UUID, list[Before]] = field(default_factory=dict)
    # One tag each, as a list.
    untagged: dict[UUID, list[Before]] = field(default_factory=dict)
    roles: dict[UUID, tuple[int, tuple[str, ...]]] = field(default_factory=dict)
    causes: dict[UUID, Cause] = field(default_factory=dict)
    # Agent -> suggestions of the last hour and of the last day.
    pace: dict[int, tuple[int, int]] = field(default_factory=dict)


def questions(asked: Asked, at: datetime) -> dict[str, Sql]:
    """To be asked together with others; `read` takes the answers. Nothing is asked of what is not there."""
    since, changing = at - LOOKS_BACK, list(asked.changing)
    found: dict[str, Sql] = {}
    if asked.places:
        accounts, contacts = zip(*asked.places, strict=True)
        found["troubles"] = Sql(TROUBLES, [list(accounts), list(contacts), since, at, MOST_EACH])
    if changing:
        found["doubles"] = Sql(DOUBLES, [changing, changing])
        found["rejected"] = Sql(REJECTED, [changing, since, at, MOST_VALUES])
        found["undone"] = Sql(UNDONE, [changing, MOST_VALUES])
        found["untagged"] = Sql(UNTAGGED, [changing, MOST_VALUES])
    if asked.opportunities:
        found["roles"] = Sql(ROLES, [list(FORMAL_ROLES), list(asked.opportunities)])
    if asked.causes:
        found["causes"] = Sql(CAUSES, [list(asked.causes)])
    if asked.agents:
        found["pace"] = Sql(
            PACE, [list(asked.agents), at - HOUR, at - DAY, at, MOST_A_DAY, Policy().quota_day]
        )
    return found


def read(asked: Asked, rows: dict[str, Rows], at: datetime) -> Precedents:
    """The answers to `questions`."""
    troubles: dict[Around, list[Trouble]] = {place: [] for place in asked.places}
    for row in rows.get("troubles", ()):
        one = Trouble(
            UUID(row["id"]), row["subject"], row["priority"], row["escalated"], _days(row["last"], at)
        )
        troubles[asked.places[row["n"] - 1]].append(one)
    return Precedents(
        troubles=troubles,
        doubles={UUID(row["record"]): row["pairs"] for row in rows.get("doubles", ())},
        rejected=_by_record(rows.get("rejected", ()), "proposed", "closed_at", at),
        undone=_by_record(rows.get("undone", ()), "old", "at", at),
        untagged=_by_record(rows.get("untagged", ()), "old", "at", at),
        roles={
            UUID(row["opportunity_id"]): (row["roles"], tuple(row["formal"] or ()))
            for row in rows.get("roles", ())
        },
        causes={
            UUID(row["id"]): Cause(
                row["number"],
                UUID(row["record_id"]) if row["record_id"] else None,
                row["workflow_id"],
                row["workflow"],
            )
            for row in rows.get("causes", ())
        },
        pace={row["agent"]: (row["hour"], row["day"]) for row in rows.get("pace", ())},
    )


def _by_record(
    rows: Sequence[dict[str, Any]], value: str, moment: str, at: datetime
) -> dict[UUID, list[Before]]:
    found: dict[UUID, list[Before]] = {}
    for row in rows:
        one = Before(
            row["field"],
            row[value],
            _days(row[moment], at),
            UUID(row["id"]) if "number" in row else None,
            row.get("number", 0),
        )
        found.setdefault(UUID(row["record_id"]), []).append(one)
    return found


def _days(moment: str, at: datetime) -> int:
    return max((at - datetime.fromisoformat(moment)).days, 0)
