"""How many outcomes of a cell are alike, week by week: what the threshold studio reads instead of the rows."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from .outcome import Cell, CellOutcome


class OutcomeRollup(models.Model):
    """So many outcomes of one cell, week, hundredth of confidence, hold and way, by what people said of them.

    Derived from `CellOutcome` and kept in the transaction that tells it (`services/rollups.py`). `week` is its Monday
    in UTC; `hundredth` is the confidence rounded down, -1 without one; `undone` is put back or found wrong later.
    """

    id = models.BigAutoField(primary_key=True)
    cell = models.ForeignKey(Cell, on_delete=models.PROTECT, related_name="rollups")
    week = models.DateField()
    hundredth = models.SmallIntegerField()
    held = models.CharField(max_length=5, choices=CellOutcome.Held.choices, blank=True, default="")
    way = models.CharField(max_length=8, choices=CellOutcome.Way.choices)
    unknown = models.IntegerField(default=0)
    unchanged = models.IntegerField(default=0)
    edited = models.IntegerField(default=0)
    rejected = models.IntegerField(default=0)
    undone = models.IntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["cell", "week", "hundredth", "held", "way"], name="rollup_is_one_row"
            ),
            models.CheckConstraint(
                condition=models.Q(hundredth__gte=-1, hundredth__lte=100), name="rollup_is_of_a_share"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cell} at {self.hundredth} %, week of {self.week}"
