"""Signs of life and the last reading of each invariant."""

from __future__ import annotations

from django.db import models


class Heartbeat(models.Model):
    """Written by a task through the worker; the supervisor restarts a worker whose beat is old."""

    name = models.CharField(max_length=40, primary_key=True)
    beat_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} at {self.beat_at}"


class InvariantResult(models.Model):
    invariant = models.CharField(max_length=8, primary_key=True)
    outcome = models.CharField(max_length=12)
    rows = models.BigIntegerField(default=0)
    violations = models.BigIntegerField(default=0)
    checked_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.invariant} {self.outcome}"
