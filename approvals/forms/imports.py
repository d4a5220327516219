"""What an admin fills in to start an import or an export. The services have the last word on each value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.datastructures import MultiValueDict

from approvals.templatetags.phrases import visible
from crmgov.records.models import Export, Import, Source

from .agents import Refusable

NEW_SOURCE = ""


class ManyFiles(forms.ClearableFileInput):
    """One control for any number of files."""

    template_name = "django/forms/widgets/file.html"
    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: MultiValueDict[str, UploadedFile[Any]], name: str) -> Any:
        return files.getlist(name)


class FilesField(forms.Field):
    """A list of uploaded files, empty ones too: what is wrong with a file is for the service to say."""

    widget = ManyFiles

    def clean(self, value: Any) -> list[UploadedFile[Any]]:
        if self.required and not value:
            raise forms.ValidationError(self.error_messages["required"])
        return list(value or ())


def files_field(**more: Any) -> FilesField:
    return FilesField(
        label="Files",
        widget=ManyFiles(attrs={"multiple": True, "accept": ".csv,.tsv,.txt,text/csv"}),
        help_text="CSV with a heading line. Encoding, delimiter and formats are recognised.",
        **more,
    )


class AddFilesForm(Refusable):
    """More files for an import that is being prepared, uploaded or picked from the server's folder."""

    uploads = files_field(required=False)
    folder = forms.MultipleChoiceField(
        label="Or files from the server's folder", required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(
        self,
        *args: Any,
        folder: Sequence[str] = (),
        too_large: Sequence[str] = (),
        too_much: Sequence[str] = (),
        **more: Any,
    ) -> None:
        super().__init__(*args, **more)
        self.too_large, self.too_much = too_large, too_much
        if folder:
            self.fields["folder"].choices = [(name, visible(name)) for name in folder]  # type: ignore[attr-defined]
        else:
            del self.fields["folder"]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        most = f"{settings.IMPORT_MAX_BYTES / 2**20:,.0f} MB"
        for name in self.too_large:
            self.add_error(
                "uploads", f"{visible(name)} is larger than {most}, the most this installation takes."
            )
        for name in self.too_much:
            self.add_error(
                "uploads",
                f"{visible(name)} was left out: files handed in at once have {most} together at most. "
                "Add it after the others.",
            )
        if not cleaned.get("uploads") and not cleaned.get("folder") and not (self.too_large or self.too_much):
            self.add_error("uploads", "Choose one or more files.")
        return cleaned

    def named(self) -> list[str]:
        """Return the names of the folder's files that were picked."""
        return list(self.cleaned_data.get("folder") or ())


class SourcedForm(Refusable):
    """Which source: one that is known, or a new one by its name."""

    source = forms.ChoiceField(
        label="Source",
        required=False,
        help_text="Ids are kept per source: the same id in two sources is two different things.",
    )
    new_source = forms.CharField(
        label="Name of the new source", max_length=120, required=False, help_text="Such as hubspot or erp."
    )

    def __init__(self, *args: Any, sources: Sequence[Source], **more: Any) -> None:
        super().__init__(*args, **more)
        names = [(one.name, visible(one.name)) for one in sources]
        self.fields["source"].choices = [(NEW_SOURCE, "A new one, named below"), *names]  # type: ignore[attr-defined]
        if not names:
            self.fields["source"].widget = forms.HiddenInput()

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        new, known = str(cleaned.get("new_source", "")).strip(), str(cleaned.get("source", ""))
        if not new and not known:
            self.add_error("new_source", "Choose a source, or name a new one.")
        if new and known:
            self.add_error("new_source", "Choose one: the source above, or a new one by this name.")
        cleaned["source_name"] = known or new
        return cleaned


class NewImportForm(SourcedForm, AddFilesForm):
    """What the files are, where they come from, and the files."""

    adapter = forms.ChoiceField(
        label="What the files are",
        choices=Import.Adapter.choices,
        widget=forms.RadioSelect,
        initial=Import.Adapter.CSV,
    )
    field_order = ("adapter", "source", "new_source", "uploads", "folder")


EVERYTHING, CHANGES = "all", "changes"


class ExportForm(SourcedForm):
    """In whose headings, with whose ids, and how much."""

    format = forms.ChoiceField(
        label="Headings of",
        choices=Export.Format.choices,
        widget=forms.RadioSelect,
        initial=Export.Format.CSV,
    )
    extent = forms.ChoiceField(
        label="What",
        choices=[
            (EVERYTHING, "All records"),
            (CHANGES, "Only what changed here since the last export to this source in this format"),
        ],
        widget=forms.RadioSelect,
        initial=EVERYTHING,
    )
    field_order = ("format", "source", "new_source", "extent")

    def only_changes(self) -> bool:
        """Of a valid form."""
        return str(self.cleaned_data["extent"]) == CHANGES
