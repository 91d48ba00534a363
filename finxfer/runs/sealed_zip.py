"""A zip of known files, a manifest with the SHA-256 of each, and a seal over the whole.

Equal contents give equal bytes: names in order, one date, no machine's owner or mode. The seal is the zip's
comment: the SHA-256 of every byte before it, so that no byte can change unseen. Light: no torch.
"""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from finxfer.errors import BadInput
from finxfer.records.files import write_atomically

MANIFEST = "manifest.json"
COMPRESSED = (".json", ".jsonl", ".html", ".txt", ".csv")
SEAL_BYTES = 64
MOST_MANIFEST_BYTES = 5_000_000
MOST_TEXT_BYTES = 200_000_000
MOST_BYTES = 16 * 2**30
_PART = 2**20
_DATE = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Kind:
    """What sort of sealed file it is.

    Args:
        noun: what people call it: "pack".
        format: number of its layout; another one is refused.
        known: whether such a file may hold a member of that name.
        most_files: members at the most.
        made_by: the command that makes one.
    """

    noun: str
    format: int
    known: Callable[[str], bool]
    most_files: int
    made_by: str

    @property
    def again(self) -> str:
        """What to do about one that cannot be read."""
        return f"Give the {self.noun} as `{self.made_by}` wrote it, or make it again."

    def changed(self, name: str) -> BadInput:
        """The error of a member that is not as it was written."""
        return BadInput(
            f"The {self.noun} was changed since it was made.",
            f"{name} does not match its checksum.",
            self.again,
        )


def write_sealed(
    path: Path, kind: Kind, members: Mapping[str, bytes | Path], facts: Mapping[str, Any]
) -> None:
    """Write the file atomically.

    Args:
        path: the new file.
        members: content of each file, or where it lies.
        facts: what the manifest says beside the files.

    Raises:
        OSError: the disk is full or a file is gone.
        ValueError: a name that no such file may hold.
    """
    unknown = [name for name in members if not kind.known(name)]
    if unknown:
        raise ValueError(f"no file of a {kind.noun}: {unknown[0]}")
    files = {name: _facts(content) for name, content in sorted(members.items())}
    manifest = {"format": kind.format, **facts, "files": files}
    text = json.dumps(manifest, indent=1, ensure_ascii=False, allow_nan=False, sort_keys=True) + "\n"

    def write(temporary: Path) -> None:
        with zipfile.ZipFile(temporary, "w") as archive:
            archive.comment = b"0" * SEAL_BYTES
            for name, content in {MANIFEST: text.encode(), **dict(sorted(members.items()))}.items():
                with archive.open(_entry(name), "w", force_zip64=True) as target, _opened(content) as source:
                    shutil.copyfileobj(source, target, _PART)
        with temporary.open("r+b") as file:
            seal = _seal(file)
            file.seek(-SEAL_BYTES, 2)
            file.write(seal)

    write_atomically(path, write)


