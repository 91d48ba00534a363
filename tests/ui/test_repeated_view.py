"""The Results part "Repeated splits": what it says before, what it costs, and the splits it draws."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from finxfer.evaluation.resampled import repeated_sentence, resampled_mean
from finxfer.ui.repeated_view import estimate

METRICS: dict[str, Any] = {
    "rows": {"train": 560, "validation": 140, "test": 300},
    "seconds": {"train": 20.0, "baselines": 15.0},
}


def found() -> dict[str, Any]:
    splits = [
        {
            "repeat": 0, "fold": fold, "gain": gain, "best_baseline": "lightgbm",
            "models": {"model": {"auc": 0.7 + gain}, "lightgbm": {"auc": 0.7}},
        }
        for fold, gain in enumerate((0.02, -0.01, 0.03))
    ]  # fmt: skip
    gain = resampled_mean([0.02, -0.01, 0.03], 1, 2)
    content = {
        "folds": 3, "repeats": 1, "rows": 1000, "task": "binary", "metric": "auc", "splits": splits,
        "gain": gain,
        "models": {name: {"auc": resampled_mean([0.7, 0.71, 0.72], 1, 2)} for name in ("model", "lightgbm")},
        "gains": {"lightgbm": {"auc": gain}},
    }  # fmt: skip
    return content | {"sentence": repeated_sentence(content)}


def part(folder: str, metrics: dict) -> None:
    from pathlib import Path
    from types import SimpleNamespace

    from finxfer.records.folder import RunFolder
    from finxfer.ui.repeated_view import repeated_part

    repeated_part(RunFolder(Path(folder)), metrics, SimpleNamespace(test_table=None))  # type: ignore[arg-type]


def test_the_cost_is_said_before_it_starts() -> None:
    # 10 splits that learn from 800 of 1,000 rows, where the run took 35 s with 700
    assert estimate(METRICS, 5, 2) == pytest.approx(10 * 35 * 800 / 700)


def test_before_and_after(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import json

    monkeypatch.setenv("FINXFER_HOME", str(tmp_path / "home"))
    run = tmp_path / "run"
    run.mkdir()
    drawn = {"folder": str(run), "metrics": METRICS}
    page = AppTest.from_function(part, kwargs=drawn).run()
    assert not page.exception and "10 trainings" in page.caption[0].value
    assert [one.label for one in page.button] == ["Cross-validate"]
    (run / "cross_validation.json").write_text(json.dumps(found()), encoding="utf-8")
    page = AppTest.from_function(part, kwargs=drawn).run()
    assert not page.exception
    assert "ahead in 2 of 3" in page.markdown[0].value and "no difference found" in page.markdown[0].value
    assert "3 trainings" in page.caption[-1].value
