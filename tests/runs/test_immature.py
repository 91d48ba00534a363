"""Rows that had no time to show their outcome: named, left out, and what a spec may say of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from finxfer.data.tasks import target_values
from finxfer.errors import BadInput
from finxfer.records.spec import ColumnSpec, Spec
from finxfer.runs import rows as rows_module
from finxfer.runs.immature import maturity, without_immature
from finxfer.runs.preparing import Options, prepare
from finxfer.runs.rows import split_rows


def book(rows: int = 4000, window: float = 270.0) -> pd.DataFrame:
    """Two years of loans; a default shows itself evenly within `window` days, 0 shows it at once."""
    draw = np.random.default_rng(4)
    days = np.sort(draw.integers(0, 730, rows))
    bad = draw.random(rows) < 0.15
    if window:
        bad &= draw.random(rows) * window <= 730 - days
    opened = pd.Timestamp("2020-01-01") + pd.to_timedelta(days, unit="D")
    income = draw.normal(3000, 500, rows)
    return pd.DataFrame({"income": income, "opened": opened, "bad": bad.astype(int)})


def spec_of(**fields: object) -> Spec:
    columns = (
        ColumnSpec("income", "feature", "numeric"),
        ColumnSpec("opened", "time", "date"),
        ColumnSpec("bad", "target", "boolean"),
    )
    return Spec("0" * 64, "book", "bad", "1", columns, **fields)  # type: ignore[arg-type]


def found(frame: pd.DataFrame, spec: Spec):
    return maturity(spec, frame, target_values(frame["bad"], "binary", "1", ()))


def test_a_falling_end_is_named_and_leaving_it_out_moves_the_test_earlier() -> None:
    frame, spec = book(), spec_of(split="out-of-time")
    latest = found(frame, spec)
    assert latest.tail is not None and not latest.declared and "2021-0" in latest.until
    assert "falls off from" in latest.said[0] and "99% interval" in latest.said[0]
    cut = without_immature(spec, frame)
    assert cut.mature_until == latest.until
    rows, before = split_rows(cut, frame, None), split_rows(spec, frame, None)
    assert rows.test["opened"].max() <= pd.Timestamp(latest.until) < before.test["opened"].max()
    assert max(rows.train["opened"].max(), rows.validation["opened"].max()) < rows.test["opened"].min()
    assert any("were left out: their outcome" in sentence for sentence in rows.warnings())
    assert rows.y_test.mean() > before.y_test.mean()


def test_a_mature_table_raises_no_alarm() -> None:
    latest = found(book(window=0), spec_of())
    assert latest.until == "" and latest.said == ()
    assert without_immature(spec_of(), book(window=0)) == spec_of()


def test_a_declared_window_counts_from_the_extraction() -> None:
    frame = book(window=0)
    latest = found(frame, spec_of(outcome_days=100))
    assert latest.declared and latest.until == str((frame["opened"].max() - pd.Timedelta(days=100)).date())
    assert latest.rows == (frame["opened"] > latest.until).sum()
    later = found(frame, spec_of(outcome_days=100, extracted="2022-06-30"))
    assert later.until == "", "every row has had 100 days by then"
    kept = found(frame, spec_of(outcome_days=100, mature_until=latest.until))
    assert kept.until == "" and kept.left_rows == latest.rows


def test_what_cannot_be_is_refused() -> None:
    frame = book()
    with pytest.raises(BadInput, match="no time of the column"):
        found(frame, spec_of(mature_until="next week"))
    timeless = Spec("0" * 64, "book", "bad", "1", (ColumnSpec("bad", "target", "boolean"),), outcome_days=365)
    with pytest.raises(BadInput, match="how old"):
        found(frame, timeless)
    with pytest.raises(BadInput, match="outcome_days"):
        spec_of(outcome_days=-1)


def test_the_command_line_leaves_them_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FINXFER_HOME", str(tmp_path / "home"))
    book().to_parquet(tmp_path / "book.parquet", index=False)
    asked = Options(
        tmp_path / "book.parquet", target="bad", split="out-of-time", time="opened", imbalance="focal=1.5"
    )
    kept = prepare(asked)
    assert kept.spec.mature_until == "" and any("falls off" in notice for notice in kept.notices)
    assert kept.spec.training.focal_gamma == 1.5
    from dataclasses import replace

    declared = prepare(replace(asked, immature="leave-out", outcome_days=365))
    assert declared.spec.mature_until == "2020-12-30" and declared.spec.outcome_days == 365
    with pytest.raises(BadInput, match="imbalance"):
        prepare(replace(asked, imbalance="magic"))


def test_a_test_table_is_checked_for_columns_and_classes() -> None:
    frame = book(window=0)
    assert rows_module.test_target(spec_of(), frame, frame[:10]).tolist() == frame["bad"][:10].tolist()
    with pytest.raises(BadInput, match="lacks 'income'"):
        rows_module.test_target(spec_of(), frame, frame.drop(columns="income"))
    with pytest.raises(BadInput, match="not the table's target"):
        rows_module.test_target(spec_of(), frame, frame.assign(bad="yes"))
