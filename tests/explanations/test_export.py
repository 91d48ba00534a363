from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from finxfer.errors import Damaged
from finxfer.explanations.explain import explain_models
from finxfer.explanations.export import explanation_table
from finxfer.ui.charts import csv_bytes
from tests.explanations.sample_models import FormulaModel

HOSTILE = ["=cmd|' /C calc'!A0", "+1+1", "@SUM(A1)", "<img src=x onerror=alert(1)>"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Explanations of a table whose column names and words are formulas."""
    generator = np.random.default_rng(0)
    table = pd.DataFrame({name: generator.normal(size=30) for name in HOSTILE})
    table["word"] = pd.Series(generator.choice(HOSTILE, 30), dtype="str")
    features = list(table)
    model = FormulaModel(
        None,
        lambda frame: (
            1 / (1 + np.exp(-(frame[HOSTILE[0]] + (frame["word"] == HOSTILE[1]) - frame[HOSTILE[2]])))
        ),
    )
    explain_models(
        {"model": model, "lightgbm": model},
        table[:8],
        table[8:],
        np.arange(22),
        features,
        tmp_path / "explanations",
        lambda kind, **fields: None,
        lambda: False,
    )
    return tmp_path / "explanations"


def test_no_cell_and_no_header_of_the_csv_starts_a_formula(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "explanations.csv"
    out.write_bytes(csv_bytes(explanation_table(folder)))
    with out.open(encoding="utf-8-sig", newline="") as stream:
        lines = list(csv.reader(stream))
    assert len(lines) == 23
    texts = [cell for line in lines for cell in line if cell and not _number(cell)]
    assert any("=cmd" in text for text in texts)
    assert not [text for text in texts if text[0] in "=+-@\t\r"]


def test_one_table_holds_values_reasons_and_contributions(folder: Path) -> None:
    table = explanation_table(folder)
    assert list(table.columns[:3]) == ["row", "base_value", "probability"]
    assert [name for name in table if name.startswith("value_")] == [
        f"value_{name}" for name in [*HOSTILE, "word"]
    ]
    assert {"reason_1", "lowers_4"} <= set(table)
    total = table["base_value"] + table.filter(like="shap_").sum(axis=1)
    assert np.allclose(total, table["probability"])
    assert "reason_1" not in explanation_table(folder, "lightgbm")


def test_a_model_that_was_not_explained_is_named(folder: Path) -> None:
    with pytest.raises(Damaged, match="model, lightgbm"):
        explanation_table(folder, "from_scratch")
    with pytest.raises(Damaged, match=r"meta\.json"):
        explanation_table(folder / "elsewhere")


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
