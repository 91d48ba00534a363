"""The table store: uploads as Parquet, addressed by the SHA-256 of what was uploaded."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

from finxfer.errors import BadInput, Damaged
from finxfer.records.files import read_json, write_atomically, write_json
from finxfer.records.home import tables_dir
from finxfer.records.remedy_spec import RemedySpec, read_remedies
from finxfer.records.spec import BINARY, SPLITS, ColumnSpec
from finxfer.records.stored_columns import StoredColumns, is_large, sample_of
from finxfer.records.table_file import Storable, write_rows

_HEX = set("0123456789abcdef")


@dataclass(frozen=True)
class TableMeta:
    """What is known of a stored table.

    Args:
        sha256: of the uploaded bytes, 64 hex digits.
        name: the upload's file name, for people only; never part of a path.
        rows, columns: its size.
        bytes: size of the upload.
        uploaded: seconds since 1970.
        report: the reading report (format, encoding, delimiter, repairs ...).
        synthetic: whether it is one of finxfer's own samples.
        sample: id of that sample, or an empty string.
        origin: where its file stays, when it is one of a folder of this machine; empty otherwise.
    """

    sha256: str
    name: str
    rows: int
    columns: int
    bytes: int = 0
    uploaded: float = field(default_factory=time.time)
    report: dict[str, Any] = field(default_factory=dict)
    synthetic: bool = False
    sample: str = ""
    origin: str = ""


@dataclass(frozen=True)
class Roles:
    """The roles that the analyst settled on for a table.

    positive: empty unless the task is binary. split: random or out-of-time where the analyst chose; None as
    finxfer proposes. The others: as in :class:`finxfer.records.spec.Spec`; remedies may be of
    columns that are not used any more.
    """

    columns: tuple[ColumnSpec, ...]
    target: str
    positive: str
    use_protected: bool = False
    split: str | None = None
    task: str = BINARY
    classes: tuple[str, ...] = ()
    remedies: tuple[RemedySpec, ...] = ()
    test_table: str | None = None
    outcome_days: int = 0
    extracted: str = ""
    mature_until: str = ""


class TableStore:
    """Tables under ``home/tables``: one folder each with data.parquet, meta.json, roles.json,
    corrections.json."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder if folder is not None else tables_dir()

    def _path(self, sha256: str) -> Path:
        if len(sha256) != 64 or not set(sha256) <= _HEX:
            raise BadInput(
                "That address names no table.",
                f"{sha256[:20]!r} is not a SHA-256.",
                "Choose a table on the Data page.",
            )
        return self.folder / sha256

    def has(self, sha256: str) -> bool:
        """Whether the table is stored."""
        return (self._path(sha256) / "meta.json").is_file()

    def add(self, table: Storable, meta: TableMeta) -> TableMeta:
        """Store a table; one with the same hash is kept as it is, with its roles.

        Args:
            table: a data frame, an arrow table, or batches of one schema, which are written as they come.

        Raises:
            OSError: the disk is full; nothing half-written is left.
        """
        path = self._path(meta.sha256)
        if self.has(meta.sha256):
            return self.meta(meta.sha256)
        fresh = not path.exists()
        path.mkdir(parents=True, exist_ok=True)
        try:
            write_atomically(path / "data.parquet", lambda temporary: write_rows(table, temporary))
            write_json(path / "meta.json", asdict(meta))
        except BaseException:
            if fresh:
                shutil.rmtree(path, ignore_errors=True)
            raise
        return meta

    def open(self, sha256: str, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """The whole table, or some of its columns.

        Raises:
            BadInput: there is no such table.
            Damaged: the stored file is unreadable.
        """
        path = self.file(sha256)
        try:
            return pd.read_parquet(path, columns=list(columns) if columns is not None else None)
        except Exception as error:
            raise Damaged(
                "The stored table cannot be read.",
                f"Its Parquet file is damaged ({type(error).__name__}).",
                "Delete the table on the Data page and upload it again.",
            ) from error

    def file(self, sha256: str) -> Path:
        """The Parquet file that the table is stored as.

        Raises:
            BadInput: there is no such table.
        """
        self.meta(sha256)
        return self._path(sha256) / "data.parquet"

    def columns(self, sha256: str) -> StoredColumns:
        """The table for reading one column after the other."""
        return StoredColumns(self.file(sha256))

    def looked_at(self, sha256: str) -> pd.DataFrame:
        """The rows that pages look at: all of a table of usual size, a sample of a large one."""
        path = self.file(sha256)
        if not is_large(path):
            return self.open(sha256)
        return sample_of(path, sha256, self.derived(sha256) / "sample.parquet")

    def preview(self, sha256: str, rows: int) -> pd.DataFrame:
        """The first rows of the table, reading no more of the file than needed."""
        with pq.ParquetFile(self.file(sha256)) as file:
            for batch in file.iter_batches(batch_size=rows):
                return batch.to_pandas()
            return file.schema_arrow.empty_table().to_pandas()

    def meta(self, sha256: str) -> TableMeta:
        """What is known of the table.

        Raises:
            BadInput: there is no such table.
            Damaged: its description is unreadable.
        """
        path = self._path(sha256) / "meta.json"
        if not path.is_file():
            raise BadInput(
                "This table is not stored here.",
                f"No table has the hash {sha256[:12]}…; it may have been deleted.",
                "Upload it again on the Data page.",
            )
        content = read_json(path)
        known = {entry.name for entry in fields(TableMeta)}
        try:
            return TableMeta(**{name: value for name, value in content.items() if name in known})
        except (TypeError, AttributeError):
            raise Damaged(
                "The description of the stored table cannot be read.",
                "meta.json lacks a field.",
                "Delete the table on the Data page and upload it again.",
            ) from None

    def original(self, sha256: str) -> Path:
        """The uploaded file, kept only where it may be read in another way; may not be there."""
        return self._path(sha256) / "original"

    def derived(self, sha256: str) -> Path:
        """Folder of what was computed from the table and is deleted with it; may not be there yet."""
        return self._path(sha256) / "derived"

    def list(self) -> list[TableMeta]:
        """Every readable table, newest first."""
        found = []
        for path in self.folder.iterdir():
            if len(path.name) == 64 and (path / "meta.json").is_file():
                try:
                    found.append(self.meta(path.name))
                except Damaged:
                    continue
        return sorted(found, key=lambda meta: meta.uploaded, reverse=True)

    def delete(self, sha256: str) -> None:
        """Delete a table with its roles; runs that used it stay."""
        shutil.rmtree(self._path(sha256), ignore_errors=True)

    def save_roles(self, sha256: str, roles: Roles) -> None:
        """Keep the roles that the analyst settled on."""
        self.meta(sha256)
        write_json(self._path(sha256) / "roles.json", asdict(roles))

    def save_corrections(self, sha256: str, backbone: str, corrections: Mapping[str, str]) -> None:
        """Keep what the analyst said of a backbone's columns (its column -> the table's, "" for none)."""
        self.meta(sha256)
        kept = self._corrections(sha256)
        kept.pop(backbone, None)
        if corrections:
            kept[backbone] = dict(corrections)
        write_json(self._path(sha256) / "corrections.json", kept)

    def corrections(self, sha256: str, backbone: str) -> dict[str, str]:
        """What was kept by :meth:`save_corrections`; empty where nothing readable is."""
        found = self._corrections(sha256).get(backbone)
        known = found.items() if isinstance(found, dict) else ()
        return {str(name): str(column) for name, column in known}

    def _corrections(self, sha256: str) -> dict[str, Any]:
        path = self._path(sha256) / "corrections.json"
        try:
            content = read_json(path) if path.is_file() else {}
        except Damaged:  # they can be made again in a minute; a page that does not open cannot
            return {}
        return content if isinstance(content, dict) else {}

    def roles(self, sha256: str) -> Roles | None:
        """The roles that were kept, or None.

        Raises:
            Damaged: the stored roles are unreadable.
        """
        path = self._path(sha256) / "roles.json"
        if not path.is_file():
            return None
        content = read_json(path)
        try:
            columns = tuple(ColumnSpec(**entry) for entry in content["columns"])
            split = content.get("split")
            return Roles(
                columns,
                content["target"],
                content["positive"],
                bool(content["use_protected"]),
                split if split in SPLITS else None,
                content.get("task", BINARY),
                tuple(content.get("classes", ())),
                read_remedies(content.get("remedies", ())),
                content.get("test_table"),
                int(content.get("outcome_days", 0)),
                str(content.get("extracted", "")),
                str(content.get("mature_until", "")),
            )
        except (KeyError, TypeError, BadInput) as error:
            raise Damaged(
                "The roles kept for this table cannot be read.",
                f"roles.json is not as finxfer writes it ({error}).",
                "Set the roles again on the Data page.",
            ) from None
