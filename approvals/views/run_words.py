"""A run in words."""

from __future__ import annotations

from approvals.models import Run
from approvals.rules.sampling import LARGEST_UNSAMPLED, MOST_CHANGED, SAMPLE
from approvals.selectors.runs import RunLine

TAGS = {
    Run.Status.OPEN: {"text": "Nothing is held", "icon": "flow"},
    Run.Status.SAMPLING: {"text": "A sample is decided first", "tone": "warn", "icon": "hand"},
    Run.Status.GOING_ON: {"text": "Goes on", "tone": "ok", "icon": "check"},
    Run.Status.STOPPED: {"text": "Stopped", "tone": "danger", "icon": "stop"},
    Run.Status.PEOPLE: {"text": "People decide the rest", "tone": "warn", "icon": "hand"},
    Run.Status.WITHDRAWN: {"text": "The rest was withdrawn", "icon": "undo"},
}


def tag_of(run: Run) -> dict[str, str]:
    return TAGS[Run.Status(run.status)]


def says(line: RunLine) -> str:
    """How it stands and what happens next, in a sentence or two."""
    run, least = line.run, SAMPLE - MOST_CHANGED
    return {
        Run.Status.OPEN: f"Runs of more than {LARGEST_UNSAMPLED} stop for a sample. This one has {run.proposed:,}.",
        Run.Status.SAMPLING: (
            f"{line.drawn} drawn by chance are with people, {line.decided} of them decided. "
            f"{line.held:,} wait and go on when {least} of {SAMPLE} stand unchanged."
        ),
        Run.Status.GOING_ON: f"{run.kept} of {run.sampled} stood unchanged, so the rest went on.",
        Run.Status.STOPPED: f"{_why_stopped(run)} {line.held:,} wait for an admin to choose.",
        Run.Status.PEOPLE: f"It stopped, and {run.settled_by} gave the rest to people. Nothing of it runs by itself.",
        Run.Status.WITHDRAWN: f"It stopped, and {run.settled_by} withdrew the rest. Nothing of that was written.",
    }[Run.Status(run.status)]


def _why_stopped(run: Run) -> str:
    if run.sampled is not None and run.sampled < SAMPLE:
        return f"Only {run.sampled} could be drawn, and not all of them stood as proposed."
    return f"More than {MOST_CHANGED} of the sample did not stand as proposed."
