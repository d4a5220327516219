"""What came in from where, and what the source said last time."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from crmgov.kernel.ids import new_id
from crmgov.people.models import User

from .reference import Source


class ExternalId(models.Model):
    """A record's name in a source. `last_seen` holds, per mapped field, the value the source had last time."""

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="external_ids")
    kind = models.CharField(max_length=40)
    value = models.CharField(max_length=300)
    record_type = models.CharField(max_length=16)
    record_id = models.UUIDField()
    last_seen = models.JSONField(default=dict)
    last_seen_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["source", "kind", "value"], name="external_id_is_unique_in_its_source"
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["record_id"], name="external_id_of_record"),
            # Who searches knows the id and not whose it is.
            models.Index(fields=["value"], name="external_id_by_value"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.kind} {self.value}"


class Import(models.Model):
    """Files of one source that one person previews, confirms and may put back as a whole.

    `fingerprint` is the SHA-256 of all files and mappings as previewed: what is confirmed is what was seen.
    `beat_at` moves while a worker is at it; one that stopped moving is taken up again by another.
    """

    class Adapter(models.TextChoices):
        CSV = "csv", "CSV files"
        HUBSPOT = "hubspot", "HubSpot"
        SALESFORCE = "salesforce", "Salesforce"

    class Status(models.TextChoices):
        OPEN = "open", "Being prepared"
        CHECKING = "checking", "Being checked"
        READY = "ready", "Ready to confirm"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Stopped"
        DISCARDED = "discarded", "Discarded"
        REVERTING = "reverting", "Being put back"
        REVERTED = "reverted", "Put back"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="whole_imports")
    adapter = models.CharField(max_length=12, choices=Adapter.choices, default=Adapter.CSV)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    fingerprint = models.CharField(max_length=64, blank=True, default="")
    problem = models.CharField(max_length=500, blank=True, default="")
    rows_total = models.IntegerField(default=0)
    rows_done = models.IntegerField(default=0)
    beat_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["-made_at", "-id"], name="whole_import_by_time"),
            models.Index(
                fields=["beat_at"],
                name="whole_import_at_work",
                condition=models.Q(status__in=["checking", "running", "reverting"]),
            ),
        ]

    def __str__(self) -> str:
        return f"Import from {self.source}"


class ImportFile(models.Model):
    """A file as it was handed in, kept in blocks so that every worker can read it.

    `reading` says how it is read: {"encoding", "delimiter", "dates", "numbers", "time_zone"}; `guesses` which of
    these were ambiguous and have to be asked.
    """

    parent = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=300)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    headings = models.JSONField(default=list)
    reading = models.JSONField(default=dict)
    guesses = models.JSONField(default=dict)
    rows = models.IntegerField(null=True)
    added_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["parent", "name"], name="file_once_in_an_import")
        ]

    def __str__(self) -> str:
        return self.name


class ImportFileBlock(models.Model):
    """A megabyte of a file."""

    file = models.ForeignKey(ImportFile, on_delete=models.CASCADE, related_name="blocks")
    number = models.IntegerField()
    data = models.BinaryField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["file", "number"], name="block_once_in_a_file")
        ]

    def __str__(self) -> str:
        return f"{self.file} {self.number}"


class ImportRun(models.Model):
    """One file of one object, confirmed by one person: an authority, and revertible as a whole.

    Of a whole import (`parent`) it is one step: its place in the order, how far it came (`rows_done` rows of `phase`
    are written and committed), and what the preview counted.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        REVERTED = "reverted", "Reverted"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="imports")
    object = models.CharField(max_length=20)
    file_name = models.CharField(max_length=300)
    file_sha256 = models.CharField(max_length=64)
    mapping = models.JSONField(default=dict)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.RUNNING)
    counts = models.JSONField(default=dict)
    confirmed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    parent = models.ForeignKey(Import, null=True, on_delete=models.PROTECT, related_name="runs")
    file = models.ForeignKey(ImportFile, null=True, on_delete=models.PROTECT, related_name="runs")
    position = models.IntegerField(default=0)
    # Which of an adapter's steps it is; empty for a plain CSV file.
    step = models.CharField(max_length=60, blank=True, default="")
    phase = models.CharField(max_length=10, blank=True, default="")
    rows_done = models.IntegerField(default=0)
    preview = models.JSONField(default=dict)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["-started_at", "-id"], name="import_by_time")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["parent", "position"],
                condition=models.Q(parent__isnull=False),
                name="step_once_in_an_import",
            )
        ]

    def __str__(self) -> str:
        return f"{self.file_name} ({self.object})"


class ImportRefusal(models.Model):
    """A row that was not taken, or (`row_taken`) one value of it: line, column, value and the reason in a sentence."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="refusals")
    line = models.IntegerField()
    column = models.CharField(max_length=200, blank=True, default="")
    value = models.TextField(blank=True, default="")
    reason = models.CharField(max_length=60)
    say = models.CharField(max_length=500)
    row_taken = models.BooleanField(default=False)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["run", "line", "id"], name="refusal_of_import")]

    def __str__(self) -> str:
        return f"line {self.line}: {self.say}"


