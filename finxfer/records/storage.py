"""What the home folder takes on the disk, and which of it can go without losing anything that counts."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from finxfer.errors import FinxferError
from finxfer.records.folder import RunFolder, Status, delete_folder, list_runs
from finxfer.records.home import backbones_dir, home, jobs_dir, runs_dir, tables_dir, uploads_dir
from finxfer.records.spec import JobSpec, Spec
from finxfer.records.tables import TableStore

KINDS = ("runs", "checkpoints", "tables", "backbones", "jobs", "leftovers")
KEPT_CHECKPOINTS = frozenset({"stages.json", "out_of_fold.parquet", "without_pretrained", "worker.lock"})
"""Of a finished run: what it is assessed again with. The rest was for a resume, which it needs no more."""
ABANDONED_SECONDS = 86_400.0
"""An upload that has lain for a day is nobody's any more; a job's folder with nothing to read likewise."""


@dataclass(frozen=True)
class Item:
    """Something that takes room.

    Args:
        kind: one of :data:`KINDS`.
        name: what people call it.
        identifier: run id, table hash, backbone id, job id or file name.
        bytes: its size.
        changed: seconds since 1970.
        used_by: how many runs use it (tables and backbones), else 0.
        paths: what would be deleted.
    """

    kind: str
    name: str
    identifier: str
    bytes: int
    changed: float
    used_by: int
    paths: tuple[Path, ...]


def folder_bytes(path: Path) -> int:
    """Bytes of a file, or of all files below a folder; links count as nothing and are not followed."""
    try:
        if not path.is_dir():
            return path.lstat().st_size
        total = 0
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    total += folder_bytes(Path(entry.path))
                elif entry.is_file(follow_symlinks=False):
                    total += entry.stat(follow_symlinks=False).st_size
        return total
    except OSError:  # gone meanwhile, or not ours to read
        return 0


def used() -> list[Item]:
    """All that the home folder holds, the largest first."""
    runs = list_runs()
    specs = [spec for run in runs if (spec := _spec(run)) is not None]
    found = [item for run in runs for item in _of_run(run)]
    found += _tables(specs) + _backbones(specs) + _jobs() + _leftovers()
    return sorted(found, key=lambda item: -item.bytes)


def free_bytes() -> int:
    """Bytes that are free on the disk of the home folder."""
    return shutil.disk_usage(home()).free


def spare(items: Sequence[Item]) -> list[Item]:
    """Of these what nobody will miss: checkpoints of finished runs, old jobs, leftovers."""
    return [item for item in items if item.kind in ("checkpoints", "jobs", "leftovers")]


def free(items: Sequence[Item]) -> int:
    """Delete what these items take; returns the bytes that were freed.

    Runs are deleted whole (the caller has stopped them), tables with their roles.
    """
    before = sum(folder_bytes(path) for item in items for path in item.paths)
    for item in items:
        if item.kind in ("runs", "jobs") and RunFolder(item.paths[0]).exists():
            delete_folder(RunFolder(item.paths[0]))
        elif item.kind == "tables":
            TableStore().delete(item.identifier)
        else:
            for path in item.paths:
                _remove(path)
    return before - sum(folder_bytes(path) for item in items for path in item.paths)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _spec(run: RunFolder) -> Spec | None:
    try:
        spec = run.spec()
    except FinxferError:
        return None
    return spec if isinstance(spec, Spec) else None


def _status(run: RunFolder) -> Status:
    try:
        return run.status()
    except FinxferError:
        return Status(state="failed")


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _of_run(run: RunFolder) -> list[Item]:
    """The run itself, and apart from it the checkpoints that it needs no more."""
    spare_paths: tuple[Path, ...] = ()
    if _status(run).state == "finished" and run.checkpoints.is_dir():
        spare_paths = tuple(path for path in run.checkpoints.iterdir() if path.name not in KEPT_CHECKPOINTS)
    spare_bytes = sum(folder_bytes(path) for path in spare_paths)
    spec, changed = _spec(run), _changed(run.status_path)
    name = (spec.label or spec.table_name) if spec else run.id
    whole = Item("runs", name, run.id, folder_bytes(run.path) - spare_bytes, changed, 0, (run.path,))
    if not spare_bytes:
        return [whole]
    return [whole, Item("checkpoints", name, run.id, spare_bytes, changed, 0, spare_paths)]


def _tables(specs: Sequence[Spec]) -> list[Item]:
    found = []
    for meta in TableStore().list():
        path = tables_dir() / meta.sha256
        uses = sum(meta.sha256 in (spec.table, spec.test_table) for spec in specs)
        size = folder_bytes(path)
        found.append(Item("tables", meta.name, meta.sha256, size, meta.uploaded, uses, (path,)))
    return found


def _backbones(specs: Sequence[Spec]) -> list[Item]:
    found = []
    for path in backbones_dir().iterdir():
        if path.is_dir() and not path.name.startswith("."):
            uses = sum(spec.backbone in (path.name, str(path)) for spec in specs)
            size = folder_bytes(path)
            found.append(Item("backbones", path.name, path.name, size, _changed(path), uses, (path,)))
    return found


def _jobs() -> list[Item]:
    """Folders of jobs that have ended: scored tables, what-ifs, pretrainings whose backbone is elsewhere."""
    found = []
    for path in jobs_dir().iterdir():
        job = RunFolder(path)
        if not job.exists() or _status(job).active:
            continue
        try:
            spec = job.spec()
        except FinxferError:
            spec = None
        name = spec.job if isinstance(spec, JobSpec) else path.name
        found.append(Item("jobs", name, path.name, folder_bytes(path), _changed(job.status_path), 0, (path,)))
    return found


def _leftovers() -> list[Item]:
    """What a crash left: half-deleted folders, uploads that nobody reads any more."""
    paths = [path for folder in (runs_dir(), jobs_dir()) for path in folder.glob(".deleted-*")]
    paths += [path for path in uploads_dir().iterdir() if time.time() - _changed(path) > ABANDONED_SECONDS]
    return [
        Item("leftovers", path.name, path.name, folder_bytes(path), _changed(path), 0, (path,))
        for path in paths
    ]
