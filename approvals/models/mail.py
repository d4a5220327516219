"""Mail to our own people: what they want, and what they were told."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from crmgov.people.models import User


class MailChoice(models.Model):
    """What a person wants by mail; who never chose gets both."""

    person = models.OneToOneField(User, on_delete=models.CASCADE, related_name="mail_choice")
    digest = models.BooleanField(default=True)
    reminders = models.BooleanField(default=True)

    def __str__(self) -> str:
        return f"{self.person}: digest {self.digest}, reminders {self.reminders}"


class DigestSent(models.Model):
    """Taken by one worker before the mail goes out, so that nobody gets two; `sent_at` is null while it is not out.

    `day` is the person's local one. A day on which nothing waited is kept too, without `sent_at`.
    """

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="digests")
    day = models.DateField()
    taken_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "digest"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "day"], name="one_digest_per_person_and_day")
        ]

    def __str__(self) -> str:
        return f"Digest of {self.day} for {self.person}"


class Reminded(models.Model):
    """Up to when a person was told of what became overdue; moved on by one worker before the mail goes out."""

    person = models.OneToOneField(User, on_delete=models.CASCADE, related_name="reminded")
    up_to = models.DateTimeField()
    # So often in a row the server refused the address for good and the mark was given back.
    refused = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.person} up to {self.up_to}"
