"""Every address of the product, found by walking the resolver, and how to call it in the test world."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from approvals.forms.shown import Shown
from approvals.models import Experiment
from crmgov.people.models import User
from tests.security.world import World
from tests.workflows.kit import posted
from tests.world import NOW

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
# The Django admin is one room with one door: every address in it answers by the same rule.
ADMIN = ("admin:", "admin/")
Body = Callable[[World, User | None], dict[str, Any]]


def names() -> list[str]:
    """Return the full name of every route; one without a name is called by its pattern."""
    return sorted({name for name, _ in _walk(get_resolver().url_patterns, "", ())})


def patterns() -> dict[str, str]:
    return dict(_walk(get_resolver().url_patterns, "", ()))


def _walk(
    found: list[URLPattern | URLResolver], prefix: str, namespaces: tuple[str, ...]
) -> Iterator[tuple[str, str]]:
    for one in found:
        path = prefix + str(one.pattern)
        if isinstance(one, URLResolver):
            inside = (*namespaces, one.namespace) if one.namespace else namespaces
            yield from _walk(one.url_patterns, path, inside)
        else:
            yield ":".join((*namespaces, one.name)) if one.name else path, path


RECORDS = ("account", "contact", "opportunity", "ticket", "task")
# What an address names, by route; whatever is not here takes no argument.
ARGUMENTS: dict[str, dict[str, str]] = {
    **{f"approvals:{one}": {"record_id": one} for one in RECORDS},
    **{
        f"approvals:{one}_{what}": {"record_id": one}
        for one in RECORDS
        for what in ("edit", "verify", "unlock")
    },
    "approvals:hold": {"record_id": "account"},
    "approvals:away_end": {"absence_id": "absence"},
    "approvals:consent": {"record_id": "contact"},
    **{f"approvals:task_{what}": {"task_id": "task"} for what in ("done", "reopen", "assign")},
    "approvals:owner_view": {"record_id": "account"},
    "approvals:lift_hold": {"hold_id": "hold"},
    "approvals:change_set": {"change_set_id": "change_set"},
    "approvals:revert": {"change_set_id": "change_set"},
    "approvals:suggestion": {"suggestion_id": "draft"},
    "approvals:decision": {"suggestion_id": "decided"},
    "approvals:second_look": {"suggestion_id": "looked"},
    "approvals:second_look_answer": {"suggestion_id": "looked"},
    "approvals:suggestion_edit": {"suggestion_id": "draft"},
    "approvals:suggestion_form": {"suggestion_id": "form"},
    "approvals:suggestion_approve": {"suggestion_id": "draft"},
    "approvals:suggestion_preview": {"suggestion_id": "message"},
    "approvals:suggestion_sent": {"suggestion_id": "by_hand"},
    "approvals:suggestion_reject": {"suggestion_id": "draft"},
    "approvals:suggestion_accept": {"suggestion_id": "form"},
    "approvals:bulk": {"bulk_id": "bulk"},
    "approvals:bulk_undo": {"bulk_id": "bulk"},
    **{
        f"approvals:saved_view_{verb}": {"view_id": "saved_view"}
        for verb in ("rename", "move", "share", "delete")
    },
    **{
        f"approvals:suggestion_{verb}": {"suggestion_id": "draft"}
        for verb in ("answer", "ask", "ask_again", "claim", "escalate", "reassign", "snooze", "take", "wake")
    },
    "approvals:suggestion_take_back": {"suggestion_id": "done"},
    "approvals:conflict": {"conflict_id": "conflict"},
    "approvals:conflict_settle": {"conflict_id": "conflict"},
    "approvals:execution_retry": {"execution_id": "execution"},
    "approvals:contest": {"execution_id": "alone"},
    **{
        f"approvals:outbox_{what}": {"execution_id": "sent"}
        for what in ("message", "settle", "hold_back", "retry")
    },
    **{f"approvals:audit_{verdict}": {"sample_id": "sample"} for verdict in ("right", "wrong")},
    "approvals:cell": {"cell_id": "cell"},
    "approvals:cell_rows": {"cell_id": "cell"},
    **{f"approvals:offer_{verb}": {"offer_id": "offer"} for verb in ("sign", "decline")},
    "approvals:pause_lift": {"pause_id": "pause"},
    **{
        f"approvals:policy_{step}": {"draft_id": "policy_draft"}
        for step in ("discard", "draft", "publish", "replay")
    },
    **{
        f"approvals:workflow{step}": {"workflow_id": "workflow"}
        for step in ("", "_contract", "_cost", "_pause")
    },
    **{f"approvals:experiment{step}": {"experiment_id": "experiment"} for step in ("", "_end", "_start")},
    **{
        f"approvals:model{step}": {"model_id": "model"}
        for step in ("", "_beside", "_card", "_retire", "_review", "_use")
    },
    "approvals:workflow_failure_retry": {"failure_id": "workflow_failure"},
    **{f"approvals:run{step}": {"run_id": "run"} for step in ("", "_people", "_withdraw")},
    **{
        f"approvals:suppression{step}": {"suppression_id": "suppression"}
        for step in ("", "_ask", "_keep", "_lift")
    },
    "approvals:agent": {"agent_id": "agent"},
    "approvals:issue_key": {"agent_id": "agent"},
    "approvals:agent_pause": {"agent_id": "agent"},
    "approvals:grant": {"agent_id": "agent"},
    "approvals:deactivate_agent": {"agent_id": "agent"},
    "approvals:revoke_key": {"key_id": "key"},
    "approvals:revoke_grant": {"grant_id": "grant"},
    **{
        f"approvals:import{step}": {"import_id": "import"}
        for step in (
            "",
            "_add",
            "_again",
            "_check",
            "_confirm",
            "_discard",
            "_files",
            "_progress",
            "_revert",
        )
    },
    **{f"approvals:template{step}": {"template_id": "template"} for step in ("", "_preview", "_write")},
    "approvals:standing_sign": {"template_id": "template"},
    "approvals:standing_end": {"approval_id": "standing"},
    "approvals:import_columns": {"import_id": "import", "file_id": "import_file"},
    "approvals:import_read_as": {"import_id": "import", "file_id": "import_file"},
    "approvals:import_remove": {"import_id": "import", "file_id": "import_file"},
    "approvals:import_leave_out": {"import_id": "import", "run_id": "import_step"},
    "approvals:import_refused": {"import_id": "import", "run_id": "import_step"},
    "approvals:revert_confirm": {"revert_id": "import_revert"},
    "approvals:revert_withdraw": {"revert_id": "import_revert"},
    "api:look": {"suggestion_id": "draft"},
}
LITERAL: dict[str, dict[str, str]] = {
    "approvals:policy_rule": {"word": "custom:large_changes"},
    "approvals:policy_rule_edit": {"word": "custom:large_changes"},
    "approvals:policy_version": {"number": "1"},
    "approvals:model_train": {"question": "lead"},
    **{f"approvals:text_label{step}": {"key": "complaint"} for step in ("", "_edit")},
    "people:first_admin": {"token": "not-a-token"},
    **{
        f"approvals:{page}": {"token": "not-a-token"}
        for page in ("preferences", "preferences_stop", "unsubscribe")
    },
    "account_confirm_email": {"key": "not-a-key"},
    "account_reset_password_from_key": {"uidb36": "1", "key": "not-a-key"},
}


def address(name: str, world: World) -> str:
    """Return the address of a route about the world's things."""
    given: dict[str, Any] = {key: world.ids[thing] for key, thing in ARGUMENTS.get(name, {}).items()}
    return reverse(name, kwargs={**given, **LITERAL.get(name, {})})


