from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from finxfer.data.sample_fraud import target_transactions
from finxfer.data.windows import with_windows
from finxfer.records.window_settings import WindowSettings

Call = Callable[..., tuple[int, str, str]]
COLUMNS = [f"--{name}={name}" for name in ("time", "amount", "latitude", "longitude")]
COLUMNS += ["--customer=customer_id", "--terminal=terminal_id", "--target=fraud", "--windows=1,7"]
SETTINGS = WindowSettings(
    "customer_id", "time", "terminal_id", "amount", "latitude", "longitude", "fraud", windows=(1.0, 7.0)
)


@pytest.fixture()
def folder(tmp_path: Path) -> Path:
    log = target_transactions(1200, 0)
    log.iloc[:1000].to_parquet(tmp_path / "old.parquet", index=False)
    log.iloc[1000:].to_csv(tmp_path / "new.csv", index=False)
    return tmp_path


def test_new_transactions_get_windows_over_their_history(folder: Path, call: Call) -> None:
    out = folder / "out.parquet"
    history = "--history", folder / "old.parquet"
    status, said, _ = call("windows", folder / "new.csv", *history, *COLUMNS, "--out", out)
    assert status == 0 and "200 rows" in said
    found, log = pd.read_parquet(out), target_transactions(1200, 0)
    expected = with_windows(log, SETTINGS).iloc[1000:].reset_index(drop=True)
    new = [name for name in expected if name not in log]
    pd.testing.assert_frame_equal(found[new], expected[new], rtol=1e-5)
    status, _, said = call("windows", out, *COLUMNS, "--out", folder / "again.csv")
    assert status == 0 and "take their places" in said


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (["--customer", "nobody"], "no column"),
        (["--windows", "week"], "lengths"),
        (["--history", "out.csv"], "overwritten"),
        (["--terminal", ""], "no terminal"),
    ],
)
def test_bad_input_leaves_nothing_behind(folder: Path, call: Call, change: list[str], match: str) -> None:
    out = folder / "out.csv"
    change = [str(out) if word == "out.csv" else word for word in change]
    status, _, said = call("windows", folder / "new.csv", *COLUMNS, "--out", out, *change)
    assert status == 2 and match in said and not out.exists()
