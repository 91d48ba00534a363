"""gzip and zip: what is inside, unpacked under limits to a folder that is always deleted again."""

from __future__ import annotations

import gzip
import lzma
import os
import shutil
import struct
import uuid
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import psutil

from finxfer.data.limits import Meter
from finxfer.data.names import clean_name
from finxfer.errors import BadInput
from finxfer.records.home import uploads_dir

MOST_MEMBERS = 2000
CHUNK = 1 << 20
HEAD = 4096
GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"
_TAR = slice(257, 262)
_PREFIX = "unpacked-"
_WORKBOOK_MARKS = (b"[Content_Types].xml", b"xl/", b"_rels/.rels", b"docProps/")
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,
    RuntimeError,
    ValueError,
    LookupError,
    OverflowError,
)


@dataclass(frozen=True)
class Member:
    """A file inside an archive.

    Args:
        name: as the archive spells it, for people only; never part of a path.
        head: its first bytes, at most :data:`HEAD`.
        unpack: unpacks it and says where it lies then.
    """

    name: str
    head: bytes
    unpack: Callable[[], Path]


def is_archive(head: bytes) -> bool:
    """Whether the first bytes of a file are gzip's or zip's; a workbook is a zip as well."""
    return head.startswith((GZIP, ZIP, b"PK\x05\x06"))


def is_workbook(path: Path) -> bool:
    """Whether a zip file is an Excel workbook by what it holds."""
    try:
        with zipfile.ZipFile(path) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except _BROKEN:
        return False


@contextmanager
def unpacking_folder() -> Iterator[Path]:
    """A new folder beside the uploads, deleted at the end whatever happens, like those of dead processes."""
    place = uploads_dir()
    for old in place.glob(f"{_PREFIX}*"):
        process = old.name.removeprefix(_PREFIX).split("-")[0]
        if not (process.isdigit() and psutil.pid_exists(int(process))):
            shutil.rmtree(old, ignore_errors=True)
    folder = place / f"{_PREFIX}{os.getpid()}-{uuid.uuid4().hex[:8]}"
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def gzip_member(path: Path, shown: str, folder: Path) -> Member:
    """The file inside a gzip file.

    Raises:
        BadInput: damaged, or an archive inside; :attr:`Member.unpack` also where it is too large.
    """
    name = shown[: -len(".gz")] if shown.lower().endswith(".gz") else shown
    meter = Meter(shown, path.stat().st_size)
    member = _member(name, partial(gzip.open, path), folder / "0", shown, meter)
    _refuse_nested(member.head, shown)
    return member


@contextmanager
def zip_members(path: Path, shown: str, folder: Path) -> Iterator[list[Member]]:
    """The files inside a zip archive; what systems add on their own is passed over.

    Raises:
        BadInput: damaged, encrypted or of too many files; :attr:`Member.unpack` also where it is too large.
    """
    meter = Meter(shown, path.stat().st_size)
    try:
        archive = zipfile.ZipFile(path)
    except _BROKEN as error:
        raise _damaged(shown, error) from None
    with archive:
        wanted = [info for info in archive.infolist() if _counts(info)]
        if len(wanted) > MOST_MEMBERS:
            raise BadInput(
                f"The archive {shown!r} holds {len(wanted):,} files; at most {MOST_MEMBERS:,} are looked at.",
                "One table is expected, or a few.",
                "Put the table you need into an archive of its own.",
            )
        for info in wanted:
            _refuse_encrypted(info, shown)
        yield [
            _member(member_name(info), partial(archive.open, info), folder / str(place), shown, meter)
            for place, info in enumerate(wanted)
        ]


def _member(name: str, source: Callable[[], object], target: Path, shown: str, meter: Meter) -> Member:
    def unpack() -> Path:
        if not target.exists():
            with target.open("wb") as out:
                for chunk in chunks(source, shown):
                    meter.add(len(chunk))
                    out.write(chunk)
        return target

    return Member(name, next(chunks(source, shown, HEAD), b""), unpack)


def chunks(source: Callable[[], object], shown: str, size: int = CHUNK) -> Iterator[bytes]:
    """The bytes of a packed stream, ``size`` at a time.

    Raises:
        BadInput: it is damaged.
    """
    try:
        stream: BinaryIO = source()  # type: ignore[assignment]
        with stream:
            while chunk := stream.read(size):
                yield chunk
    except _BROKEN as error:
        raise _damaged(shown, error) from None


def _damaged(shown: str, error: Exception) -> BadInput:
    detail = (str(error).splitlines() or [""])[0][:120] or type(error).__name__
    why = f"It is cut short or damaged ({detail})."
    if isinstance(error, NotImplementedError):
        why = f"It is packed in a way that is not known here ({detail})."
    return BadInput(
        f"The archive {shown!r} cannot be unpacked.", why, "Pack it again, or give the table itself."
    )


def member_name(info: zipfile.ZipInfo) -> str:
    """The member's name for people; old tools write it in the machine's own encoding."""
    name = info.filename
    if not info.flag_bits & 0x800:
        raw = name.encode("cp437", errors="replace")
        for encoding in ("utf-8", "gb18030"):
            try:
                name = raw.decode(encoding)
                break
            except UnicodeDecodeError:
                continue
    return clean_name(name) or "table"


def _counts(info: zipfile.ZipInfo) -> bool:
    parts = PurePosixPath(info.filename).parts
    if info.is_dir() or not parts or "__MACOSX" in parts:
        return False
    return not parts[-1].startswith(".") and parts[-1].lower() not in ("thumbs.db", "desktop.ini")


def _refuse_encrypted(info: zipfile.ZipInfo, shown: str) -> None:
    if info.flag_bits & 0x1:
        raise BadInput(
            f"The archive {shown!r} is protected by a password.",
            f"{member_name(info)[:80]!r} inside is encrypted, and finxfer asks for no passwords.",
            "Unpack it yourself and give the table inside.",
        )


def _refuse_nested(head: bytes, shown: str) -> None:
    if is_nested(head):
        raise BadInput(
            f"The archive {shown!r} holds another archive.",
            "Archives inside archives are not unpacked.",
            "Unpack it once, and give the table or the archive inside.",
        )


def is_nested(head: bytes) -> bool:
    """Whether the first bytes of a member are another archive's; a workbook's first name tells it."""
    if head.startswith(GZIP) or head[_TAR] == b"ustar":
        return True
    return is_archive(head) and not any(mark in head for mark in _WORKBOOK_MARKS)
