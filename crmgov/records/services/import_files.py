"""Files of a whole import: taken in, looked at, kept in the database so that every worker can read them."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import BinaryIO
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from crmgov.kernel.refusals import Invalid, NotFound
from crmgov.people.models import User
from crmgov.records.imports import sniffing
from crmgov.records.imports.adapters import adapter_of
from crmgov.records.imports.files import Unreadable
from crmgov.records.models import Import, ImportFile, ImportFileBlock, ImportRun

from .import_access import PREPARING, forget_all, locked, reopen, require_admin, source_named
from .signals import check_asked

BLOCK = 1 << 20
LONGEST_NAME = 200
# Begins the names of folders where a file lies while it is read.
SPOOL = "crmgov-import-"
# So long after an import ended its files can still be looked at, and a stopped one go on.
KEPT = timedelta(days=30)
# How a file that is no CSV file begins, and what to do about it.
UNPACK = "Unpack it and hand in the files in it."
BEGINNINGS: tuple[tuple[bytes, str], ...] = (
    (
        b"PK\x03\x04",
        "is an Excel workbook or a ZIP archive. Save the sheet as “CSV UTF-8”, or unpack the archive.",
    ),
    (b"PK\x05\x06", "is an empty ZIP archive."),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is an old Excel or Office file. Save the sheet as “CSV UTF-8”."),
    (b"\x1f\x8b", f"is packed with gzip. {UNPACK}"),
    (b"BZh", f"is packed with bzip2. {UNPACK}"),
    (b"\xfd7zXZ\x00", f"is packed with xz. {UNPACK}"),
    (b"7z\xbc\xaf\x27\x1c", f"is packed with 7-Zip. {UNPACK}"),
    (b"\x28\xb5\x2f\xfd", f"is packed with Zstandard. {UNPACK}"),
    (b"Rar!", f"is packed with RAR. {UNPACK}"),
    (b"%PDF", "is a PDF. Export the table as CSV instead."),
    (b"PAR1", "is a Parquet file. Export the table as CSV instead."),
    (b"SQLite format 3", "is an SQLite database. Export its tables as CSV instead."),
)


class TooLarge(Invalid):
    """The file is larger than this installation takes."""


@transaction.atomic(durable=True)
def start(*, user: User, source_name: str, adapter: str, at: datetime) -> Import:
    """Begin an import of files of one source. Raises NotAllowed, Invalid (no such adapter, unfit source)."""
    require_admin(user)
    adapter_of(adapter)
    return Import.objects.create(source=source_named(source_name), adapter=adapter, made_by=user, made_at=at)


def add_file(*, import_id: UUID, user: User, name: str, stream: BinaryIO, at: datetime) -> ImportFile:
    """Take a file in, megabyte by megabyte, and look how it is written; what was previewed before is forgotten.

    Raises NotAllowed, NotFound, WrongState, TooLarge, Unreadable (no CSV file, empty, damaged, headings missing or
    twice), Invalid (a name that is there already, a file the import's adapter does not know).
    """
    require_admin(user)
    name = _plain_name(name)
    with tempfile.TemporaryDirectory(prefix=SPOOL) as folder:
        path = Path(folder) / name
        size, digest = _spool(stream, path)
        found = sniffing.guess(path)
        return _keep(import_id, path, size, digest, found, at)


def add_from_folder(*, import_id: UUID, user: User, name: str, at: datetime) -> ImportFile:
    """Take a file of the server's own import folder in, as `add_file` does.

    Raises also NotFound: the folder is off, or holds no such plain file (a link is none).
    """
    require_admin(user)
    if name not in folder_files(user=user):
        raise NotFound(f"There is no file “{name[:80]}” in the import folder of this server.")
    # The name was listed a moment ago; a link put in its place meanwhile is refused by the system.
    try:
        handle = os.open(
            str(settings.IMPORT_FOLDER) + os.sep + name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
        )
    except OSError as error:
        raise NotFound(f"“{name}” cannot be read: {error.strerror}.") from error
    with open(handle, "rb") as stream:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise NotFound(f"“{name}” is no plain file.")
        return add_file(import_id=import_id, user=user, name=name, stream=stream, at=at)


def folder_files(*, user: User) -> list[str]:
    """Return the names of the plain files of the import folder; [] while there is no such folder. Raises NotAllowed."""
    require_admin(user)
    folder: Path | None = settings.IMPORT_FOLDER
    if folder is None or not folder.is_dir():
        return []
    with os.scandir(folder) as entries:
        return sorted(
            one.name for one in entries if one.is_file(follow_symlinks=False) and not one.name.startswith(".")
        )


@transaction.atomic(durable=True)
def remove_file(*, import_id: UUID, file_id: int, user: User, at: datetime) -> None:
    """Take a file out again, with what was chosen for it. Raises NotAllowed, NotFound, WrongState."""
    require_admin(user)
    parent = locked(import_id, *PREPARING)
    file = ImportFile.objects.filter(parent=parent, pk=file_id).first()
    if file is None:
        raise NotFound("There is no such file in this import.")
    reopen(parent)
    ImportRun.objects.filter(file=file).delete()
    file.delete()


@transaction.atomic(durable=True)
def discard(*, import_id: UUID, user: User, at: datetime) -> Import:
    """Give an import up before it was confirmed: its files and its preview are deleted, the row says who and when.

    A worker that checks it holds its steps until it is through; then it deletes them itself.
    Raises NotAllowed, NotFound, WrongState.
    """
    require_admin(user)
    parent = locked(import_id, *PREPARING, Import.Status.CHECKING)
    if parent.status == Import.Status.CHECKING:
        check_asked.send(sender=Import, import_id=parent.pk)
    else:
        forget_all(parent)
    _give_up(parent, f"Discarded by {user}.", at)
    return parent


def _give_up(parent: Import, say: str, at: datetime) -> None:
    parent.status, parent.finished_at, parent.problem = Import.Status.DISCARDED, at, say[:500]
    parent.fingerprint, parent.rows_total = "", 0
    parent.save(update_fields=["status", "finished_at", "problem", "fingerprint", "rows_total"])


@transaction.atomic(durable=True)
def forget_old(*, at: datetime) -> None:
    """Delete the contents of files whose import ended more than 30 days ago; name, size and checksum stay.

    One that nobody went on with for so long is discarded. Also copies on this machine's disk are swept that a killed
    process left behind more than a day ago.
    """
    _sweep()
    over = [Import.Status.DONE, Import.Status.FAILED, Import.Status.REVERTED]
    ended = Import.objects.filter(status__in=over, finished_at__lt=at - KEPT)
    ImportFileBlock.objects.filter(file__parent__in=ended).delete()
    given_up = Import.objects.filter(status=Import.Status.DISCARDED, finished_at__lt=at - timedelta(days=1))
    for left in given_up.filter(files__isnull=False).distinct():
        forget_all(left)  # no worker came by
    touched = Q(beat_at__gte=at - KEPT) | Q(files__added_at__gte=at - KEPT)
    left_open = Import.objects.filter(status__in=PREPARING, made_at__lt=at - KEPT).exclude(touched)
    for key in left_open.values_list("pk", flat=True):
        parent = locked(key, *PREPARING)
        forget_all(parent)
        _give_up(parent, f"Discarded, for nobody went on with it for {KEPT.days} days.", at)


@contextmanager
def spooled(file: ImportFile) -> Iterator[Path]:
    """Give the file as a path, under its own name, until the block ends. Memory holds one megabyte of it."""
    with tempfile.TemporaryDirectory(prefix=SPOOL) as folder:
        path = Path(folder) / file.name
        with path.open("wb") as whole:
            number = 0
            while block := _block(file, number):
                whole.write(block)
                number += 1
        yield path


def _sweep() -> None:
    """The age of a file is told by the machine's clock, so it is compared with that: others' live copies stay."""
    yesterday = time.time() - timedelta(days=1).total_seconds()
    for folder in Path(tempfile.gettempdir()).glob(f"{SPOOL}*"):
        with suppress(FileNotFoundError):
            found = folder.lstat()
            if found.st_mtime < yesterday and stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid():
                shutil.rmtree(folder, ignore_errors=True)


def _block(file: ImportFile, number: int) -> bytes:
    found = ImportFileBlock.objects.filter(file=file, number=number).values_list("data", flat=True).first()
    return b"" if found is None else bytes(found)


def _plain_name(name: str) -> str:
    """The last part of a path, as a name that stands for itself in any folder. Raises Invalid."""
    plain = "".join(
        sign for sign in PurePosixPath(name.replace("\\", "/")).name if sign.isprintable()
    ).strip()
    if plain in {"", ".", ".."} or plain.startswith("."):
        raise Invalid(f"“{name[:80]}” is no name for a file.")
    if len(plain.encode(errors="replace")) > LONGEST_NAME:
        raise Invalid(
            f"The name “{plain[:60]}…” is longer than {LONGEST_NAME} bytes. Give the file a shorter one."
        )
    return plain


def _spool(stream: BinaryIO, path: Path) -> tuple[int, str]:
    """Write the stream to the path; return its size and SHA-256. Nothing is ever unpacked."""
    most: int = settings.IMPORT_MAX_BYTES
    size, total = 0, sha256()
    with path.open("wb") as whole:
        while block := stream.read(BLOCK):
            if size == 0:
                _require_text(path.name, block)
            size += len(block)
            if size > most:
                raise TooLarge(
                    f"{path.name} is larger than {_megabytes(most)}, the most this installation takes "
                    "(IMPORT_MAX_BYTES). Split it, or ask whoever runs the server."
                )
            total.update(block)
            whole.write(block)
    return size, total.hexdigest()


def _require_text(name: str, block: bytes) -> None:
    for beginning, what in BEGINNINGS:
        if block.startswith(beginning):
            raise Unreadable(f"{name} is no CSV file: it {what}")
    if block[:200].lstrip().lower().startswith((b"<!doctype html", b"<html")):
        raise Unreadable(f"{name} is a web page, often a login page that was saved instead of the file.")


@transaction.atomic(durable=True)
def _keep(
    import_id: UUID, path: Path, size: int, digest: str, found: sniffing.Reading, at: datetime
) -> ImportFile:
    parent = locked(import_id, *PREPARING)
    if ImportFile.objects.filter(parent=parent, name=path.name).exists():
        raise Invalid(f"{path.name} is in this import already. Remove it first, or rename the new one.")
    if not adapter_of(parent.adapter).recognises(path.name, found.headings):
        raise Invalid(
            f"{path.name} is no {parent.get_adapter_display()} file that we know, by its headings "
            f"({', '.join(found.headings[:8])}{' …' if len(found.headings) > 8 else ''}). "
            "Import it as plain CSV, where you say which column is which."
        )
    reopen(parent)
    file = ImportFile.objects.create(
        parent=parent,
        name=path.name,
        size=size,
        sha256=digest,
        headings=list(found.headings),
        reading=found.reading,
        guesses=found.guesses,
        added_at=at,
    )
    with path.open("rb") as whole:
        number = 0
        while block := whole.read(BLOCK):
            ImportFileBlock.objects.create(file=file, number=number, data=block)
            number += 1
    return file


def _megabytes(size: int) -> str:
    return f"{size / (1 << 20):,.0f} MB" if size >= 1 << 20 else f"{size:,} bytes"