class SealedFile:
    """A sealed file that was checked whole: every member, its name and its checksum, and the seal.

    Raises:
        BadInput: it is none of its kind, is too large, holds an unknown file, or a byte of it was changed.
    """

    def __init__(self, path: Path, kind: Kind) -> None:
        self.kind = kind
        if not path.is_file():
            raise BadInput(
                f"There is no {kind.noun} {path.name!r}.",
                f"{path} is {'a folder' if path.is_dir() else 'not there'}.",
                f"Give the .zip that `{kind.made_by}` wrote.",
            )
        self.path = path
        with self._archive() as archive:
            sizes = self._sizes(archive)
            self.manifest = self._manifest(archive)
            self._check_list(sizes)
            for name, facts in self.manifest["files"].items():
                self._check_content(archive, name, facts)
        with path.open("rb") as file:
            sealed = _seal(file)
            file.seek(-SEAL_BYTES, 2)
            if file.read() != sealed:
                raise kind.changed("its frame (names, dates and sizes around the files)")

    @property
    def names(self) -> list[str]:
        """The files beside the manifest."""
        return list(self.manifest["files"])

    def read(self, name: str) -> bytes:
        """Content of a file.

        Raises:
            BadInput: it has none of that name.
        """
        if name not in self.manifest["files"]:
            raise BadInput(
                f"The {self.kind.noun} is not complete.",
                f"It holds no {name}.",
                "Make it again from the run.",
            )
        with self._archive() as archive:
            return archive.read(name)

    def json(self, name: str) -> Any:
        """A JSON file; an empty object where it has none of that name."""
        if name not in self.manifest["files"]:
            return {}
        try:
            return json.loads(self.read(name))
        except (ValueError, RecursionError):
            raise BadInput(
                f"The {self.kind.noun} cannot be read.", f"{name} is not JSON.", self.kind.again
            ) from None

    def extract(self, name: str, target: Path) -> None:
        """Write a member to ``target``."""
        target.parent.mkdir(parents=True, exist_ok=True)
        with self._archive() as archive, archive.open(name) as source, target.open("wb") as file:
            shutil.copyfileobj(source, file, _PART)

    @contextmanager
    def _archive(self) -> Iterator[zipfile.ZipFile]:
        try:
            with zipfile.ZipFile(self.path) as archive:
                yield archive
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError, ValueError) as error:
            why = f"It cannot be read as a zip ({error})."
            raise BadInput(f"This file is no {self.kind.noun}.", why, self.kind.again) from None

    def _sizes(self, archive: zipfile.ZipFile) -> dict[str, int]:
        found: dict[str, int] = {}
        for entry in archive.infolist()[: self.kind.most_files + 2]:
            name = entry.filename
            if name in found or not (name == MANIFEST or self.kind.known(name)):
                odd = "there twice" if name in found else f"not a file of a {self.kind.noun}"
                raise BadInput(
                    f"The {self.kind.noun} holds a file that does not belong there.",
                    f"{name[:80]!r} is {odd}.",
                    self.kind.again,
                )
            if entry.flag_bits & 1:
                raise BadInput(
                    f"The {self.kind.noun} cannot be read.", f"{name} is encrypted.", self.kind.again
                )
            most = MOST_TEXT_BYTES if name.endswith(COMPRESSED) else MOST_BYTES
            if entry.file_size > most or sum(found.values()) > MOST_BYTES:
                raise BadInput(
                    f"The {self.kind.noun} is too large.",
                    f"{name} has {entry.file_size:,} bytes.",
                    self.kind.again,
                )
            found[name] = entry.file_size
        return found

    def _manifest(self, archive: zipfile.ZipFile) -> dict[str, Any]:
        if MANIFEST not in archive.namelist():
            raise BadInput(f"This file is no {self.kind.noun}.", f"It holds no {MANIFEST}.", self.kind.again)
        if archive.getinfo(MANIFEST).file_size > MOST_MANIFEST_BYTES:
            raise BadInput(
                f"The {self.kind.noun} is too large.", f"{MANIFEST} is no manifest.", self.kind.again
            )
        try:
            content = json.loads(archive.read(MANIFEST))
        except (ValueError, RecursionError, zlib.error, zipfile.BadZipFile):
            raise self.kind.changed(MANIFEST) from None
        files = content.get("files") if isinstance(content, dict) else None
        if not isinstance(files, dict) or content.get("format") != self.kind.format:
            raise BadInput(
                f"This {self.kind.noun} cannot be read.",
                f"Its manifest is not one of format {self.kind.format}.",
                "Use the version of finxfer that made it, or make it again.",
            )
        return dict(content)

    def _check_list(self, sizes: dict[str, int]) -> None:
        listed = set(self.manifest["files"])
        odd = sorted((set(sizes) - {MANIFEST}) ^ listed)
        if odd:
            where = "lacks" if odd[0] in listed else "has beside its manifest"
            raise BadInput(
                f"The {self.kind.noun} is not complete.", f"It {where} {odd[0][:80]!r}.", self.kind.again
            )

    def _check_content(self, archive: zipfile.ZipFile, name: str, facts: Any) -> None:
        digest = hashlib.sha256()
        try:
            with archive.open(name) as file:
                while part := file.read(_PART):
                    digest.update(part)
        except (zipfile.BadZipFile, zlib.error, EOFError):
            raise self.kind.changed(name) from None
        if not isinstance(facts, dict) or digest.hexdigest() != facts.get("sha256"):
            raise self.kind.changed(name)


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _DATE)
    entry.compress_type = zipfile.ZIP_DEFLATED if name.endswith(COMPRESSED) else zipfile.ZIP_STORED
    entry.create_system, entry.external_attr = 3, 0o600 << 16
    return entry


@contextmanager
def _opened(content: bytes | Path) -> Iterator[IO[bytes]]:
    with io.BytesIO(content) if isinstance(content, bytes) else content.open("rb") as file:
        yield file


def _facts(content: bytes | Path) -> dict[str, Any]:
    digest, size = hashlib.sha256(), 0
    with _opened(content) as file:
        while part := file.read(_PART):
            digest.update(part)
            size += len(part)
    return {"sha256": digest.hexdigest(), "bytes": size}


def _seal(file: IO[bytes]) -> bytes:
    """SHA-256 of all but the last 64 bytes, as 64 hexadecimal digits."""
    file.seek(0, 2)
    left = max(file.tell() - SEAL_BYTES, 0)
    file.seek(0)
    digest = hashlib.sha256()
    while left:
        part = file.read(min(_PART, left))
        digest.update(part)
        left -= len(part)
    return digest.hexdigest().encode()
