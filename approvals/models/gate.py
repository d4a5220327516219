"""What the gate saw and said; kept for ever, so that a verdict can be read again."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from .policy import PolicyVersion
from .suggestion import Suggestion


class GateReading(models.Model):
    """Append-only. `facts` are the rules' whole input: reading them again under the same versions gives `findings`."""

    suggestion = models.ForeignKey(Suggestion, on_delete=models.PROTECT, related_name="readings")
    policy_version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="+")
    rules_version = models.IntegerField()
    contracts_version = models.IntegerField()
    facts = models.JSONField()
    findings = models.JSONField()
    # Findings that watched custom rules would have added; they changed nothing.
    monitored = models.JSONField(default=list)
    verdict = models.CharField(max_length=8)
    level = models.CharField(max_length=8)
    read_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["suggestion", "-id"], name="reading_of_suggestion")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(verdict__in=["execute", "queue", "block"]), name="verdict_is_known"
            )
        ]

    def __str__(self) -> str:
        return f"{self.verdict} at {self.read_at}"

    @property
    def blocking(self) -> frozenset[str]:
        """The rules that block it, those of the policy included."""
        return frozenset(found["rule"] for found in self.findings if found["verdict"] == "block")
