"""The file of a pack: a zip of known files, a manifest with the SHA-256 of each, and a seal over the whole.

Equal contents give equal bytes: names in order, one date, no machine's owner or mode. The seal is the zip's
comment: the SHA-256 of every byte before it, so that no byte can change unseen. Light: no torch.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import shutil
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from finxfer.errors import BadInput
from finxfer.records.files import write_atomically

MANIFEST = "manifest.json"
FORMAT = 1
RUN_FILES = (
    "spec.json",
    "resolved.json",
    "assessment.json",
    "report.json",
    "metrics.json",
    "search.json",
    "comparison.json",
    "calibration.json",
    "decisions.json",
    "stability.json",
    "learning_curve.json",
    "fairness.json",
    "proxies.json",
    "mitigation.json",
    "slices_found.json",
    "explanations/meta.json",
    "explanations/importance.json",
    "explanations/surrogates.json",
    "explanations/reasons.json",
    "card.html",
)
"""Of the run's folder: aggregates and settings. None of them holds a row of the table."""
MADE_FILES = ("requirements.txt", "README.txt", "crosswalk.csv")
TABLE_FILE, TEST_TABLE_FILE = "data/table.parquet", "data/test_table.parquet"
DATA_FILES = (TABLE_FILE, TEST_TABLE_FILE, "data/predictions.parquet")
_BACKBONE_FILE = re.compile(
    r"backbones/[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}/(card\.json|encoder\.json|weights\.safetensors|booster\.txt)"
)
_COMPRESSED = (".json", ".html", ".txt", ".csv")
SEAL_BYTES = 64
MOST_FILES = 500
MOST_MANIFEST_BYTES = 5_000_000
MOST_TEXT_BYTES = 200_000_000
MOST_BYTES = 16 * 2**30
_PART = 2**20
_DATE = (1980, 1, 1, 0, 0, 0)


def known_file(name: str) -> bool:
    """Whether a pack may hold a file of that name."""
    return name in (*RUN_FILES, *MADE_FILES, *DATA_FILES) or bool(_BACKBONE_FILE.fullmatch(name))


def write_pack_file(path: Path, members: Mapping[str, bytes | Path], facts: Mapping[str, Any]) -> None:
    """Write the pack atomically.

    Args:
        path: the new file.
        members: content of each file, or where it lies.
        facts: what the manifest says beside the files.

    Raises:
        OSError: the disk is full or a file is gone.
        ValueError: a name that no pack may hold.
    """
    unknown = [name for name in members if not known_file(name)]
    if unknown:
        raise ValueError(f"no file of a pack: {unknown[0]}")
    files = {name: _facts(content) for name, content in sorted(members.items())}
    manifest = {"format": FORMAT, **facts, "files": files}
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


class PackFile:
    """A pack that was checked whole: every file, its name and its checksum, and the seal.

    Raises:
        BadInput: it is no pack, it is too large, it holds an unknown file, or a byte of it was changed.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise BadInput(
                f"There is no pack {path.name!r}.",
                f"{path} is {'a folder' if path.is_dir() else 'not there'}.",
                "Give the .zip that `python -m finxfer pack` wrote.",
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
                raise _changed("its frame (names, dates and sizes around the files)")

    @property
    def names(self) -> list[str]:
        """The files beside the manifest."""
        return list(self.manifest["files"])

    def read(self, name: str) -> bytes:
        """Content of a file.

        Raises:
            BadInput: the pack has none of that name.
        """
        if name not in self.manifest["files"]:
            raise BadInput("The pack is not complete.", f"It holds no {name}.", "Make it again from the run.")
        with self._archive() as archive:
            return archive.read(name)

    def json(self, name: str) -> Any:
        """A JSON file; an empty object where the pack has none of that name."""
        if name not in self.manifest["files"]:
            return {}
        try:
            return json.loads(self.read(name))
        except (ValueError, RecursionError):
            raise BadInput("The pack cannot be read.", f"{name} is not JSON.", _AGAIN) from None

    def extract(self, name: str, target: Path) -> None:
        """Write a file of the pack to ``target``."""
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
            raise BadInput("This file is no pack.", why, _AGAIN) from None

    def _sizes(self, archive: zipfile.ZipFile) -> dict[str, int]:
        found: dict[str, int] = {}
        for entry in archive.infolist()[: MOST_FILES + 2]:
            name = entry.filename
            if name in found or not (name == MANIFEST or known_file(name)):
                raise BadInput(
                    "The pack holds a file that does not belong there.",
                    f"{name[:80]!r} is {'there twice' if name in found else 'not a file of a pack'}.",
                    _AGAIN,
                )
            if entry.flag_bits & 1:
                raise BadInput("The pack cannot be read.", f"{name} is encrypted.", _AGAIN)
            most = MOST_TEXT_BYTES if name.endswith(_COMPRESSED) else MOST_BYTES
            if entry.file_size > most or sum(found.values()) > MOST_BYTES:
                raise BadInput("The pack is too large.", f"{name} has {entry.file_size:,} bytes.", _AGAIN)
            found[name] = entry.file_size
        return found

    def _manifest(self, archive: zipfile.ZipFile) -> dict[str, Any]:
        if MANIFEST not in archive.namelist():
            raise BadInput("This file is no pack.", f"It holds no {MANIFEST}.", _AGAIN)
        if archive.getinfo(MANIFEST).file_size > MOST_MANIFEST_BYTES:
            raise BadInput("The pack is too large.", f"{MANIFEST} is no manifest.", _AGAIN)
        try:
            content = json.loads(archive.read(MANIFEST))
        except (ValueError, RecursionError, zlib.error, zipfile.BadZipFile):
            raise _changed(MANIFEST) from None
        files = content.get("files") if isinstance(content, dict) else None
        if not isinstance(files, dict) or content.get("format") != FORMAT:
            raise BadInput(
                "This pack cannot be read.",
                f"Its manifest is not one of format {FORMAT}.",
                "Use the version of finxfer that made it, or make it again.",
            )
        return dict(content)

    def _check_list(self, sizes: dict[str, int]) -> None:
        listed = set(self.manifest["files"])
        odd = sorted((set(sizes) - {MANIFEST}) ^ listed)
        if odd:
            where = "lacks" if odd[0] in listed else "has beside its manifest"
            raise BadInput("The pack is not complete.", f"It {where} {odd[0][:80]!r}.", _AGAIN)

    def _check_content(self, archive: zipfile.ZipFile, name: str, facts: Any) -> None:
        digest = hashlib.sha256()
        try:
            with archive.open(name) as file:
                while part := file.read(_PART):
                    digest.update(part)
        except (zipfile.BadZipFile, zlib.error, EOFError):
            raise _changed(name) from None
        if not isinstance(facts, dict) or digest.hexdigest() != facts.get("sha256"):
            raise _changed(name)


_AGAIN = "Give the pack as `python -m finxfer pack` wrote it, or make it again from the run."


def _changed(name: str) -> BadInput:
    return BadInput(
        "The pack was changed since it was made.",
        f"{name} does not match its checksum.",
        _AGAIN,
    )


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _DATE)
    entry.compress_type = zipfile.ZIP_DEFLATED if name.endswith(_COMPRESSED) else zipfile.ZIP_STORED
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
