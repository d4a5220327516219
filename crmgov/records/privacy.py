"""Every text and JSON column we keep, and whether it can hold something about a person (DESIGN §4).

`personal` can hold it by its nature or because somebody may type it there; `labels` are names copied in so
that rows stay readable, and are personal where the thing named is a person; `plain` never holds any. Erasing
a person clears the first two. A test fails on a column that stands in no list, on one that stands in two, and
on one that does not exist. Snapshots (`Historical…`) follow the record they are of.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Columns:
    """Column names, separated by spaces."""

    personal: str = ""
    labels: str = ""
    plain: str = ""


PRIVACY: dict[str, Columns] = {
    "people.User": Columns(personal="email name", plain="password role time_zone language"),
    "people.Team": Columns(plain="name external_name"),
    "people.BusinessCalendar": Columns(plain="name time_zone country subdivision"),
    "people.Absence": Columns(personal="note"),
    # Who wrote each field of a record: users by name.
    "records.Account": Columns(
        personal="extra owner_view_note",
        labels="provenance",
        plain="tags name domain industry currency region territory lifecycle relationship_flags owner_view "
        "buying_timeline",
    ),
    "records.Contact": Columns(
        personal="extra tags first_name last_name email phone title language time_zone lifecycle source",
        labels="provenance",
    ),
    "records.Opportunity": Columns(
        personal="extra next_step pricing_notes legal_notes procurement_notes closed_reason",
        labels="provenance name",
        plain="tags currency forecast_category",
    ),
    "records.BuyingRole": Columns(personal="extra tags role", labels="provenance"),
    "records.Ticket": Columns(
        personal="extra subject body language",
        labels="provenance",
        plain="tags product status priority channel",
    ),
    "records.Task": Columns(personal="extra title note", labels="provenance", plain="tags purpose"),
    "records.Activity": Columns(personal="subject body data", labels="by", plain="kind currency"),
    "records.Segment": Columns(plain="name"),
    "records.Stage": Columns(plain="name kind"),
    "records.Product": Columns(plain="name family"),
    "records.Source": Columns(plain="name kind"),
    "records.ExchangeRate": Columns(plain="currency"),
    "records.RecordEvent": Columns(personal="data", plain="kind record_type fields"),
    "records.EventReceipt": Columns(plain="consumer"),
    # An id in a source is often an e-mail address.
    "records.ExternalId": Columns(personal="value last_seen", plain="kind record_type"),
    "records.Import": Columns(personal="problem", plain="adapter status fingerprint"),
    "records.ImportFile": Columns(labels="name", plain="sha256 headings reading guesses"),
    "records.ImportFate": Columns(personal="external_id label changes say", plain="fate"),
    "records.RememberedMapping": Columns(plain="object headings mapping"),
    "records.ImportRevert": Columns(personal="reason outcome", plain="status counts"),
    "records.Export": Columns(plain="format counts marks"),
    "records.MatchCandidate": Columns(labels="say", plain="record_type reason status"),
    "records.ImportRun": Columns(
        labels="file_name", plain="object file_sha256 mapping status counts step phase preview"
    ),
    "records.ImportRefusal": Columns(personal="value say", plain="column reason"),
    "records.ChangeSet": Columns(
        personal="reason",
        labels="actor_label authority_label",
        plain="actor_type actor_id authority authority_id agent_label workflow workflow_version model "
        "request_id",
    ),
    "records.FieldChange": Columns(
        personal="old new",
        labels="record_label old_label new_label",
        plain="record_type field source",
    ),
    "records.EarlierChange": Columns(
        personal="old new by", labels="record_label", plain="record_type field source"
    ),
    "records.Consent": Columns(
        personal="state source", labels="recorded_by", plain="channel purpose lawful_basis"
    ),
    "records.Suppression": Columns(personal="value reason lift_reason", labels="added_by", plain="kind"),
    "records.Touch": Columns(labels="by", plain="channel purpose state"),
    "records.ContactRules": Columns(personal="why", plain="contact_limit account_limit time_zone"),
    "records.Hold": Columns(personal="reason"),
    "scoring.Score": Columns(personal="reasons", plain="kind record_type segment model model_version"),
    # The card holds figures over many; a file holds weights and the words of categories.
    "scoring.TrainedModel": Columns(
        labels="trained_by put_in_use_by why purpose limits", plain="kind status method schema card sha256"
    ),
    "scoring.SegmentStanding": Columns(plain="segment standing why"),
    "scoring.LabelCandidate": Columns(personal="why", labels="by", plain="record_type kind"),
    "scoring.Outcome": Columns(plain="record_type kind known_by"),
    "scoring.Training": Columns(plain="kind status problem"),
    "scoring.ScoringRun": Columns(plain="scope status problem"),
    "scoring.Changed": Columns(plain="record_type"),
    "scoring.ModelEvent": Columns(personal="why", labels="by", plain="kind"),
    # A feature is a column, its sentence holds figures over many.
    "scoring.WatchFinding": Columns(plain="code segment feature sentence cause"),
    # Examples may be sentences that a customer wrote.
    "scoring.TextLabel": Columns(
        personal="examples", labels="written_by_label", plain="key sort name noun meaning"
    ),
    "scoring.TextExample": Columns(personal="text", labels="said_by_label", plain="label record_type origin"),
    "scoring.TextModel": Columns(labels="trained_by", plain="card sha256"),
    "scoring.TextReading": Columns(personal="flags raised", plain="record_type"),
    "approvals.Agent": Columns(plain="name description"),
    "approvals.AgentKey": Columns(plain="prefix secret_sha256 scopes"),
    "approvals.IdempotentCall": Columns(personal="answer", plain="key body_sha256"),
    "approvals.Workflow": Columns(plain="name"),
    # The event as it was sent: a form somebody filled in, a mail.
    "approvals.WaitingEvent": Columns(personal="email event_id said note", plain="source status"),
    "approvals.WorkflowVersion": Columns(plain="version model"),
    "approvals.WorkflowContract": Columns(
        personal="why trigger review_rule rollback_rule",
        plain="record_types segments excluded reads writes actions metric metric_field",
    ),
    "approvals.Run": Columns(plain="name status"),
    "approvals.WorkflowLook": Columns(plain="record_type why"),
    "approvals.WorkflowTick": Columns(plain="tick"),
    # What broke may quote a value of the record.
    "approvals.WorkflowFailure": Columns(personal="error", labels="record_label", plain="record_type why"),
    # Why a text was not taken may quote it.
    "approvals.ModelCall": Columns(
        personal="says", plain="template model outcome currency prompt_sha256 given"
    ),
    "approvals.Grant": Columns(
        personal="reason revoked_reason", plain="action field_group segment level signature"
    ),
    "approvals.Offer": Columns(personal="reason", plain="status"),
    "approvals.CellEvent": Columns(personal="why", labels="person_label", plain="kind"),
    "approvals.Steward": Columns(personal="why", plain="duty"),
    "approvals.PolicyVersion": Columns(personal="rationale", plain="document"),
    "approvals.PolicyDraft": Columns(personal="rationale", plain="document"),
    "approvals.PolicyReplayLine": Columns(plain="was becomes rules"),
    "approvals.PauseSwitch": Columns(personal="reason", plain="scope target cause"),
    "approvals.KeyboardPreference": Columns(plain="keys"),
    "approvals.SavedView": Columns(personal="name", plain="view order filters"),
    "approvals.Seen": Columns(plain="kind"),
    "approvals.Queue": Columns(plain="name rules actions segments shipped_as"),
    "approvals.QueueMove": Columns(labels="by_label", plain="came_from went_to why"),
    "approvals.Suggestion": Columns(
        # Where somebody raised it, their words stand in the explanation of its due time.
        personal="reason facts stated due_explained",
        labels="record_label title",
        plain="status action record_type level_requested level verdict rules segment digest asks purpose",
    ),
    "approvals.SuggestionItem": Columns(
        personal="seen proposed edited evidence",
        labels="seen_label proposed_label",
        plain="field group source",
    ),
    "approvals.Note": Columns(personal="text", labels="label", plain="kind place"),
    "approvals.GateReading": Columns(personal="facts findings monitored", plain="verdict level"),
    "approvals.Conflict": Columns(
        personal="note", labels="record_label", plain="kind status record_type field"
    ),
    "approvals.Claim": Columns(personal="value", labels="value_label", plain="origin source"),
    "approvals.Decision": Columns(
        personal="edits note payload",
        labels="decider_label",
        plain="kind digest payload_digest taken reason_code evidence_opened",
    ),
    "approvals.Execution": Columns(personal="note", plain="status payload_digest"),
    "approvals.Bulk": Columns(plain="kind sample"),
    "approvals.BulkItem": Columns(personal="say undone"),
    "approvals.ContestedChange": Columns(personal="reason", labels="person_label", plain="restored kept"),
    "approvals.SecondLook": Columns(personal="note", plain="answer"),
    "approvals.AuditSample": Columns(personal="note", plain="drawn verdict"),
    "approvals.Cell": Columns(plain="action field_group segment"),
    "approvals.CellOutcome": Columns(plain="field_group way label held drawn"),
    "approvals.OutcomeRollup": Columns(plain="held way"),
    "approvals.Attempt": Columns(personal="note", plain="outcome"),
    "approvals.MessageTemplate": Columns(plain="name purpose"),
    "approvals.TemplateVersion": Columns(personal="why", plain="subject body"),
    "approvals.StandingApproval": Columns(personal="why", plain="segments lifecycles"),
    "approvals.Experiment": Columns(personal="name hypothesis ended_why", plain="goal"),
    "approvals.Assignment": Columns(plain="arm"),
    "approvals.WorkflowCost": Columns(personal="why", plain="currency"),
    # The bytes hold text, address and name of one person.
    "approvals.Message": Columns(
        personal="recipient subject html text", plain="channel purpose message_id mime_digest"
    ),
    "approvals.Delivery": Columns(personal="recipient", plain="mime_digest"),
    "approvals.Settlement": Columns(personal="note", labels="person_label", plain="choice"),
    "approvals.Heartbeat": Columns(plain="name"),
    "approvals.InvariantResult": Columns(plain="invariant outcome"),
    # Tables of Django and its packages that hold our people.
    "account.EmailAddress": Columns(personal="email"),
    "account.EmailConfirmation": Columns(plain="key"),
    "admin.LogEntry": Columns(labels="object_repr change_message", plain="object_id"),
    "sessions.Session": Columns(personal="session_data", plain="session_key"),
}


def personal_columns() -> list[tuple[str, str]]:
    """Return (model, column) of all that can hold something about a person, names copied in included."""
    return [
        (model, column)
        for model, columns in PRIVACY.items()
        for column in f"{columns.personal} {columns.labels}".split()
    ]
