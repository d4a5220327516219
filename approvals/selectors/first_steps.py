"""What an installation needs before AI is of use in it, each asked of the rows: there is nothing to tick."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from approvals.models import AgentKey, Suggestion, WorkflowContract
from approvals.rules.vocabulary import Level
from crmgov.records.models import ImportRun


@dataclass(frozen=True, slots=True)
class Step:
    """One of them: `what` to do, `why`, what of it is there (`found`, empty for nothing), and where it is done."""

    what: str
    why: str
    found: str
    address: str
    link: str

    @property
    def is_done(self) -> bool:
        return bool(self.found)


def steps(today: date) -> list[Step]:
    """All four in their order; four queries."""
    measured = _measured()
    return [
        Step(
            "Connect the sources",
            "An import brings what the CRM knows, a key lets an agent propose.",
            _sources(),
            "imports",
            "Import",
        ),
        Step(
            "Choose the one process to improve first, with its baseline",
            "The contract of its workflow says what is measured; what was before stands beside what is now.",
            _process(measured),
            "workflows",
            "Workflows",
        ),
        Step(
            "Let one workflow suggest",
            "A person enters what it proposes. What people keep is the evidence for more.",
            _suggests(),
            "agents",
            "Agents",
        ),
        Step(
            "Set the day it is looked at again",
            "A workflow that nobody looks at again is nobody's.",
            _review(measured, today),
            "workflows",
            "Workflows",
        ),
    ]


def has_begun() -> bool:
    """Whether anything was ever proposed here; one query that finds the first row."""
    return Suggestion.objects.exists()


def _sources() -> str:
    done = ImportRun.objects.filter(status=ImportRun.Status.DONE).select_related("source").first()
    if done is not None:
        return f"{done.source} was imported."
    key = AgentKey.objects.filter(last_used_at__isnull=False).select_related("agent").first()
    return f"{key.agent} has called." if key is not None else ""


def _measured() -> WorkflowContract | None:
    """Of the contracts in force, the first that has a baseline."""
    newest = WorkflowContract.objects.order_by("workflow_id", "-number").distinct("workflow_id").values("pk")
    rows = WorkflowContract.objects.filter(pk__in=newest, baseline__isnull=False)
    return rows.select_related("workflow", "owner").order_by("saved_at", "pk").first()


def _process(contract: WorkflowContract | None) -> str:
    return f"{contract.workflow}, measured over {contract.baseline_of:,} before it began." if contract else ""


def _suggests() -> str:
    levels = [level.value for level in Level if level is not Level.SHADOW]
    first = Suggestion.objects.filter(agent__isnull=False, level__in=levels, status__in=ASKED).order_by(
        "made_at"
    )
    found = first.select_related("workflow_version__workflow").first()
    return f"{found.workflow_version.workflow} proposes to people." if found is not None else ""


def _review(contract: WorkflowContract | None, today: date) -> str:
    if contract is None or contract.review_due < today:
        return ""
    return f"{contract.owner} looks at {contract.workflow} again on {contract.review_due:%d %b %Y}."


# What was put before a person, or went beyond that.
ASKED = ("queued", "approved", "rejected", "superseded", "expired", "withdrawn")
