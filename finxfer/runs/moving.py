"""Whole runs as one sealed zip, to be opened on another machine. Light: no torch.

A pack tells an examiner about a run and holds no customer row; this file holds the run itself, model and
predictions included, so that it can be read, explained and scored with elsewhere.
"""

from __future__ import annotations

import os
import re
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from finxfer.errors import BadInput, FinxferError
from finxfer.records.files import read_json, write_json
from finxfer.records.folder import RunFolder, Status, new_run_id
from finxfer.records.home import runs_dir
from finxfer.records.spec import Spec, load_spec
from finxfer.records.storage import KEPT_CHECKPOINTS
from finxfer.runs.finished import finished_run
from finxfer.runs.sealed_zip import Kind, SealedFile, write_sealed

_NAME = r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}"
_MEMBER = re.compile(
    rf"runs/(?P<run>{_NAME})/(?:{_NAME}/){{0,7}}{_NAME}\.(?:json|jsonl|txt|parquet|safetensors)"
)
_LEFT_BEHIND = ("log.txt", "card.html")
"""The log names paths of the machine; the report is written anew where the run arrives."""
MOST_RUNS = 50


def known_member(name: str) -> bool:
    """Whether a file of moved runs may hold a member of that name."""
    return bool(_MEMBER.fullmatch(name)) and ".." not in name


RUNS = Kind("file of runs", 1, known_member, 20_000, "python -m finxfer export")


@dataclass(frozen=True)
class Imported:
    """A run that came with a file.

    Args:
        run: the run here.
        name: its table's name, or its label.
        state: "new", "here already", or "renamed" where another run had its id.
    """

    run: RunFolder
    name: str
    state: str


def write_runs(runs: Sequence[RunFolder], out: Path) -> dict[str, Any]:
    """Write finished runs into one file; returns the facts of its manifest.

    It holds customer rows: predictions, reference rows of explanations, the context of an in-context model.

    Raises:
        BadInput: no run, too many, one twice, or one that is not finished.
        OSError: the disk is full.
    """
    names = [run.id for run in runs]
    if not 1 <= len(names) <= MOST_RUNS or len(set(names)) < len(names):
        raise BadInput(
            "These runs cannot be written to one file.",
            f"There are {len(names)}, {len(set(names))} of them different; it takes 1 to {MOST_RUNS}.",
            "Name different runs.",
        )
    members: dict[str, bytes | Path] = {}
    for run in runs:
        finished_run(run)
        members |= {f"runs/{run.id}/{path.relative_to(run.path).as_posix()}": path for path in _files(run)}
    facts = {"runs": [_facts(run) for run in runs]}
    write_sealed(out, RUNS, members, facts)
    return facts


def read_runs(path: Path) -> list[Imported]:
    """Bring the runs of such a file here; a run that is here already stays as it is.

    Every run is checked before the first one is kept: nothing is half imported. The report is written anew
    from the figures, so that no page of another machine is shown.

    Raises:
        BadInput: it is no such file, it was changed, or a run in it cannot be read.
        OSError: the disk is full.
    """
    file = SealedFile(path, RUNS)
    names = sorted({match["run"] for name in file.names if (match := _MEMBER.fullmatch(name))})
    if not names:
        raise BadInput("There is nothing to import.", "The file holds no run.", RUNS.again)
    with tempfile.TemporaryDirectory(dir=runs_dir(), prefix=".import-") as folder:
        unpacked = []
        for name in names:
            for member in file.names:
                if member.startswith(f"runs/{name}/"):
                    file.extract(member, Path(folder) / member.removeprefix("runs/"))
            unpacked.append(_checked(RunFolder(Path(folder) / name)))
        return [_settle(run) for run in unpacked]


def _files(run: RunFolder) -> list[Path]:
    found = []
    for path in sorted(run.path.rglob("*")):
        inside = path.relative_to(run.path).parts
        spare = inside[0] == "checkpoints" and KEPT_CHECKPOINTS.isdisjoint(inside[1:2])
        belongs = not spare and inside[0] not in _LEFT_BEHIND and path.is_file() and not path.is_symlink()
        if belongs and known_member(f"runs/{run.id}/{'/'.join(inside)}"):
            found.append(path)
    return found


def _facts(run: RunFolder) -> dict[str, Any]:
    spec = run.spec()
    assert isinstance(spec, Spec)
    return {"id": run.id, "table_name": spec.table_name, "table": spec.table, "target": spec.target}


def _checked(run: RunFolder) -> RunFolder:
    """The unpacked run, once its own files say that it is a finished one."""
    try:
        finished_run(run)
        if not (run.path / "metrics.json").is_file() or not run.predictions.is_file():
            raise BadInput("It lacks its results.", "", "")
        run.metrics(), load_spec(run.spec_path)
    except FinxferError as error:
        raise BadInput(
            "A run of this file cannot be read.", f"{run.id}: {error.what} {error.why}".strip(), RUNS.again
        ) from error
    return run


def _settle(run: RunFolder) -> Imported:
    """Move an unpacked run to its place."""
    from finxfer.reports import write_card

    spec = run.spec()
    assert isinstance(spec, Spec)
    name = spec.label or spec.table_name
    place = runs_dir() / run.id
    state = "new"
    if place.exists():
        if _same(run, RunFolder(place)):
            return Imported(RunFolder(place), name, "here already")
        state, place = "renamed", _free_place()
    _forget_the_machine(run)
    write_card(run)
    # Only the last step shows the run to others: until then its folder is a hidden one.
    os.replace(run.path, place)
    return Imported(RunFolder(place), name, state)


def _same(run: RunFolder, other: RunFolder) -> bool:
    """Whether a run that is here is the one that came: the same spec and the same results."""
    return all(
        (other.path / name).is_file() and (run.path / name).read_bytes() == (other.path / name).read_bytes()
        for name in ("spec.json", "predictions.parquet")
    )


def _free_place() -> Path:
    while (place := runs_dir() / new_run_id()).exists():
        time.sleep(0.01)
    return place


def _forget_the_machine(run: RunFolder) -> None:
    """The worker of another machine is none of ours."""
    status = Status.from_json(read_json(run.status_path))
    content = {"pid": None, "process_started": None, "heartbeat": None, "memory_bytes": None}
    write_json(run.status_path, {**vars(status), **content})
