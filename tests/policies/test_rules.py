"""The rules on screen: what each held lately, and an admin who writes, watches and enforces one."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from approvals.models import GateReading, PolicyDraft, Suggestion
from approvals.rules.custom_rules import CustomRule
from approvals.rules.findings import VERDICTS
from approvals.rules.policy import Policy
from approvals.rules.vocabulary import Level
from approvals.selectors import rule_hits
from approvals.services import gate
from crmgov.people.models import Role
from tests.decisions import scene
from tests.policies.kit import address_of, ana_and_olga, press
from tests.records_pages.kit import browser_of
from tests.world import a_user

pytestmark = pytest.mark.django_db
RULES, NEW = "/policies/rules/", "/policies/rules/new"
WATCHED = CustomRule(
    "big_headcounts", "items.exists(i, double(i.proposed) > 300.0)", "Large head counts are looked at."
)
TYPED = {
    "name": "big_headcounts",
    "expression": WATCHED.expression,
    "sentence": WATCHED.sentence,
    "verdict": "queue",
    "mode": "monitor",
    "rationale": "Two of them were wrong.",
}


def written(client: Client, address: str = NEW, **changes: Any) -> Any:
    return client.post(address, {**TYPED, **changes})


def line_of(client: Client, word: str) -> dict[str, Any]:
    found: dict[str, Any] = next(line for line in client.get(RULES).context["lines"] if line["word"] == word)
    return found


def ran_alone(name: str, employees: int) -> Suggestion:
    """Under a policy and a grant that let it."""
    about = scene.account(name)
    return scene.propose(about, employees=employees, level="execute", at=timezone.now())


def trusted() -> None:
    """The agent's cell may run by itself."""
    scene.grant(
        scene.propose(scene.account("First of all"), employees=1, at=timezone.now() - timedelta(days=40))
    )


def test_a_rule_is_written_watched_enforced_and_removed_on_screen() -> None:
    """From the form to the item, with nothing in between but two admins."""
    scene.publish(level=Level.EXECUTE)
    trusted()
    ana, olga = ana_and_olga()

    assert written(ana).status_code == 302
    draft = PolicyDraft.objects.latest("pk")
    page = ana.get(address_of(draft))
    assert [change.label for change in page.context["changes"]] == ["big_headcounts"]
    assert press(olga, "publish", draft).status_code == 302
    free = ran_alone("Quay 1", 900), ran_alone("Quay 2", 200)
    assert [one.status for one in free] == ["approved", "approved"]
    assert line_of(ana, "custom:big_headcounts")["hits"].held == 1
    of_one = ana.get(f"{RULES}custom:big_headcounts/")
    assert (of_one.context["hits"].held, of_one.context["hits"].alone) == (1, 1)
    assert [row["url"] for row in of_one.context["examples"]] == [f"/suggestions/{free[0].pk}/"]

    edit = f"{RULES}custom:big_headcounts/edit"
    assert written(ana, edit, mode="enforce").status_code == 302
    press(olga, "publish", PolicyDraft.objects.latest("pk"))
    held = ran_alone("Quay 3", 900)
    assert (held.status, held.rules) == ("queued", ["custom:big_headcounts"])
    assert WATCHED.sentence in olga.get(f"/suggestions/{held.pk}/").content.decode()

    assert ana.post(edit, {"remove": "1", "rationale": "It held good ones."}).status_code == 302
    press(olga, "publish", PolicyDraft.objects.latest("pk"))
    assert gate.current_policy()[1].custom_rules == ()
    assert ran_alone("Quay 4", 900).status == "approved"


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"expression": "account.annual_value >="}, "expression", "Line 1, column 24: It ends here"),
        ({"expression": "true &&\r\n acount.strategic"}, "expression", "Line 2, column 2: There is no"),
        ({"expression": "account.annual_value"}, "expression", "It gives a number; a rule says yes or no."),
        ({"expression": "items.exists(a, items.exists(b, a.field == b.field))"}, "expression", "would run long"),
        ({"expression": "!account.strategic"}, "expression", "more risk must never loosen a rule"),
        ({"expression": " "}, "expression", "Write when the rule holds"),
        ({"name": "Big ones"}, "name", "Small letters, digits and _"),
        ({"name": "big_headcounts"}, "name", "There is a rule “big_headcounts” already"),
        ({"sentence": ""}, "sentence", "Say why it holds."),
        ({"rationale": ""}, "rationale", "Say why this changes."),
        ({"verdict": "execute"}, "verdict", "Select a valid choice"),
    ],
)  # fmt: skip
def test_what_is_wrong_stands_beside_its_field_and_nothing_is_kept(
    changes: dict[str, str], field: str, says: str
) -> None:
    scene.publish(custom_rules=(WATCHED,))
    ana, _ = ana_and_olga()

    answer = written(ana, **{"name": "another_one", **changes})

    assert answer.status_code == 422
    form = answer.context["form"]
    assert says in " ".join(form.errors[field])
    assert set(form.errors) == {field}
    assert form[field].value() == {**TYPED, "name": "another_one", **changes}[field]
    assert not PolicyDraft.objects.filter(published=None).exists()


