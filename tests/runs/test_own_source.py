"""The whole way: a backbone from a source, put on a table of other names where one input is protected."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from finxfer.records.folder import RunFolder
from finxfer.records.home import backbones_dir
from tests.training.made import COLUMNS, customers, make_tabular

pytestmark = pytest.mark.slow


def test_an_input_that_is_protected_at_the_target_is_masked_from_the_run_to_the_scores(
    tmp_path: Path, call: Callable
) -> None:
    source = make_tabular("mlp", backbones_dir() / "book")
    assert [column["name"] for column in source.columns or []] == [column.name for column in COLUMNS]
    rows, y = customers(240, 4)
    target = rows.rename(columns={"housing": "HOUSING", "income": "income_eur"}).assign(bad=y)
    target.to_csv(tmp_path / "target.csv", index=False)
    spec = {"training": {"epochs": 2, "patience": 2}, "explained_rows": 10}
    (tmp_path / "spec.json").write_text(json.dumps(spec))
    options = ["--target", "bad", "--backbone", "book", "--freeze-depth", "1", "--protected", "age"]
    out = ["--spec", tmp_path / "spec.json", "--device", "cpu", "--out", tmp_path / "run"]
    status, _, said = call("finetune", tmp_path / "target.csv", *options, *out)
    assert status == 0, said
    assert "'income_eur' is read as the backbone's 'income'" in said
    assert "'age', which is protected here: it reads it as missing" in said
    run = RunFolder(tmp_path / "run")
    assert run.spec().mapping == {"income": "income_eur"}
    renamed = json.loads((run.model / "model.json").read_text())["renamed"]
    assert renamed == {"income": "income_eur", "debt": "debt", "housing": "HOUSING"}
    card = (run.path / "card.html").read_text(encoding="utf-8")
    assert "which is protected here" in card and "income_eur as income" in card

    # The finished run carries its pairs, and does not ask for what it must not see.
    new = target.drop(columns=["bad", "age"]).head(30)
    new.to_csv(tmp_path / "new.csv", index=False)
    new.assign(age=99).to_csv(tmp_path / "old.csv", index=False)
    scores = []
    for name in ("new", "old"):
        status, _, said = call(
            "score", run.path, tmp_path / f"{name}.csv", "--out", tmp_path / f"{name}.out.csv"
        )
        assert status == 0, said
        scores.append(pd.read_csv(tmp_path / f"{name}.out.csv")["probability"])
    assert scores[0].between(0, 1).all() and scores[0].equals(scores[1])
    lacking = new.rename(columns={"income_eur": "income"})
    lacking.to_csv(tmp_path / "lacking.csv", index=False)
    status, _, said = call("score", run.path, tmp_path / "lacking.csv", "--out", tmp_path / "x.csv")
    assert status == 2 and "income_eur" in said
