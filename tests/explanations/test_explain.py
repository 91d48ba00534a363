from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from finxfer.errors import BadInput, Cancelled
from finxfer.explanations import values as values_module
from finxfer.explanations.explain import explain_frame, explain_models, reference_group
from tests.explanations.sample_models import FEATURES, FormulaModel, TreeModel, customers


def model(kind: str = "tabm") -> FormulaModel:
    return FormulaModel(lambda d: 1 / (1 + np.exp(-(d["a"] * d["b"] + d["c"] - d["d"] * d["e"]))), kind=kind)


def explain(folder: Path, rows: int = 30, **changes: Any) -> dict[str, Any]:
    table = customers(80, seed=5)
    given: dict[str, Any] = {
        "models": {"model": model(), "lightgbm": TreeModel(customers(300, seed=8), categorical=False)},
        "reference_frame": table[:8],
        "rows_frame": table[20 : 20 + rows],
        "row_ids": np.arange(rows) * 3 + 7,
        "features": FEATURES,
        "folder": folder,
        "report": lambda kind, **fields: None,
        "should_stop": lambda: False,
        "seed": 1,
    }
    return explain_models(**(given | changes))


def test_files_hold_the_same_rows_and_add_up(tmp_path: Path) -> None:
    folder = tmp_path / "explanations"
    returned = explain(folder)
    meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    assert returned == meta
    assert (meta["scale"], meta["features"], meta["rows"], meta["rows_asked"]) == (
        "probability",
        FEATURES,
        30,
        30,
    )
    assert meta["reference_group"]["rows"] == 8
    assert meta["reference_group"]["sentence"].startswith("Every value compares with a reference group of 8")
    assert set(meta["reference_group"]["typical"]) == set(FEATURES)
    raw, reasons = (pd.read_parquet(folder / f"{name}.parquet") for name in ("values", "reasons"))
    assert list(raw.columns) == ["row", *FEATURES]
    assert reasons["reason_1"].str.contains("which adds").any()
    assert reasons["lowers_1"].str.contains("which takes away").any()
    for name in ("model", "lightgbm"):
        table = pd.read_parquet(folder / f"{name}.parquet")
        assert list(table.columns) == ["row", "base_value", "probability", *(f"shap_{f}" for f in FEATURES)]
        for other in (table, raw, reasons):
            assert other["row"].tolist() == list(range(7, 97, 3))
        gap = (table["base_value"] + table.filter(like="shap_").sum(axis=1) - table["probability"]).abs()
        facts = meta["models"][name]
        assert facts["additivity_gap"] == pytest.approx({"mean": gap.mean(), "max": gap.max()}, abs=1e-15)
        assert gap.max() < 1e-9
        assert facts["rows"] == 30
        assert facts["base_value"] == table["base_value"][0]


def test_importance_is_sorted_with_intervals_around_it(tmp_path: Path) -> None:
    explain(tmp_path)
    ranking = json.loads((tmp_path / "importance.json").read_text(encoding="utf-8"))["model"]
    stored = pd.read_parquet(tmp_path / "model.parquet").filter(like="shap_").abs().mean()
    sizes = [entry["mean_abs"] for entry in ranking]
    assert sizes == sorted(sizes, reverse=True)
    assert {entry["feature"] for entry in ranking} == set(FEATURES)
    for entry in ranking:
        low, high = entry["interval"]
        assert entry["mean_abs"] == pytest.approx(stored[f"shap_{entry['feature']}"])
        assert low <= entry["mean_abs"] <= high
    assert ranking[0]["interval"][1] > ranking[0]["interval"][0]
    assert ranking[-1]["feature"] == "since"
    assert ranking[-1]["interval"] == [0.0, 0.0]


