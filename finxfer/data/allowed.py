"""Folders of this machine whose tables may be opened from the browser: the setting ``data_folders``."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from finxfer.errors import BadInput
from finxfer.settings import text

MOST_TABLES, MOST_ENTRIES, MOST_LEVELS = 2000, 50_000, 6
_SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".parquet", ".pq", ".gz", ".zip")


@dataclass(frozen=True)
class Offered:
    """A table in one of the folders.

    Args:
        path: where it is.
        name: for people: below its folder, with slashes.
        bytes: size of the file; 0 for a folder of Parquet files, which would have to be walked for it.
        modified: seconds since 1970.
    """

    path: Path
    name: str
    bytes: int
    modified: float


def allowed_folders() -> list[Path]:
    """The folders that the setting names and that are there, with links resolved."""
    named = [Path(part).expanduser() for part in text("data_folders").split(os.pathsep) if part.strip()]
    return [path.resolve() for path in named if path.is_dir()]


def allowed_path(path: Path) -> Path:
    """The file or folder with every link resolved, if it lies in one of the folders.

    Raises:
        BadInput: it does not, or is not there.
    """
    try:
        found = path.resolve(strict=True)
    except (OSError, RuntimeError, ValueError):
        found = None
    if found is None or not any(found.is_relative_to(folder) for folder in allowed_folders()):
        raise BadInput(
            f"The table {path.name[:80]!r} cannot be opened from here.",
            "It is not there, or lies outside of the folders that the setting FINXFER_DATA_FOLDERS allows.",
            "Choose one from the list, or upload it.",
        )
    return found


def offered_tables() -> list[Offered]:
    """The tables in the folders by their names, newest first; hidden ones and links are passed over."""
    folders = allowed_folders()
    found: list[Offered] = []
    for folder in folders:
        above = f"{folder.name}/" if len(folders) > 1 else ""
        entries = _entries(folder, 0, [0])
        found += [
            _offered(entry, f"{above}{Path(entry.path).relative_to(folder).as_posix()}") for entry in entries
        ]
    found.sort(key=lambda table: table.modified, reverse=True)
    return found[:MOST_TABLES]


def _offered(entry: os.DirEntry[str], name: str) -> Offered:
    about = entry.stat(follow_symlinks=False)
    size = 0 if entry.is_dir(follow_symlinks=False) else about.st_size
    return Offered(Path(entry.path), name, size, about.st_mtime)


def _entries(folder: Path, level: int, seen: list[int]) -> Iterator[os.DirEntry[str]]:
    """Table files, and folders of Parquet files instead of what is in them."""
    try:
        with os.scandir(folder) as listing:
            entries = sorted(listing, key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        seen[0] += 1
        if seen[0] > MOST_ENTRIES:
            return
        if entry.name.startswith(".") or entry.is_symlink():
            continue
        if entry.is_file(follow_symlinks=False) and entry.name.lower().endswith(_SUFFIXES):
            yield entry
        elif entry.is_dir(follow_symlinks=False) and level < MOST_LEVELS:
            if _is_dataset(Path(entry.path)):
                yield entry
            else:
                yield from _entries(Path(entry.path), level + 1, seen)


def _is_dataset(folder: Path) -> bool:
    """Whether a folder is one table: Parquet files of several parts, or folders named like ``year=2024``."""
    try:
        names = [entry.name for entry in os.scandir(folder) if not entry.name.startswith((".", "_"))]
    except OSError:
        return False
    parts = [name for name in names if name.lower().endswith((".parquet", ".pq"))]
    return bool(names) and (
        all("=" in name for name in names) or (len(parts) == len(names) and all(_is_part(n) for n in names))
    )


def _is_part(name: str) -> bool:
    """Whether a file is named as tools name the parts of one table; other names are tables of their own."""
    return name.lower().startswith(("part-", "part_", "part.", "chunk", "data_", "0")) or name[:1].isdigit()