def _of_a_ticket(world: World, user: User | None) -> dict[str, Any]:
    about = {"record_type": "ticket", "record_id": str(world.ids["ticket"])}
    return {"label": "complaint", "positive": "yes", **about}


def _shown(thing: str, digest: str) -> Body:
    def signed(world: World, user: User | None) -> dict[str, Any]:
        if user is None:
            return {}
        key: UUID = world.ids[thing]
        return {"shown": Shown(world.seen.get(digest, ""), NOW).sign(thing=key, user=user)}

    return signed


def _and(body: Body, **more: Any) -> Body:
    return lambda world, user: {**body(world, user), **more}


def _plain(**given: Any) -> Body:
    return lambda world, user: given


def _steward(world: World, user: User | None) -> dict[str, Any]:
    return {"duty": "consent", "person": world.people["admin"].pk, "why": "a test"}


def _review(world: World, user: User | None) -> dict[str, Any]:
    until = timezone.now() + timedelta(days=90)
    return {"review_due": until.date().isoformat(), "owner": world.people["admin"].pk}


def _experiment(world: World, user: User | None) -> dict[str, Any]:
    tried = Experiment.objects.get(pk=world.ids["experiment"])
    return {
        "name": "Another",
        "letter": f"{tried.workflow_id}-{tried.control.template_id}",
        "variant": tried.variant.template_id,
        "hypothesis": "a test",
        "goal": "reply",
        "days": "7",
        "least": "5",
        "holdout": "0",
    }


def _contract(world: World, user: User | None) -> dict[str, Any]:
    return posted()


def _claim(world: World, user: User | None) -> dict[str, Any]:
    return {**_shown("conflict", "")(world, user), "claim": world.ids["claim"]}


def _new_agent(world: World, user: User | None) -> dict[str, Any]:
    return {"name": "A new one", "owner": world.people["admin"].pk}


def _new_grant(world: World, user: User | None) -> dict[str, Any]:
    return {
        "workflow_version": world.ids["version"],
        "action": "set_fields",
        "field_group": "domain",
        "level": "draft",
        "reason": "a test",
    }


