"""A run made again from its pack: the same spec, table, backbones, seed, threads and settings.

It runs in a home folder of its own, which holds the table and the backbones of then and nothing else: what
finxfer chooses among must not depend on what this machine's catalogue has gained since.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from finxfer.backbones.card import Card, read_card
from finxfer.backbones.catalogue import SHIPPED, find_card
from finxfer.data.choices import AS_IT_COMES, ReadingChoice
from finxfer.data.reading import hash_file
from finxfer.errors import BadInput, FinxferError
from finxfer.records.assessment import FILE as ASSESSMENT
from finxfer.records.folder import RunFolder
from finxfer.records.home import checked_id
from finxfer.records.spec import Spec
from finxfer.records.tables import TableMeta, TableStore
from finxfer.runs import launcher
from finxfer.runs.differences import Replayed, compare_runs
from finxfer.runs.intake import file_address, read_file
from finxfer.runs.machine import resolve_device, usable_cores
from finxfer.runs.pack_file import TABLE_FILE, TEST_TABLE_FILE, PackFile
from finxfer.runs.resolved import FILE as RESOLVED
from finxfer.runs.resolved import code_digest, versions
from finxfer.settings import SETTINGS

Follow = Callable[[RunFolder], None]


@dataclass(frozen=True)
class Sources:
    """Tables of the replay; None takes the one of a pack made with data. The choices are how the run's own
    tables were read."""

    table: Path | None
    test: Path | None
    choice: ReadingChoice = AS_IT_COMES
    test_choice: ReadingChoice = AS_IT_COMES


def replay(pack: PackFile, sources: Sources, out: Path, follow: Follow) -> Replayed:
    """Run the pack's spec again into ``out`` and compare.

    Args:
        pack: the checked pack.
        sources: the tables.
        out: a new folder for the run.
        follow: waits for the run and raises its error.

    Raises:
        BadInput: another table, a table or backbone that is not here, other weights, or a pack without spec.
    """
    spec = Spec.from_json(pack.json("spec.json"))
    resolved = pack.json(RESOLVED)
    check_tables(pack, spec, sources)
    with tempfile.TemporaryDirectory(prefix="finxfer-replay-") as folder:
        private = Path(folder) / "home"
        (private / "backbones").mkdir(parents=True)
        spec, notes = _with_backbones(pack, spec, private)
        device, said = _device(resolved)
        notes += said + _thread_notes(resolved) + _code_notes(resolved)
        spec = replace(spec, device=device)
        with _environment(private, resolved):
            _keep_tables(pack, spec, sources)
            beside: dict[str, Any] = {
                RESOLVED: {"spec": spec.digest(), "threads": int(resolved.get("threads") or 1)}
            }
            if ASSESSMENT in pack.names:
                beside[ASSESSMENT] = pack.json(ASSESSMENT)
            run = launcher.launch(spec, out, beside)
            follow(run)
    then = resolved.get("versions") or {}
    return compare_runs(pack, run, _changed_versions(then, versions()), notes)


def check_tables(pack: PackFile, spec: Spec, sources: Sources) -> None:
    """Refuse a table other than the run's before anything is read.

    Raises:
        BadInput: a table is another one, or is needed and not given.
    """
    for path, choice, sha256, inside, option in (
        (sources.table, sources.choice, spec.table, TABLE_FILE, "--table"),
        (sources.test, sources.test_choice, spec.test_table, TEST_TABLE_FILE, "--test"),
    ):
        if sha256 is None and path is not None:
            raise BadInput(f"{option} is not needed.", "The run had no separate test table.", "Leave it out.")
        if sha256 is None or (path is None and inside in pack.names):
            continue
        if path is None:
            raise BadInput(
                "The table of the run is needed.",
                f"The pack holds no customer rows; the table's SHA-256 is {sha256}.",
                f"Add {option} with that file.",
            )
        if not path.exists():
            raise BadInput(f"There is no table {path.name!r}.", f"{path} is not there.", "Check the path.")
        found = file_address(path)
        if choice != AS_IT_COMES:
            found = read_file(path, None, choice).meta.sha256
        if found != sha256:
            raise BadInput(
                "This is another table than the run's.",
                f"SHA-256 of {path.name}: {found}; of the run's: {sha256}.",
                "Give the file that was uploaded or named for the run, unchanged, and the same --sheet.",
            )


def _with_backbones(pack: PackFile, spec: Spec, private: Path) -> tuple[Spec, list[str]]:
    """Lay the backbones of then into the private home; a backbone named by its folder goes by its id."""
    notes: list[str] = []
    for entry in pack.manifest.get("backbones") or []:
        name, sha256 = checked_id(str(entry["id"])), str(entry["sha256"])
        target = private / "backbones" / name
        if entry.get("in_pack"):
            for file in (one for one in pack.names if one.startswith(f"backbones/{name}/")):
                pack.extract(file, target / Path(file).name)
            card = read_card(target)
        else:
            card = _here(name)
            if card.folder is not None and card.folder.parent != SHIPPED:
                shutil.copytree(card.folder, target)
        if not card.available or hash_file(card.weights_path) != sha256:
            raise BadInput(
                f"The backbone {name} is not the one of the run.",
                f"The run's weights have the SHA-256 {sha256[:16]}…; these are others, or are not here.",
                "Install the version of finxfer that made the pack, or put that backbone into the home.",
            )
    if spec.backbone != "auto" and Path(spec.backbone).name != spec.backbone:
        known = [str(entry["id"]) for entry in pack.manifest.get("backbones") or []]
        spec = replace(spec, backbone=known[-1])
        notes.append(f"The backbone was given as a folder; {known[-1]} of the pack takes its place.")
    if spec.search_minutes:
        notes.append("The run searched its settings for a given time: another machine may get further.")
    return spec, notes


def _here(name: str) -> Card:
    try:
        return find_card(name)
    except FinxferError as error:
        raise BadInput(
            f"The backbone {name} is not here.",
            "The pack has it by checksum only, because its card says it holds customer rows or comes from "
            "elsewhere.",
            "Put the backbone into the home folder, or ask whoever made the pack for it.",
        ) from error


def _device(resolved: Mapping[str, Any]) -> tuple[str, list[str]]:
    then = str(resolved.get("device") or "cpu")
    if then == "cuda" and resolve_device("auto") != "cuda":
        return "cpu", [
            "The run used a GPU and there is none here: its figures will differ in the last digits."
        ]
    return then, []


def _thread_notes(resolved: Mapping[str, Any]) -> list[str]:
    threads = int(resolved.get("threads") or 1)
    cores = usable_cores()
    few = f"The run used {threads} threads, more than the {cores} cores here: the same figures, slower."
    return [few] if threads > cores else []


def _code_notes(resolved: Mapping[str, Any]) -> list[str]:
    other = resolved.get("code") not in (None, code_digest())
    return ["finxfer's own code is not that of the run, whatever its version says."] if other else []


@contextmanager
def _environment(private: Path, resolved: Mapping[str, Any]) -> Iterator[None]:
    """The private home, and the settings of then, in this process and in the worker that it starts."""
    known = {entry.name: entry for entry in SETTINGS if not isinstance(entry.default, str)}
    # A run from before settings were kept said the two that shape figures among its budgets.
    then = {name: (resolved.get("budgets") or {}).get(name) for name in ("bootstrap_draws", "reference_rows")}
    then |= resolved.get("settings") or {}
    values = {
        entry.variable: str(type(entry.default)(value))
        for name, entry in known.items()
        if isinstance(value := then.get(name), (int, float)) and name != "threads"
    }
    values["FINXFER_HOME"] = str(private)
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _keep_tables(pack: PackFile, spec: Spec, sources: Sources) -> None:
    """Put the tables into the private home's store under the hashes of then."""
    for path, choice, sha256, inside in (
        (sources.table, sources.choice, spec.table, TABLE_FILE),
        (sources.test, sources.test_choice, spec.test_table, TEST_TABLE_FILE),
    ):
        if sha256 is None:
            continue
        if path is not None:
            read_file(path, None, choice).keep()
            continue
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder) / "table.parquet"
            pack.extract(inside, target)
            try:
                frame = pd.read_parquet(target)
            except Exception as error:
                raise BadInput(
                    "The pack's table cannot be read.", str(error)[:200], "Give --table."
                ) from None
        TableStore().add(frame, TableMeta(sha256, spec.table_name, len(frame), frame.shape[1]))


def _changed_versions(then: Mapping[str, Any], now: Mapping[str, str]) -> list[dict[str, Any]]:
    """Libraries whose version differs; what the run did not write down is not compared."""
    return [
        {"name": name, "then": str(text), "now": now.get(name)}
        for name, text in then.items()
        if now.get(name) != text
    ]