def test_the_place_of_a_mistake_is_drawn_under_its_line() -> None:
    ana, _ = ana_and_olga()
    answer = written(ana, expression="true &&\r\n acount.strategic")
    assert answer.context["form"].wrong_line == {"text": " acount.strategic", "mark": " ^"}


def test_a_rule_can_go_on_with_a_draft_that_waits() -> None:
    ana, _ = ana_and_olga()
    written(ana)
    first = PolicyDraft.objects.latest("pk")

    assert written(ana, f"{NEW}?draft={first.pk}", name="another_one").status_code == 302

    second = PolicyDraft.objects.latest("pk")
    first.refresh_from_db()
    assert not first.is_open
    names = [rule.name for rule in Policy.from_json(second.document, version=0).custom_rules]
    assert names == ["big_headcounts", "another_one"]


def test_an_unchanged_rule_is_no_draft() -> None:
    scene.publish(custom_rules=(WATCHED,))
    ana, _ = ana_and_olga()
    answer = written(ana, f"{RULES}custom:big_headcounts/edit")
    assert answer.status_code == 422
    assert "Nothing differs from the rule as it stands" in answer.context["refusal"].say


def test_the_form_of_the_whole_policy_keeps_the_rules() -> None:
    from tests.policies.kit import keep

    scene.publish(custom_rules=(WATCHED,))
    ana, _ = ana_and_olga()
    kept = keep(ana, high_value="42000")
    assert Policy.from_json(kept.document, version=0).custom_rules == (WATCHED,)


def test_each_rule_shows_its_hits_and_what_it_alone_held() -> None:
    scene.publish(level=Level.EXECUTE, high_value=Decimal(50_000), custom_rules=(WATCHED,))
    trusted()
    ana, _ = ana_and_olga()
    rich = scene.account("Rich", annual_value="60000", currency="EUR")
    both = scene.account("Rich and strategic", annual_value="60000", currency="EUR", strategic=True)
    alone = scene.propose(rich, employees=50, level="execute", at=timezone.now())
    scene.propose(both, employees=50, level="execute", at=timezone.now())

    value, strategic = line_of(ana, "high_value"), line_of(ana, "strategic_account")

    assert (value["hits"].held, value["hits"].alone) == (2, 1)
    assert (strategic["hits"].held, strategic["hits"].alone) == (1, 0)
    assert value["examples"][0]["url"] == f"/suggestions/{alone.pk}/"
    page = ana.get(RULES).context
    assert page["counted"].judged == 2
    words = [line["word"] for line in page["lines"]]
    assert set(words) == {*VERDICTS, "custom:big_headcounts"}
    assert words.index("score_conflicts_owner_view") < words.index("custom:big_headcounts")


def test_judged_twice_is_one_hit_and_old_readings_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    scene.publish(custom_rules=(WATCHED,))
    at = timezone.now()
    one = scene.propose(scene.account("Quay"), employees=900, at=at)
    scene.propose(scene.account("Old quay"), employees=900, at=at - timedelta(days=31))
    gate.read(Suggestion.objects.get(pk=one.pk), at)
    assert GateReading.objects.count() == 3

    counted = rule_hits.counted(at=at)

    assert (counted.judged, counted.watched["custom:big_headcounts"].held) == (1, 1)
    assert counted.watched["custom:big_headcounts"].alone == 0
    monkeypatch.setattr(rule_hits, "MOST", 2)
    assert rule_hits.counted(at=at).is_cut


def test_it_is_told_of_how_many_a_rule_could_not_say() -> None:
    scene.publish(custom_rules=(CustomRule("rich", "account.annual_value > 5.0", "Rich ones."),))
    ana, _ = ana_and_olga()
    scene.propose(scene.account("Nobody knows"), employees=900, at=timezone.now())
    assert ana.get(f"{RULES}custom:rich/").context["hits"].unsaid == 1


def test_readers_read_and_only_admins_write() -> None:
    scene.publish(custom_rules=(WATCHED,))
    auditor = browser_of(a_user("Ines Falk", Role.AUDITOR))
    assert auditor.get(RULES).status_code == 200
    assert not auditor.get(f"{RULES}custom:big_headcounts/").context["manages"]
    assert auditor.get(NEW).status_code == written(auditor).status_code == 403
    assert browser_of(scene.reviewer()).get(RULES).status_code == 403
    ana, _ = ana_and_olga()
    for address in (
        f"{RULES}custom:gone/",
        f"{RULES}nothing/",
        f"{RULES}custom:gone/edit",
        f"{NEW}?draft=99",
    ):
        assert ana.get(address).status_code == 404


def test_many_rows_cost_no_more_queries() -> None:
    scene.publish(custom_rules=(WATCHED,))
    ana, _ = ana_and_olga()
    counts = []
    for n in range(2):
        for m in range(1 + 9 * n):
            scene.propose(scene.account(f"Quay {n} {m}"), employees=900 + m, at=timezone.now())
        with CaptureQueriesContext(
            connection,
        ) as asked:
            ana.get(RULES)
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 12
