"""Texts of customers: what may be recognized in them, what people said of them, what a model read."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from crmgov.kernel.ids import new_id
from crmgov.people.models import User
from scoring.rules.text_labels import Sort


class TextLabel(models.Model):
    """A definition as an admin wrote it. Nothing is rewritten: the highest version of a key counts."""

    key = models.CharField(max_length=40)
    version = models.PositiveIntegerField()
    sort = models.CharField(max_length=10, choices=[(one.value, one.value) for one in Sort])
    name = models.CharField(max_length=60)
    noun = models.CharField(max_length=60)
    meaning = models.CharField(max_length=500)
    examples = models.JSONField(default=list)
    active = models.BooleanField(default=True)
    written_at = models.DateTimeField()
    written_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    written_by_label = models.CharField(max_length=160)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["key", "version"], name="text_label_version_is_used_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


class TextExample(models.Model):
    """Somebody said that a text is something, or is not. Said again, the later word counts; nothing is rewritten.

    The text is that of a ticket or an activity, or stands here where it came without a record.
    """

    class Origin(models.TextChoices):
        CORRECTION = "correction", "Said on a page"
        IMPORT = "import", "From a file"

    id = models.BigAutoField(primary_key=True)
    label = models.CharField(max_length=40)
    positive = models.BooleanField()
    record_type = models.CharField(max_length=16, blank=True, default="")
    record_id = models.UUIDField(null=True)
    text = models.TextField(blank=True, default="")
    origin = models.CharField(max_length=10, choices=Origin.choices)
    said_at = models.DateTimeField()
    said_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    said_by_label = models.CharField(max_length=160)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(record_id__isnull=False, record_type__in=["ticket", "activity"], text="")
                | (Q(record_id=None, record_type="") & ~Q(text="")),
                name="text_example_is_of_a_record_or_brings_its_text",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["record_id", "label", "-id"], name="text_example_of_record"),
            models.Index(fields=["label", "-id"], name="text_example_of_label"),
        ]

    def __str__(self) -> str:
        return f"{'' if self.positive else 'not '}{self.label}"


class TextModel(models.Model):
    """One training over all labels. Nothing is rewritten: the highest version reads; an empty file reads nothing.

    `card`: {"flags": {key: {"used", "why_not", measures …}}, "limits": […], "examples_to", "labels_to", "seconds"}.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    version = models.PositiveIntegerField(unique=True)
    card = models.JSONField()
    file = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    trained_at = models.DateTimeField()
    trained_by = models.CharField(max_length=160)

    def __str__(self) -> str:
        return f"Text model {self.version}"


class TextReading(models.Model):
    """What the model said of a text when it read it last; the one row is written anew when it reads again.

    `flags`: key -> {"p", "part", "of"}; `part` of `of` labeled texts about as probable were it. `raised`: those it
    was sure enough of.
    """

    record_type = models.CharField(max_length=16)
    record_id = models.UUIDField(unique=True)
    model = models.ForeignKey(TextModel, on_delete=models.PROTECT, related_name="readings")
    flags = models.JSONField(default=dict)
    raised = ArrayField(models.CharField(max_length=40), default=list)
    read_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(record_type__in=["ticket", "activity"]), name="text_reading_is_of_a_text"
            ),
        ]

    def __str__(self) -> str:
        return ", ".join(self.raised) or "nothing"
