"""The API for agents over HTTP: every verdict, every refusal with its sentence and pointer."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client, override_settings
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from approvals.models import AgentKey, PolicyVersion, Suggestion
from approvals.selectors import surroundings
from approvals.services import agents, gate, idempotency
from crmgov.kernel.ids import new_id
from crmgov.people.models import Team, User
from crmgov.records.models import Account
from tests.intake.kit import an_admin, an_agent, body, item, may_execute
from tests.world import a_team, an_account

from .caller import PROBLEM, URL, Caller, refusal, said

pytestmark = pytest.mark.django_db


def test_queued(caller: Caller, account: Account) -> None:
    answer = caller.post(body(account, item("employees", 240, 310)))

    assert answer.status_code == 201
    told = said(answer)
    assert (told["status"], told["verdict"], told["level"]) == ("queued", "queue", "suggest")
    assert {found["rule"] for found in told["findings"]} == {"level", "low_confidence"}
    assert all(found["sentence"].endswith(".") for found in told["findings"])
    assert told["url"] == f"http://testserver{URL}/{told['id']}"
    assert Suggestion.objects.get(number=told["number"]).agent == caller.agent


def test_executed(caller: Caller, account: Account) -> None:
    may_execute(caller.agent)

    told = said(caller.post(body(account, item("employees", 240, 310))))

    assert (told["status"], told["verdict"], told["findings"]) == ("approved", "execute", [])


def test_blocked_is_taken_in_and_kept(caller: Caller, account: Account) -> None:
    answer = caller.post(body(account, item("owner_view", None, "healthy")))

    assert answer.status_code == 201
    assert (said(answer)["status"], said(answer)["verdict"]) == ("blocked", "block")
    assert Suggestion.objects.get().status == "blocked"


def test_shadowed(caller: Caller, account: Account) -> None:
    assert (
        said(caller.post(body(account, item("employees", 240, 310), level="shadow")))["status"] == "shadowed"
    )


def test_a_duplicate_is_told_with_200(caller: Caller, account: Account) -> None:
    first = said(caller.post(body(account, item("employees", 240, 310))))
    again = caller.post(body(account, item("employees", 240, 310)))

    assert again.status_code == 200
    assert (said(again)["duplicate"], said(again)["id"]) == (True, first["id"])


def test_the_same_key_and_body_bring_the_same_answer(caller: Caller, account: Account) -> None:
    sent = body(account, item("employees", 240, 310))
    first = caller.post(sent, key="k-1")
    Suggestion.objects.update(status="rejected", closed_at=timezone.now())
    again = caller.post(sent, key="k-1")

    assert (again.status_code, said(again)) == (201, said(first))
    assert again["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first
    assert Suggestion.objects.count() == 1


def test_the_same_key_with_another_body_is_refused(caller: Caller, account: Account) -> None:
    caller.post(body(account, item("employees", 240, 310)), key="k-1")

    told = refusal(caller.post(body(account, item("employees", 240, 320)), key="k-1"), 422)

    assert "used with another body" in told["detail"]
    assert Suggestion.objects.count() == 1


def test_a_refusal_is_replayed_too(caller: Caller, account: Account) -> None:
    sent = body(account, item("employees", 240, 310), record={"type": "account", "id": str(new_id())})
    first = caller.post(sent, key="k-1")

    assert refusal(first, 404) == refusal(caller.post(sent, key="k-1"), 404)


def test_while_the_first_call_runs_the_second_waits(caller: Caller, account: Account) -> None:
    sent = json.dumps(body(account, item("employees", 240, 310)))
    idempotency.begin(agent=caller.agent, key="k-1", body=sent.encode(), at=timezone.now())

    assert "still running" in refusal(caller.post(sent, key="k-1"), 409)["detail"]


def test_a_bug_frees_the_key(caller: Caller, account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = body(account, item("employees", 240, 310))
    with monkeypatch.context() as broken:
        broken.setattr(gate, "look_at_all", lambda *args, **more: 1 / 0)
        told = refusal(caller.post(sent, key="k-1"), 500)
    assert "division" not in str(told)
    assert "same Idempotency-Key" in told["detail"]

    assert caller.post(sent, key="k-1").status_code == 201


def test_what_passes_is_not_remembered(
    caller: Caller, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = body(account, item("employees", 240, 310))
    with monkeypatch.context() as without:
        without.setattr(surroundings, "_in_force", PolicyVersion.objects.none)
        assert "No policy version is in force" in refusal(caller.post(sent, key="k-1"), 503)["detail"]

    assert caller.post(sent, key="k-1").status_code == 201


@pytest.mark.parametrize("size", [2_100_000, 11_000_000])
def test_a_body_without_end_is_refused(caller: Caller, size: int) -> None:
    told = refusal(caller.post('{"reason": "' + "x" * size + '"}'), 413)
    assert "2 MB" in told["detail"]


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "Token", ""])
def test_no_key_reaches_a_log(
    caller: Caller,
    account: Account,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    scheme: str,
) -> None:
    caplog.set_level("DEBUG")
    with override_settings(DEBUG=True):
        for secret in (caller.secret, "crmgov_00000000_mistyped"):
            Client().post(
                URL, "{", content_type="application/json", headers={"Authorization": f"{scheme} {secret}"}
            )
            logged = caplog.text + "".join(capfd.readouterr()) + str([vars(one) for one in caplog.records])
            assert secret.split("_", 2)[2] not in logged


@pytest.mark.parametrize(
    ("sent", "pointer", "sentence"),
    [
        ({"colour": 1}, "/colour", "There is no “colour” here."),
        ({"itmes": []}, "/itmes", "There is no “itmes” here. Did you mean items?"),
        ({"level": "god"}, "/level", "'shadow', 'suggest', 'draft', 'execute' or 'full'"),
        ({"version": ""}, "/version", "It may not be empty."),
        ({"workflow": None}, "/workflow", "It must be text."),
        ({"confidence": 1.5}, "/confidence", "It must be at most 1.0."),
        ({"confidence": "0.9"}, "/confidence", "It must be a number."),
        ({"record": {"type": "lead"}}, "/record/type", "'account', 'contact'"),
        ({"record": {"type": "account", "id": "17"}}, "/record/id", "It must be an id like"),
        ({"record": {"type": "account", "id": None}}, "/record", "an id or an external_id"),
        ({"items": [{"field": "region", "seen": None}]}, "/items/0/proposed", "It needs proposed."),
        ({"items": [item("region", None, {"a": 1})]}, "/items/0/proposed", "It must be text of at most"),
        ({"items": [item("region", None, 10**20)]}, "/items/0/proposed", "send it as text"),
        ({"items": [item("region", None, "a\x00b")]}, "/items/0/proposed", "U+0000"),
        ({"items": [item("region", None, "a", source=" Inherited")]}, "/items/0/source", "a word of ours"),
        ({"items": [item("region", None, "a", evidence=[{}])]}, "/items/0/evidence/0", "a text or a url"),
        (
            {"items": [item("region", None, "a", evidence=[{"url": "javascript:alert(1)"}])]},
            "/items/0/evidence/0/url",
            "It must begin with https://",
        ),
        ({"items": [item("region", None, "a")] * 2}, "", "The items name region twice"),
        ({"items": [item("region", None, "a")] * 51}, "/items", "It holds 51 entries, and 50 is the most."),
        ({"action": "merge"}, "/action", "merge is not built yet."),
        ({"chain": ["x"]}, "/chain/0", "It must be an id like"),
    ],
)
def test_every_mistake_has_a_pointer_and_a_sentence(
    caller: Caller, account: Account, sent: dict[str, Any], pointer: str, sentence: str
) -> None:
    told = refusal(caller.post({**body(account, item("employees", 240, 310)), **sent}), 422)

    assert sentence in told[pointer]
    assert not Suggestion.objects.exists()


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"{",
        b"\xff\xfe",
        '{"confidence": NaN}',
        "[]",
        "17",
        "[" * 100_000,
        '{"confidence": ' + "9" * 5_000 + "}",
    ],
)
def test_what_is_no_proposal_at_all(caller: Caller, sent: Any) -> None:
    answer = caller.post(sent)

    assert answer.status_code in (400, 422)
    assert answer["Content-Type"] == PROBLEM


def test_a_thousand_mistakes_are_not_all_repeated(caller: Caller, account: Account) -> None:
    sent = {**body(account), **{f"unknown_{number}": 1 for number in range(1000)}}
    answer = caller.post(sent)

    assert refusal(answer, 422)[""] == "And 980 more mistakes like these."
    assert len(answer.content) < 5_000


def test_a_record_that_is_not_there_and_one_of_another_team_answer_alike(
    caller: Caller, account: Account
) -> None:
    theirs = an_account("Secret", team=a_team("South").pk, employees=240)
    unknown = {"type": "account", "id": str(new_id())}
    here = refusal(caller.post(body(account, item("employees", 240, 310), record=unknown)), 404)
    there = refusal(caller.post(body(theirs, item("employees", 240, 310))), 404)

    assert here == there
    assert "Secret" not in str(there)


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic abc", "Bearer crmgov_nope"])
def test_without_a_key_nothing_is_told(account: Account, header: str) -> None:
    client = Client(headers={"Authorization": header} if header else {})
    for answer in (
        client.post(URL, json.dumps(body(account)), content_type="application/json"),
        client.get(f"{URL}/{new_id()}"),
    ):
        refusal(answer, 401)  # type: ignore[arg-type]
        assert answer["WWW-Authenticate"] == "Bearer"


def test_a_revoked_key_is_refused_on_the_next_request(caller: Caller, account: Account) -> None:
    assert caller.post(body(account, item("employees", 240, 310))).status_code == 201
    agents.revoke(key_id=caller.key.pk, by=an_admin(), at=timezone.now())

    told = refusal(caller.post(body(account, item("region", None, "Kiel"))), 401)

    assert told["detail"] == "This key was revoked. Ask an admin for a new one."
    assert Suggestion.objects.count() == 1


def test_an_expired_key_is_refused(caller: Caller, account: Account) -> None:
    AgentKey.objects.update(expires_at=timezone.now())
    assert "expired" in refusal(caller.post(body(account, item("employees", 240, 310))), 401)["detail"]


def test_a_deactivated_agent_is_refused(caller: Caller, account: Account) -> None:
    agents.deactivate(agent=caller.agent, by=an_admin(), at=timezone.now())
    assert "deactivated" in refusal(caller.post(body(account, item("employees", 240, 310))), 403)["detail"]


def test_a_key_without_the_scope_is_refused(team: Team, sara: User, account: Account) -> None:
    agent = an_agent(team)
    reads, writes = Caller(agent, scopes=["suggestions:read"]), Caller(agent, scopes=["suggestions:write"])

    assert (
        "suggestions:write" in refusal(reads.post(body(account, item("employees", 240, 310))), 403)["detail"]
    )
    url = said(writes.post(body(account, item("employees", 240, 310))))["url"]
    assert "suggestions:read" in refusal(writes.get(url), 403)["detail"]


def test_a_session_is_no_key(sara: User, account: Account) -> None:
    client = Client()
    client.force_login(sara)
    refusal(client.post(URL, json.dumps(body(account)), content_type="application/json"), 401)  # type: ignore[arg-type]


def test_proposing_costs_a_bounded_number_of_queries(
    caller: Caller, account: Account, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    other = an_account("Corvane Logistics", team=account.team_id, employees=240)
    caller.post(body(other, item("employees", 240, 310)), key="k-0")
    with django_assert_max_num_queries(36):
        caller.post(body(account, item("employees", 240, 310), item("region", None, "Kiel")), key="k-1")