def test_equal_calls_give_equal_files(tmp_path: Path) -> None:
    for name in ("one", "two"):
        explain(tmp_path / name)
    for file in ("model.parquet", "lightgbm.parquet", "values.parquet", "reasons.parquet", "importance.json"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_progress_grows_to_the_end(tmp_path: Path) -> None:
    events: list[dict[str, Any]] = []
    explain(tmp_path, report=lambda kind, **fields: events.append({"kind": kind, **fields}))
    done = [event["done"] for event in events]
    assert done == sorted(done)
    assert done[-1] == 100
    assert all(event["kind"] == "progress" and event["stage"] == "explain" for event in events)
    assert all(event["eta_seconds"] >= 0 for event in events)


def test_a_wish_to_stop_is_heard_and_no_meta_is_left(tmp_path: Path) -> None:
    asked: list[int] = []

    def stop() -> bool:
        asked.append(1)
        return len(asked) > 2

    with pytest.raises(Cancelled):
        explain(tmp_path, should_stop=stop)
    assert not (tmp_path / "meta.json").exists()


def test_what_would_take_too_long_is_cut_to_fewer_customers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(values_module.EVALUATIONS, "incontext", 600)
    meta = explain(tmp_path, rows=60, models={"model": model("incontext")})
    assert meta["rows_asked"] == 60
    assert 10 <= meta["rows"] < 30
    assert meta["models"]["model"]["paths"] == 1
    assert meta["models"]["model"]["evaluations"] < 800
    assert len(pd.read_parquet(tmp_path / "model.parquet")) == meta["rows"]


def test_a_feature_called_row_does_not_clash(tmp_path: Path) -> None:
    table = customers(40, seed=2)[["income", "age"]].rename(columns={"age": "row"})
    plain = FormulaModel(None, lambda frame: 1 / (1 + np.exp(-(frame["row"].to_numpy() / 40 - 1))))
    explain(
        tmp_path,
        models={"model": plain},
        reference_frame=table[:8],
        rows_frame=table[8:],
        row_ids=range(32),
        features=["income", "row"],
    )
    assert list(pd.read_parquet(tmp_path / "values.parquet").columns) == ["row", "income", "row (feature)"]
    assert pd.read_parquet(tmp_path / "model.parquet")["row"].tolist() == list(range(32))


def test_a_table_explained_row_by_row_keeps_its_order_and_index() -> None:
    table = customers(60, seed=5)
    frame = table[20:].set_axis([f"customer {at}" for at in range(40)]).assign(unused="x")
    made = explain_frame(model(), table[:8], frame, FEATURES, seed=1)
    assert list(made.columns) == [
        *(f"shap_{name}" for name in FEATURES),
        "base_value",
        "probability",
        *(f"reason_{at}" for at in range(1, 5)),
    ]
    assert made.index.equals(frame.index)
    assert np.array_equal(made["probability"], model().predict(frame))
    total = made["base_value"] + made.filter(like="shap_").sum(axis=1)
    assert np.allclose(total, made["probability"], atol=1e-12)
    alone = explain_frame(model(), table[:8], frame[7:8], FEATURES, seed=1)
    assert np.allclose(alone.filter(like="shap_"), made.filter(like="shap_")[7:8], atol=1e-12)


def test_unseen_categories_and_other_number_types_are_explained() -> None:
    table = customers(40, seed=5)
    frame = table[10:14].assign(region="atlantis", age=table["age"][10:14].astype("float64"))
    made = explain_frame(model(), table[:8], frame, FEATURES)
    assert np.allclose(made["base_value"] + made.filter(like="shap_").sum(axis=1), made["probability"])


def test_a_lacking_column_is_named() -> None:
    table = customers(20, seed=5)
    with pytest.raises(BadInput, match="'age'"):
        explain_frame(model(), table[:8], table.drop(columns="age"), FEATURES)


def test_reference_group_keeps_the_share_of_positives() -> None:
    frame = pd.DataFrame({"x": np.arange(1000)}, index=np.arange(1000) + 5000)
    target = (np.arange(1000) % 4 == 0).astype(int)
    group = reference_group(frame, target, rows=16, seed=3)
    assert len(group) == 16
    assert (group["x"] % 4 == 0).sum() == 4
    assert group.index.is_monotonic_increasing
    assert group.equals(reference_group(frame, target, rows=16, seed=3))
    assert not group.equals(reference_group(frame, target, rows=16, seed=4))


@pytest.mark.parametrize("positives", [0, 1, 2, 998, 1000])
def test_reference_group_with_rare_or_absent_classes(positives: int) -> None:
    frame = pd.DataFrame({"x": np.arange(1000)})
    target = (np.arange(1000) < positives).astype(int)
    group = reference_group(frame, target, rows=16, seed=3)
    found = int((group["x"] < positives).sum())
    assert len(group) == 16
    assert found >= min(1, positives)
    assert 16 - found >= min(1, 1000 - positives)
    assert len(reference_group(frame[:5], target[:5], rows=16, seed=3)) == 5


def test_shap_is_not_imported_with_the_room() -> None:
    program = (
        "import sys, finxfer.explanations.explain, finxfer.explanations.reasons\n"
        "print([name for name in ('shap', 'torch', 'lightgbm') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
