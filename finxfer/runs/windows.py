"""The windows job: a stored log with its windows becomes another stored table."""

from __future__ import annotations

import hashlib
import json

from finxfer.data.transaction_log import roles_with_windows
from finxfer.data.windows import new_columns, with_windows
from finxfer.errors import BadInput
from finxfer.records.folder import RunFolder
from finxfer.records.spec import JobSpec, Spec
from finxfer.records.tables import Roles, TableMeta, TableStore
from finxfer.records.window_settings import WindowSettings
from finxfer.runs.arguments import text_argument
from finxfer.runs.reporter import Reporter

KEY = "windows"
"""Where a table's report says how its windows were made."""


def add_windows(table: str, settings: WindowSettings, name: str, roles: Roles | None) -> TableMeta:
    """Make the table with windows, its roles included, unless it is there already.

    Args:
        table: hash of the log in the store.
        name: of the new table, for people.
        roles: of the log; None keeps none.

    Raises:
        BadInput: the log is not there, a column is lacking or cannot be read.
        OSError: the disk is full; nothing half-written is left.
    """
    store = TableStore()
    source = store.meta(table)
    asked = json.dumps([table, settings.to_json()], sort_keys=True, ensure_ascii=False)
    sha256 = hashlib.sha256(f"windows 1 {asked}".encode()).hexdigest()
    if store.has(sha256):
        return store.meta(sha256)
    made = with_windows(store.open(table), settings)
    report = {"format": "windows", "repairs": [], "table": table, KEY: settings.to_json()}
    meta = TableMeta(
        sha256, name, len(made), made.shape[1], source.bytes, report=report, synthetic=source.synthetic
    )
    meta = store.add(made, meta)
    if roles is not None:
        store.save_roles(sha256, roles_with_windows(roles, settings, list(new_columns(settings))))
    return meta


def run(folder: RunFolder, spec: Spec | JobSpec, device: str, report: Reporter) -> None:
    """Write ``result.json`` with the new table's hash.

    Arguments of the spec: ``table`` (hash), ``settings``, ``name`` of the new table. The roles are those
    kept for the log.

    Raises:
        BadInput: an argument is missing or nonsense; see `add_windows`.
    """
    assert isinstance(spec, JobSpec)
    report.stage("windows", "Looking back from each transaction")
    settings = spec.arguments.get("settings")
    if not isinstance(settings, dict):
        raise BadInput(
            "The windows job cannot start.", "It has no settings.", "Launch it again from the app."
        )
    table = text_argument(spec, "table")
    made = add_windows(
        table, WindowSettings.from_json(settings), text_argument(spec, "name"), TableStore().roles(table)
    )
    folder.write_json("result.json", {"table": made.sha256, "rows": made.rows, "columns": made.columns})
