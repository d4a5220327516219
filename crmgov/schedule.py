"""What happens by the clock: name, task, seconds between two rings. One list: nothing is rung twice."""

from typing import Any

BEAT: dict[str, dict[str, Any]] = {
    "beat_heart": {"task": "approvals.tasks.beat_heart", "schedule": 10.0, "options": {"expires": 10}},
    # Messages are doorbells: whatever one was lost for is found here.
    "drain": {"task": "approvals.tasks.drain", "schedule": 15.0, "options": {"expires": 15}},
    # Rung when a countdown ends, too.
    "send_messages": {"task": "approvals.tasks.send_messages", "schedule": 5.0, "options": {"expires": 5}},
    "take_news": {"task": "approvals.tasks.take_news", "schedule": 15.0, "options": {"expires": 15}},
    "run_workflows": {
        "task": "approvals.tasks.run_workflows",
        "schedule": 15.0,
        "options": {"expires": 15},
    },
    "take_up_imports": {
        "task": "crmgov.records.tasks.take_up_imports",
        "schedule": 15.0,
        "options": {"expires": 15},
    },
    "follow": {"task": "approvals.tasks.follow", "schedule": 30.0, "options": {"expires": 30}},
    # Rung when a draft is kept, too.
    "replay_drafts": {
        "task": "approvals.tasks.replay_drafts",
        "schedule": 30.0,
        "options": {"expires": 30},
    },
    # Most turns find nothing: a decision moves what an admin looks at within seconds.
    "tell_outcomes": {"task": "approvals.tasks.tell_outcomes", "schedule": 5.0, "options": {"expires": 5}},
    # Rung when outcomes were told, too.
    "follow_cells": {"task": "approvals.tasks.follow_cells", "schedule": 15.0, "options": {"expires": 15}},
    "mark_overdue": {"task": "approvals.tasks.mark_overdue", "schedule": 30.0, "options": {"expires": 30}},
    "write_to_people": {
        "task": "approvals.tasks.write_to_people",
        "schedule": 300.0,
        "options": {"expires": 300},
    },
    "check_invariants": {
        "task": "approvals.tasks.check_invariants",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "forget_old_calls": {
        "task": "approvals.tasks.forget_old_calls",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "forget_old_files": {
        "task": "crmgov.records.tasks.forget_old_files",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "publish_scores": {
        "task": "approvals.tasks.publish_scores",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "read_texts": {"task": "scoring.tasks.read_texts", "schedule": 15.0, "options": {"expires": 15}},
    # Trains at night at most; what was not read by the newest model is read each hour.
    "learn_texts": {
        "task": "scoring.tasks.learn_texts",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    # Each model once a night.
    "watch_models": {
        "task": "scoring.tasks.watch_models",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "refresh_baseline": {
        "task": "scoring.tasks.refresh_baseline",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    # Once a night everybody, else those that something happened to.
    "keep_scores": {"task": "scoring.tasks.keep_scores", "schedule": 120.0, "options": {"expires": 120}},
}
