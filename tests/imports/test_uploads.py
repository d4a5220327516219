"""Files handed in: kept whole, looked at, and refused in a sentence where they are no CSV files."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import os
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from crmgov.kernel.refusals import Invalid, NotAllowed, NotFound
from crmgov.people.models import Role
from crmgov.records.imports.files import Unreadable, open_csv
from crmgov.records.models import Import, ImportFile, ImportFileBlock, ImportRun
from crmgov.records.services import import_choices, import_files, import_runs
from crmgov.records.services.import_access import UnfitSource, WrongState
from crmgov.records.services.import_files import TooLarge
from crmgov.records.services.import_runs import FilesGone
from tests.imports.bundles import add, checked, choose, open_import, started
from tests.imports.files import an_admin
from tests.world import NOW, a_user

pytestmark = pytest.mark.django_db
SPECTRUM = Path(__file__).parents[3] / "shared" / "data" / "csv_spectrum"
NAMES = sorted(path.stem for path in SPECTRUM.glob("csvs__*.csv") if "location_coordinates" not in path.stem)


def zipped(name: str, content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return packed.getvalue()


class Endless(io.BytesIO):
    """A stream that would give bytes for ever, and counts what was taken."""

    taken = 0

    def read(self, size: int | None = -1) -> bytes:
        size = size or 0
        self.taken += size
        return b"id,name\n" + b"1,Lind\n" * (size // 7)


def test_a_file_is_kept_whole_and_comes_back_the_same() -> None:
    parent = started()
    content = b"id,name\n" + b"".join(b"%d,%s\n" % (n, os.urandom(300).hex().encode()) for n in range(9000))

    file = add(parent, "big.csv", content)

    assert ImportFileBlock.objects.filter(file=file).count() == 6
    assert (file.size, file.headings, file.reading["encoding"]) == (len(content), ["id", "name"], "utf-8")
    with import_files.spooled(file) as path:
        assert path.name == "big.csv"
        assert path.read_bytes() == content
    assert not path.exists()


@pytest.mark.parametrize(
    ("content", "say"),
    [
        (b"", "is empty"),
        (zipped("xl/workbook.xml", b"<workbook/>"), "Excel workbook or a ZIP"),
        (zipped("bomb.csv", b"0" * 50_000_000), "Excel workbook or a ZIP"),
        (gzip.compress(b"id,name\n"), "gzip"),
        (bz2.compress(b"id,name\n"), "bzip2"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old", "old Excel"),
        (b"<!DOCTYPE html><html>", "web page"),
        (b"id,name\n1,a\x00b\n", "zero bytes"),
        (b"id,id\n1,2\n", "stands twice"),
    ],
    # Not by their bytes: a compressed file holds the time, and both test workers must name a test alike.
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_what_is_no_csv_file_is_refused_and_nothing_is_kept(content: bytes, say: str) -> None:
    parent = started()

    with pytest.raises(Unreadable, match=say):
        add(parent, "export.csv", content)

    assert not ImportFile.objects.exists()


def test_a_file_that_is_too_large_is_given_up_where_it_passes_the_limit(settings: Any) -> None:
    settings.IMPORT_MAX_BYTES = 3 << 20
    endless = Endless()

    with pytest.raises(TooLarge, match="larger than 3 MB"):
        import_files.add_file(
            import_id=started().pk, user=an_admin(), name="endless.csv", stream=endless, at=NOW
        )

    assert endless.taken <= 5 << 20


@pytest.mark.parametrize("name", ["", "..", ".hidden", "/", "x" * 201 + ".csv"])
def test_names_that_stand_for_something_else_are_refused(name: str) -> None:
    with pytest.raises(Invalid):
        add(started(), name, "id,name\n")


def test_a_path_is_no_part_of_a_name() -> None:
    assert add(started(), "..\\..\\C:/windows/ac\ncounts.csv", "id,name\n").name == "accounts.csv"


def test_the_same_name_twice_is_refused() -> None:
    parent = started()
    add(parent, "accounts.csv", "id,name\n")

    with pytest.raises(Invalid, match="already"):
        add(parent, "accounts.csv", "id,name\n1,x\n")


def test_only_admins_import() -> None:
    for role in (Role.REVIEWER, Role.ACCOUNT_MANAGER, Role.AUDITOR):
        with pytest.raises(NotAllowed):
            started(user=a_user(f"Some {role}", role))


def test_a_source_that_is_a_person_takes_no_files() -> None:
    from crmgov.records.models import Source

    Source.objects.create(name="people", kind=Source.Kind.PERSON, trust_rank=1)
    with pytest.raises(UnfitSource):
        started("people")


def test_a_new_file_makes_the_preview_void() -> None:
    parent = checked(open_import({"accounts": "id,name\n1,Halden\n"}))

    add(parent, "more.csv", "id,name\n2,Borg\n")

    parent.refresh_from_db()
    assert (parent.status, parent.fingerprint) == (Import.Status.OPEN, "")


def test_a_removed_file_takes_its_choice_along() -> None:
    parent = open_import({"accounts": "id,name\n1,Halden\n", "contacts": "id,last name\n1,Lind\n"})
    file = ImportFile.objects.get(name="contacts.csv")

    import_files.remove_file(import_id=parent.pk, file_id=file.pk, user=an_admin(), at=NOW)

    assert [run.object for run in ImportRun.objects.all()] == ["accounts"]
    assert [one.name for one in ImportFile.objects.all()] == ["accounts.csv"]


def test_a_discarded_import_keeps_no_file_and_no_preview() -> None:
    parent = checked(open_import({"accounts": "id,name\n1,Halden\n"}))

    import_files.discard(import_id=parent.pk, user=an_admin(), at=NOW)

    parent.refresh_from_db()
    assert parent.status == Import.Status.DISCARDED
    assert not ImportFileBlock.objects.exists()
    assert not ImportRun.objects.exists()
    with pytest.raises(WrongState):
        add(parent, "accounts.csv", "id,name\n")


@pytest.mark.parametrize("status", [Import.Status.OPEN, Import.Status.READY])
def test_what_nobody_went_on_with_is_discarded_after_30_days(status: Import.Status) -> None:
    parent = checked(open_import({"accounts": "id,name\n1,Halden\n"}))
    Import.objects.filter(pk=parent.pk).update(status=status)

    import_files.forget_old(at=NOW + import_files.KEPT)
    assert ImportFileBlock.objects.exists()
    import_files.forget_old(at=NOW + 2 * import_files.KEPT)

    parent.refresh_from_db()
    assert (parent.status, "nobody went on with it" in parent.problem) == (Import.Status.DISCARDED, True)
    assert not ImportFileBlock.objects.exists()
    assert not ImportRun.objects.exists()


def test_a_stopped_import_whose_files_are_gone_is_not_tried_again() -> None:
    parent = open_import({"accounts": "id,name\n1,Halden\n"})
    Import.objects.filter(pk=parent.pk).update(status=Import.Status.FAILED, finished_at=NOW)
    import_files.forget_old(at=NOW + 2 * import_files.KEPT)

    with pytest.raises(FilesGone, match="deleted 30 days after it stopped"):
        import_runs.try_again(import_id=parent.pk, user=an_admin(), at=NOW + 2 * import_files.KEPT)

    parent.refresh_from_db()
    assert parent.status == Import.Status.FAILED


def test_what_was_confirmed_long_ago_is_kept_without_its_files() -> None:
    parent = open_import({"accounts": "id,name\n1,Halden\n"})
    Import.objects.filter(pk=parent.pk).update(status=Import.Status.DONE, finished_at=NOW)

    import_files.forget_old(at=NOW + import_files.KEPT)
    assert ImportFileBlock.objects.exists()
    import_files.forget_old(at=NOW + 2 * import_files.KEPT)

    assert not ImportFileBlock.objects.exists()
    assert ImportFile.objects.get().size > 0


def test_copies_that_a_killed_process_left_on_disk_are_swept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name in ("crmgov-import-dead", "crmgov-import-alive", "somebody-else"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "accounts.csv").write_text("id\n")
    os.utime(tmp_path / "crmgov-import-dead", (0, 0))
    os.utime(tmp_path / "somebody-else", (0, 0))

    import_files.forget_old(at=timezone.now())

    assert sorted(path.name for path in tmp_path.iterdir()) == ["crmgov-import-alive", "somebody-else"]


class TestFolder:
    @pytest.fixture(autouse=True)
    def folder(self, tmp_path: Path, settings: Any) -> None:
        self.path = tmp_path / "exports"
        self.path.mkdir()
        (self.path / "accounts.csv").write_text("id,name\n1,Halden\n")
        (tmp_path / "secret.csv").write_text("id,name\n1,Secret\n")
        settings.IMPORT_FOLDER = self.path

    def take(self, name: str) -> ImportFile:
        return import_files.add_from_folder(import_id=started().pk, user=an_admin(), name=name, at=NOW)

    def test_a_file_of_the_folder_is_taken_like_an_upload(self) -> None:
        assert import_files.folder_files(user=an_admin()) == ["accounts.csv"]
        assert self.take("accounts.csv").headings == ["id", "name"]

    @pytest.mark.parametrize("name", ["../secret.csv", "/etc/passwd", "", ".", "missing.csv"])
    def test_nothing_outside_can_be_named(self, name: str) -> None:
        with pytest.raises(NotFound):
            self.take(name)

    def test_links_folders_and_pipes_are_no_files(self) -> None:
        (self.path / "link.csv").symlink_to(self.path.parent / "secret.csv")
        (self.path / "folder.csv").mkdir()
        os.mkfifo(self.path / "pipe.csv")

        assert import_files.folder_files(user=an_admin()) == ["accounts.csv"]
        for name in ("link.csv", "folder.csv", "pipe.csv"):
            with pytest.raises(NotFound):
                self.take(name)

    def test_without_the_setting_there_is_no_folder(self, settings: Any) -> None:
        settings.IMPORT_FOLDER = None

        assert import_files.folder_files(user=an_admin()) == []
        with pytest.raises(NotFound):
            self.take("accounts.csv")

    def test_it_is_for_admins(self) -> None:
        with pytest.raises(NotAllowed):
            import_files.folder_files(user=a_user())


@pytest.mark.skipif(not NAMES and os.environ.get("CI") != "true", reason="csv_spectrum is not here")
@pytest.mark.parametrize("name", NAMES or ["csvs__simple"])
def test_the_csv_spectrum_is_read_as_it_is_meant(name: str) -> None:
    """The cells as the set's own JSON has them, line ends inside quotes included."""
    content = (SPECTRUM / f"{name}.csv").read_bytes()
    meant = json.loads((SPECTRUM / f"{name.replace('csvs__', 'json__')}.json").read_text(encoding="utf-8"))

    file = add(started(), f"{name}.csv", content)

    with import_files.spooled(file) as path:
        csv_file = open_csv(path, encoding=file.reading["encoding"], delimiter=file.reading["delimiter"])
        cells = [row.cells for row in csv_file.rows()]
    assert cells == meant
    assert import_choices.first_rows(file, count=1) == cells[:1]


def test_a_choice_for_a_file_can_be_taken_back() -> None:
    parent = started()
    file = add(parent, "accounts.csv", "id,name\n1,Halden\n")
    run = choose(file, "accounts")

    import_choices.leave_out(import_id=parent.pk, run_id=run.pk, user=an_admin(), at=NOW)

    assert not ImportRun.objects.exists()