A_RULE = {
    "name": "odd_ones",
    "expression": "account.strategic",
    "sentence": "Odd ones are looked at.",
    "verdict": "queue",
    "mode": "monitor",
    "rationale": "a test",
}
A_TEXT = {"subject": "Welcome", "body": "Dear {{ contact.first_name }}, welcome.", "why": "a test"}
# What a person would post; without it a refusal for bad input would hide one for missing rights.
BODIES: dict[str, Body] = {
    "approvals:outbox_settle": _plain(choice="leave"),
    "approvals:second_look_answer": _plain(answer="approve"),
    "approvals:suggestion_approve": _shown("draft", "draft"),
    "approvals:suggestion_reject": _and(_shown("draft", "draft"), reason_code="wrong_value"),
    "approvals:suggestion_sent": _shown("by_hand", "by_hand"),
    "approvals:suggestion_accept": _and(_shown("form", "form"), take=["industry"], mode="form"),
    "approvals:suggestion_ask": _plain(text="Which register is that?"),
    "approvals:suggestion_answer": _plain(text="The Dutch one."),
    "approvals:suggestion_escalate": _plain(text="Two companies are mixed up."),
    "approvals:suggestion_snooze": _plain(when="hour"),
    "approvals:studio_draft": _plain(floor="0.5", auto="0.9", rationale="a test"),
    "approvals:studio_draw": _plain(floor="0.5", auto="0.9", number="1"),
    "approvals:conflict_settle": _claim,
    "approvals:agent_new": _new_agent,
    "approvals:grant": _new_grant,
    "approvals:policy_rule_new": _plain(**A_RULE),
    "approvals:policy_rule_edit": _plain(**{**A_RULE, "name": "large_changes"}),
    "approvals:import_new": _plain(adapter="csv", new_source="erp"),
    "approvals:import_columns": _plain(object="accounts"),
    "approvals:import_revert": _plain(reason="a test"),
    "approvals:imports_export": _plain(format="csv", new_source="erp", extent="all"),
    "approvals:issue_key": _plain(scopes=["suggestions:read"], expires_on="2027-01-31"),
    "approvals:experiment_end": _plain(why="a test"),
    "approvals:model_retire": _plain(why="a test"),
    "approvals:model_review": _review,
    "approvals:model_use": _plain(why="a test"),
    "approvals:experiment_new": _experiment,
    "approvals:text_label_edit": _plain(meaning="They are unhappy.", active="on", seen="0"),
    "approvals:text_label_new": _plain(name="Delivery", meaning="It is about delivery.", active="on"),
    "approvals:text_say": _of_a_ticket,
    "approvals:workflow_cost": _plain(labour_hour="60", build="0", running_month="10", why="a test"),
    "approvals:template_new": _plain(name="Another", purpose="onboarding", against="0", **A_TEXT),
    "approvals:template_write": _plain(against="1", **A_TEXT),
    "approvals:standing_sign": _plain(
        number="1", until="2026-12-20", why="a test", segments="*", lifecycles="*"
    ),
    "approvals:workflow_contract": _contract,
    "approvals:workflow_pause": _plain(reason="a test"),
    "approvals:stewards": _steward,
    "approvals:suppressions": _plain(kind="domain", value="nowhere.example", reason="a test"),
    "approvals:suppression_ask": _plain(reason="a test"),
    "approvals:contact_rules": _plain(
        against="0",
        contact_limit="3",
        contact_days="7",
        account_limit="off",
        account_days="7",
        quiet_from="20:00",
        quiet_until="08:00",
        time_zone="UTC",
        why="a test",
    ),
    "approvals:agent_pause": _plain(reason="a test"),
    "approvals:pause": _plain(what="action:create_task", reason="a test"),
    "approvals:saved_view_save": _plain(name="Another one", list="view=team"),
    "approvals:saved_view_rename": _plain(name="Riskier ones"),
    "approvals:saved_view_move": _plain(to="up"),
    "approvals:saved_view_share": _plain(shared="yes"),
    "approvals:keyboard": _plain(enabled="on"),
    "approvals:away": _plain(first_day="2026-12-21", last_day="2026-12-23"),
    "approvals:hold": _plain(until="2027-01-31", reason="a test"),
    "approvals:consent": _plain(state="opted_out", channel="email", purpose="newsletter"),
    "approvals:task_assign": _plain(assignee=""),
    "approvals:owner_view": _plain(view="healthy", note="a test"),
    "approvals:revert": _plain(reason="a test"),
    **{
        f"approvals:{one}_verify": _plain(field=field, seen=seen, reason="a test")
        for one, field, seen in (
            ("account", "employees", "240"),
            ("contact", "title", '"Head of fleet"'),
            ("opportunity", "name", '"Fleet roll-out"'),
            ("ticket", "subject", '"Data gaps after the outage"'),
            ("task", "title", '"Send the outage report"'),
        )
    },
    **{
        f"approvals:{one}_unlock": _plain(field=field, reason="a test")
        for one, field in (
            ("account", "region"),
            ("contact", "title"),
            ("opportunity", "name"),
            ("ticket", "subject"),
            ("task", "title"),
        )
    },
}


def body(name: str, world: World, user: User | None) -> dict[str, Any]:
    """Return what this person would post there."""
    return BODIES[name](world, user) if name in BODIES else {}
