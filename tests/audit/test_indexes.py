"""What is asked of the ledger is led by an index, whatever is asked together with it: sixty thousand rows, planned."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connections

from approvals.selectors import audit
from approvals.selectors.audit import Asked
from crmgov.people.models import Role, User
from tests.audit.kit import Ledger, a_ledger
from tests.world import NOW, a_user

pytestmark = pytest.mark.django_db(transaction=True)
SETS, A_SET = 20_000, 3
# A minute apart, most by imports, some by people and agents, spread over records, fields and sources.
CHANGE_SETS = """
INSERT INTO records_changeset (id, at, actor_type, actor_id, actor_label, authority, authority_id, authority_label,
    reason, agent_label, workflow, workflow_version, model, request_id)
SELECT md5('s' || n)::uuid, %s::timestamptz - n * interval '1 minute',
    (ARRAY['system','system','system','human_approved_ai','human','system','system','human_approved_ai','ai','system'])
        [n %% 10 + 1],
    (n %% 40 + 1000)::text, 'somebody', 'policy', '1', 'policy 1', '',
    CASE WHEN n %% 10 IN (3, 7, 8) THEN 'agent ' || n %% 8 ELSE '' END,
    CASE WHEN n %% 10 IN (3, 7, 8) THEN 'flow ' || n %% 8 ELSE '' END,
    CASE WHEN n %% 10 IN (3, 7, 8) THEN (n %% 3)::text ELSE '' END, '', ''
FROM generate_series(1, %s) n"""
FIELD_CHANGES = """
INSERT INTO records_fieldchange (change_set_id, record_type, record_id, record_label, field, old, new, old_label,
    new_label, source, verified, at, salt, commitment)
SELECT md5('s' || n)::uuid, 'account', md5('r' || n %% 4000)::uuid, 'Some account', 'field ' || (n + k) %% 20,
    'null', '"x"', '', '', 'source ' || (n * k) %% 15, false, %s::timestamptz - n * interval '1 minute', '', ''
FROM generate_series(1, %s) n, generate_series(1, %s) k"""
RECORD = UUID("11111111-1111-1111-1111-111111111111")
BROAD = {
    "everything": (Asked(), "change_set_by_time"),
    "a year": (Asked(since=NOW - timedelta(days=365), until=NOW), "change_set_by_time"),
    "an agent": (Asked(agent="agent 3"), "change_set_by_agent"),
    "a version": (Asked(workflow=("flow 3", "1")), "change_set_by_workflow"),
    "by AI alone": (Asked(actor_type="ai"), "change_set_by_actor_type"),
    "a field": (Asked(field=("account", "field 3")), "field_change_of_field"),
    "a source": (Asked(source="source 4"), "field_change_by_source"),
}
NARROW = {
    "a person": (Asked(person_id="1004"), "change_set_by_actor"),
    "a person in a week": (Asked(person_id="1004", since=NOW - timedelta(days=7)), "change_set_by_"),
    "an agent on a field": (Asked(agent="agent 3", field=("account", "field 3")), "_by_|_of_field"),
    "a field in a week": (
        Asked(field=("account", "field 3"), since=NOW - timedelta(days=7)),
        "field_change_of_field",
    ),
    "a record": (Asked(records=(RECORD,)), "field_change_of_record"),
    "nobody": (Asked(person_id="7"), "change_set_by_actor"),
    "no agent of ours": (Asked(agent="nobody"), "change_set_by_agent"),
    "no field of ours": (Asked(field=("account", "shoe size")), "field_change_of_field"),
}


@pytest.fixture
def ledger() -> Ledger:
    """Sixty thousand rows beneath a small ledger, with the statistics that only the owner may gather."""
    small = a_ledger()
    with connections["default"].cursor() as cursor:
        cursor.execute(CHANGE_SETS, [NOW, SETS])
        cursor.execute(FIELD_CHANGES, [NOW, SETS, A_SET])
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE records_changeset, records_fieldchange")
    return small


def plan(user: User, asked: Asked) -> str:
    return str(audit.ordered(user, asked)[: audit.SIZE + 1].explain())


def test_an_index_leads_whatever_is_asked(ledger: Ledger) -> None:
    admin, wrong = a_user("Ana Ruiz", Role.ADMIN), {}
    for what, (asked, index) in {**BROAD, **NARROW}.items():
        found = plan(admin, asked)
        if not re.search(index, found) or "Seq Scan" in found:
            wrong[what] = found
    assert wrong == {}


def test_a_page_of_much_is_not_a_sort_of_all_of_it(ledger: Ledger) -> None:
    """Rows of one change set are put in order among themselves; change sets come in order from the index."""
    admin = a_user("Ana Ruiz", Role.ADMIN)
    plans = {what: plan(admin, asked) for what, (asked, _) in BROAD.items()}
    assert {what: found for what, found in plans.items() if re.search(r"-> +Sort ", found)} == {}


def test_what_is_ones_own_is_found_without_reading_the_ledger_from_end_to_end(ledger: Ledger) -> None:
    for user in (ledger.sara, ledger.priya):
        found = plan(user, Asked())
        assert "Seq Scan on records_fieldchange" not in found
        assert "Seq Scan on records_changeset" not in found
