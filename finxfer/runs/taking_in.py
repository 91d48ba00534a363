"""Bring a table into the store and, where it may be read in another way, keep its file for that."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from finxfer.data.allowed import allowed_path
from finxfer.data.choices import AS_IT_COMES, ReadingChoice
from finxfer.data.roles import propose_roles
from finxfer.data.values import value_counts
from finxfer.errors import BadInput
from finxfer.records.files import write_atomically
from finxfer.records.tables import Roles, TableMeta, TableStore
from finxfer.runs.intake import read_file


def take_in(path: Path, name: str, choice: ReadingChoice = AS_IT_COMES, origin: str = "") -> TableMeta:
    """Read a file and store its table.

    Args:
        path: the file.
        name: its name for people.
        choice: sheet or member, and encoding.
        origin: where the file stays, when it is one of a folder of this machine; empty for an upload.

    Raises:
        BadInput: it is no table.
        OSError: the disk is full.
    """
    read = read_file(path, name, choice)
    meta = TableStore().add(read.table, replace(read.meta, origin=origin))
    if not origin and has_choice(meta.report):
        _keep(path, TableStore().original(meta.sha256))
    return meta


def has_choice(report: Mapping[str, Any]) -> bool:
    """Whether the file of a table may well be meant in another way: several sheets, or a guessed encoding."""
    guessed = report.get("format") == "csv" and not str(report.get("encoding") or "utf-8").startswith("utf-")
    return bool(report.get("parts") or report.get("chosen")) or guessed


def can_read_again(meta: TableMeta) -> bool:
    """Whether the file is still at hand and there is a choice."""
    return has_choice(meta.report) and (bool(meta.origin) or TableStore().original(meta.sha256).is_file())


def file_of(meta: TableMeta) -> Path:
    """The file that the table was read from.

    Raises:
        BadInput: it is no longer there, or its folder is no longer allowed.
    """
    path = allowed_path(Path(meta.origin)) if meta.origin else TableStore().original(meta.sha256)
    if not path.exists():
        raise BadInput("The file is no longer there.", "Only the table was kept.", "Upload the file again.")
    return path


def read_again(meta: TableMeta, choice: ReadingChoice) -> TableMeta:
    """Read a table's file in another way; what was settled of columns of the same names is kept.

    Raises:
        BadInput: the file is gone, or cannot be read that way.
    """
    made = take_in(file_of(meta), meta.name, choice, meta.origin)
    store = TableStore()
    roles = store.roles(meta.sha256)
    if made.sha256 != meta.sha256 and roles is not None and store.roles(made.sha256) is None:
        carried = _carried(roles, store.open(made.sha256))
        if carried is not None:
            store.save_roles(made.sha256, carried)
    return made


def _carried(roles: Roles, frame: pd.DataFrame) -> Roles | None:
    """The roles for the file read in another way; None where its target or the target's values differ."""
    if roles.target not in frame.columns:
        return None
    values = set(value_counts(frame[roles.target]))
    wanted = {roles.positive} if roles.positive else set(roles.classes)
    if not wanted <= values:
        return None
    before = {column.name: column.role for column in roles.columns}
    columns = tuple(
        replace(proposal.spec, role=before.get(proposal.column, proposal.role))
        for proposal in propose_roles(frame, roles.target)
    )
    return replace(roles, columns=columns)


def _keep(path: Path, place: Path) -> None:
    """A second name for the file, or a copy where the disk has no second names."""
    if place.exists() or path.resolve() == place.resolve():
        return
    try:
        os.link(path, place)
    except OSError:
        write_atomically(place, lambda temporary: shutil.copyfile(path, temporary))
