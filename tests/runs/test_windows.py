from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from finxfer.data.roles import propose_roles
from finxfer.data.sample_fraud import target_transactions
from finxfer.data.transaction_log import roles_with_windows
from finxfer.data.windows import new_columns, with_windows
from finxfer.errors import BadInput
from finxfer.records.folder import RunFolder, stages_of
from finxfer.records.spec import JobSpec
from finxfer.records.tables import Roles, TableMeta, TableStore
from finxfer.records.window_settings import WindowSettings
from finxfer.runs import windows
from finxfer.runs.reporter import Reporter

SETTINGS = WindowSettings("customer_id", "time", "terminal_id", "amount", target="fraud", windows=(1.0, 7.0))


@pytest.fixture()
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pd.DataFrame:
    monkeypatch.setenv("FINXFER_HOME", str(tmp_path))
    frame = target_transactions(2000, 0)
    TableStore().add(frame, TableMeta("a" * 64, "log", len(frame), frame.shape[1], synthetic=True))
    roles = Roles(tuple(proposal.spec for proposal in propose_roles(frame)), "fraud", "1")
    TableStore().save_roles("a" * 64, roles)
    return frame


def job(tmp_path: Path, **arguments: object) -> RunFolder:
    spec = JobSpec("windows", {"table": "a" * 64, "name": "log with windows", **arguments})
    folder = RunFolder(tmp_path / "job").create(spec)
    reporter = Reporter(folder)
    reporter.stages = stages_of(spec.job)
    windows.run(folder, spec, "cpu", reporter)
    return folder


def test_the_job_stores_a_table_with_windows_and_its_roles(log: pd.DataFrame, tmp_path: Path) -> None:
    found = job(tmp_path, settings=SETTINGS.to_json()).read_json("result.json")
    store = TableStore()
    meta, roles = store.meta(found["table"]), store.roles(found["table"])
    assert (meta.name, meta.rows, meta.synthetic) == ("log with windows", 2000, True)
    assert WindowSettings.from_json(meta.report[windows.KEY]) == SETTINGS
    pd.testing.assert_frame_equal(store.open(found["table"]), with_windows(log, SETTINGS))
    assert roles == roles_with_windows(store.roles("a" * 64), SETTINGS, list(new_columns(SETTINGS)))
    # The same question again has its answer already.
    again = windows.add_windows("a" * 64, SETTINGS, "another name", None)
    assert again == meta


def test_bad_arguments_are_answered(log: pd.DataFrame, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no settings"):
        job(tmp_path)
    with pytest.raises(BadInput, match="no column"):
        windows.add_windows("a" * 64, WindowSettings("nobody", "time"), "x", None)
    assert len(TableStore().list()) == 1
