"""The policy in force, those before it, and the drafts that wait."""

from __future__ import annotations

from approvals.models import PolicyDraft, PolicyRegating, PolicyVersion, Suggestion

SHOWN = 50


def versions() -> list[PolicyVersion]:
    """The newest first: it is the one in force. One query."""
    rows = PolicyVersion.objects.select_related("drafted_by", "published_by", "draft").order_by("-number")
    return list(rows[:SHOWN])


def numbered(number: int) -> PolicyVersion | None:
    """One of them, however old."""
    rows = PolicyVersion.objects.select_related("drafted_by", "published_by", "draft")
    return rows.filter(number=number).first()


def in_force() -> PolicyVersion | None:
    """The newest of them."""
    return PolicyVersion.objects.select_related("published_by").order_by("-number").first()


def drafts() -> list[PolicyDraft]:
    """Those that wait for somebody to publish or discard them, the newest first."""
    waiting = PolicyDraft.objects.filter(published=None, discarded_at=None)
    return list(waiting.select_related("drafted_by")[:SHOWN])


def draft(number: int) -> PolicyDraft | None:
    """One draft, open or closed."""
    rows = PolicyDraft.objects.select_related(
        "drafted_by", "discarded_by", "published__published_by", "replay"
    )
    return rows.filter(pk=number).first()


def regating_of(version: PolicyVersion) -> PolicyRegating | None:
    """What publishing it did to what was open; None where nothing was judged again yet."""
    return PolicyRegating.objects.filter(version=version).first()


def still_to_judge(version: PolicyVersion) -> int:
    """Open suggestions that were last judged under another version."""
    return Suggestion.objects.queued().exclude(policy_version=version).count()
