"""Whatever is proposed for whatever field of a record that is there: an answer, never a crash."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmgov.people.models import Team
from crmgov.records.contracts import fields_of
from crmgov.records.models.governed import Governed
from tests.api.caller import Caller, said
from tests.intake.kit import an_agent, body
from tests.world import a_contact, a_team, a_ticket, a_user, an_account, an_opportunity

pytestmark = pytest.mark.django_db

ODD = st.sampled_from(
    ["", " ", "0", "-1", "1e400", "NaN", "2026-02-30", "9999-12-31", "0001-01-01T00:00:00", "@", "a@b", "€", "\u202e",
     "00000000-0000-0000-0000-000000000000", "true", "EUR", "Europe/Berlin", "a" * 400, "99999999999999999999"]
)  # fmt: skip
VALUES: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**60), 2**60),
    st.floats(),
    ODD,
    st.text(max_size=30),
    st.lists(st.one_of(ODD, st.text(max_size=5), st.none()), max_size=4),
    st.dictionaries(st.text(max_size=3), st.none(), max_size=1),
)


@pytest.fixture
def records() -> list[Governed]:
    team: Team = a_team()
    a_user("Sara Okafor", "reviewer", team)
    account = an_account(team=team.pk, employees=240, annual_value="10", currency="EUR")
    about: dict[str, Any] = {"team": team.pk, "account": str(account.pk)}
    return [account, a_contact(**about), an_opportunity(**about, amount="5"), a_ticket(**about)]


def test_any_value_for_any_field_gets_an_answer(records: list[Governed]) -> None:
    caller = Caller(an_agent(a_team()))
    told: Counter[str] = Counter()

    @settings(
        max_examples=80,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(data=st.data())
    def propose(data: Any) -> None:
        record = data.draw(st.sampled_from(records))
        record_type = body(record)["record"]["type"]
        fields = data.draw(
            st.lists(
                st.sampled_from([*fields_of(record_type), "extra.x"]), min_size=1, max_size=4, unique=True
            )
        )
        items = [
            {"field": field, "seen": data.draw(VALUES), "proposed": data.draw(VALUES)} for field in fields
        ]
        new = data.draw(st.booleans())
        if new:
            items = [{"field": item["field"], "proposed": item["proposed"]} for item in items]
        changed = {"record": {"type": record_type}, "action": "create_record"} if new else {}
        answer = caller.post(json.dumps(body(record, *items, **changed)))
        assert answer.status_code in (200, 201, 422), answer.content
        told[said(answer)["status"] if answer.status_code != 422 else "refused"] += 1

    propose()
    assert told["refused"] > 5
    assert told["blocked"] > 5
    assert told["queued"] > 0
