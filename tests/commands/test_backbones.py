"""The command `backbones`: what is there, what is not, and how it is fetched."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from finxfer.backbones.card import Card

Call = Callable[..., tuple[int, str, str]]


def test_what_is_not_there_is_listed_with_the_way_to_get_it(call: Call) -> None:
    status, out, err = call("backbones")
    assert status == 0
    assert "tabicl-v2" in out and "incontext-small" in out
    assert "do not ship" in err and "backbones fetch tabicl-v2" in err
    status, out, err = call("backbones", "--json")
    available = {entry["id"]: entry["available"] for entry in json.loads(out)}
    assert status == 0 and err == ""
    assert available["incontext-small"] is True and available["tabicl-v2"] is False


def test_a_file_is_fetched_and_then_available(call: Call, pinned: Card, checkpoint: Path) -> None:
    status, out, _ = call("backbones", "fetch", "tabicl-v2", "--file", checkpoint)
    assert status == 0 and out.startswith("Available: tabicl-v2")
    (entry,) = json.loads(call("backbones", "--json")[1])
    assert entry["available"] is True and entry["stages"] == 5
    status, _, err = call("backbones", "fetch", "tabicl-v2")
    assert status == 0 and "already" in err


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        (("tabicl-v2",), "FINXFER_ALLOW_DOWNLOADS"),
        (("tabicl-v2", "--file", "missing.ckpt"), "cannot be read"),
        (("tabicl-v2", "--file", __file__), "bytes"),
        (("nothing",), "no backbone 'nothing'"),
        (("incontext-small",), "nothing to fetch"),
        ((), "ID"),
    ],
    ids=str,
)
def test_bad_input_is_told_with_status_2(arguments: tuple[str, ...], match: str, call: Call) -> None:
    status, out, err = call("backbones", "fetch", *arguments)
    assert status == 2 and out == ""
    assert match in err and "Traceback" not in err


def test_a_run_on_a_backbone_that_is_not_there_is_refused_at_once(call: Call, tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("income,debt,bad\n" + "1,2,0\n2,1,1\n3,5,0\n4,2,1\n" * 40)
    out = tmp_path / "run"
    status, _, err = call("finetune", table, "--target", "bad", "--backbone", "tabicl-v2", "--out", out)
    assert status == 2 and "backbones fetch tabicl-v2" in err
    assert not out.exists()


@pytest.mark.slow
def test_a_fetched_backbone_is_fine_tuned_and_scores(
    worker_here: None, call: Call, pinned: Card, checkpoint: Path, tmp_path: Path
) -> None:
    assert call("backbones", "fetch", "tabicl-v2", "--file", checkpoint)[0] == 0
    draw = np.random.default_rng(0)
    income, debt = draw.normal(3000, 800, 260).round(), draw.exponential(1.0, 260).round(3)
    bad = (debt - 1 + draw.normal(size=260) > (income - 3000) / 800).astype(int)
    table = tmp_path / "table.csv"
    pd.DataFrame({"income": income, "debt": debt, "bad": bad}).to_csv(table, index=False)
    spec, out, scored = tmp_path / "spec.json", tmp_path / "run", tmp_path / "scored.csv"
    spec.write_text(json.dumps({"training": {"epochs": 2, "patience": 2}, "explained_rows": 5}))
    arguments = ("--target", "bad", "--backbone", pinned.id, "--freeze-depth", "3")
    status, _, err = call("finetune", table, *arguments, "--spec", spec, "--device", "cpu", "--out", out)
    assert status == 0, err
    metrics = json.loads((out / "metrics.json").read_text())
    assert (metrics["backbone"], metrics["stages"]) == ("tabicl-v2", 5)
    assert call("score", out, table, "--out", scored)[0] == 0
    assert pd.read_csv(scored)["probability"].between(0, 1).all()