class ImportFate(models.Model):
    """What will become of one row, as the preview found it: kept until the import is confirmed or discarded.

    `changes` holds one {"field", "label", "ours", "theirs", "conflict"} per field, values in words.
    """

    class Fate(models.TextChoices):
        NEW = "new", "New"
        CHANGED = "changed", "Changed"
        CONFLICT = "conflict", "Conflict"
        UNCHANGED = "unchanged", "Unchanged"
        REFUSED = "refused", "Refused"

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="fates")
    line = models.IntegerField()
    fate = models.CharField(max_length=10, choices=Fate.choices)
    external_id = models.CharField(max_length=300, blank=True, default="")
    label = models.CharField(max_length=300, blank=True, default="")
    record_id = models.UUIDField(null=True)
    changes = models.JSONField(default=list)
    say = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["run", "line", "id"], name="fate_of_import"),
            models.Index(fields=["run", "fate", "line", "id"], name="fate_of_import_by_kind"),
        ]

    def __str__(self) -> str:
        return f"line {self.line}: {self.fate}"


class RememberedMapping(models.Model):
    """How a person mapped the columns of a source's object last time; the next file starts from it."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="mappings")
    object = models.CharField(max_length=20)
    headings = models.JSONField(default=list)
    mapping = models.JSONField(default=dict)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source", "object"], name="one_mapping_per_source_and_object")
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.object}"


class ImportRevert(models.Model):
    """A plan to put an import back, its confirmation and its outcome. Above 100 records two people are needed.

    `counts` is the plan: {"archive", "put_back", "stay"} in records; `outcome` says where it came to, and of one that
    stopped the "problem". `sole_admin`: after 24 hours the same person
    confirmed, for there was nobody else (DESIGN §4).
    """

    class Status(models.TextChoices):
        PROPOSED = "proposed", "Waiting for a second person"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        WITHDRAWN = "withdrawn", "Withdrawn"
        FAILED = "failed", "Stopped"

    parent = models.ForeignKey(Import, on_delete=models.PROTECT, related_name="reverts")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PROPOSED)
    reason = models.CharField(max_length=500)
    counts = models.JSONField(default=dict)
    outcome = models.JSONField(default=dict)
    records = models.IntegerField()
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    sole_admin = models.BooleanField(default=False)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["parent"],
                condition=models.Q(status__in=["proposed", "running"]),
                name="one_open_revert_per_import",
            )
        ]

    def __str__(self) -> str:
        return f"Revert of {self.parent}"


class MatchCandidate(models.Model):
    """Two records that may be one, found by something weaker than an exact key: for a person, never merged by itself.

    `left_id` is the smaller of the two ids, so that a pair stands once.
    """

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        SAME = "same", "The same"
        DIFFERENT = "different", "Different"

    record_type = models.CharField(max_length=16)
    left_id = models.UUIDField()
    right_id = models.UUIDField()
    reason = models.CharField(max_length=40)
    say = models.CharField(max_length=300)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    run = models.ForeignKey(ImportRun, null=True, on_delete=models.SET_NULL, related_name="candidates")
    found_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["left_id", "right_id"], name="pair_once"),
            models.CheckConstraint(
                condition=models.Q(left_id__lt=models.F("right_id")), name="pair_in_order"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["right_id"], name="candidate_by_right"),
            models.Index(
                fields=["record_type", "-found_at", "-id"],
                name="open_candidate_by_time",
                condition=models.Q(status="open"),
            ),
        ]

    def __str__(self) -> str:
        return self.say


class Export(models.Model):
    """What was handed out, to whom, in whose headings. The next one of changes starts after `last_change`.

    `marks` say how far it saw where one number of the ledger is not enough: {"snapshot", "external_id", "event"}, the
    transactions it could see, the newest external id and the newest record event.
    """

    class Format(models.TextChoices):
        CSV = "csv", "CSV"
        HUBSPOT = "hubspot", "HubSpot"
        SALESFORCE = "salesforce", "Salesforce"

    source = models.ForeignKey(Source, null=True, on_delete=models.PROTECT, related_name="exports")
    format = models.CharField(max_length=12, choices=Format.choices)
    only_changes = models.BooleanField(default=False)
    after_change = models.BigIntegerField(default=0)
    last_change = models.BigIntegerField(default=0)
    counts = models.JSONField(default=dict)
    marks = models.JSONField(default=dict)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["-made_at", "-id"], name="export_by_time")]

    def __str__(self) -> str:
        return f"{self.get_format_display()} export"
