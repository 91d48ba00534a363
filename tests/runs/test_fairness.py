"""Settings of the comparison of groups, measured again on a finished run; what cannot be measured is said."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from finxfer.records.folder import RunFolder

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def finished(table: Path, tmp_path: Path, call: Call, worker_here: None) -> RunFolder:
    out = tmp_path / "run"
    fixed = ("--backbone", "incontext-small", "--freeze-depth", "as-is")
    groups = ("--protected", "sex", "--protected", "income", "--protected", "region")
    status, _, err = call("finetune", table, "--target", "bad", *fixed, *groups, "--out", out)
    assert status == 0, err
    return RunFolder(out)


def test_ranges_and_crossings_are_those_that_were_asked_for(
    finished: RunFolder, tmp_path: Path, call: Call
) -> None:
    before = finished.read_json("fairness.json")
    assert {entry["column"] for entry in before["columns"]} == {"sex", "income", "region"}
    settings = tmp_path / "settings.json"

    def assess(fairness: dict[str, object]) -> tuple[int, str]:
        settings.write_text(json.dumps({"fairness": fairness}), encoding="utf-8")
        status, _, err = call("assess", finished.path, "--settings", settings)
        return status, err

    status, err = assess({"bins": {"income": [2500, 3500]}, "crossings": [["sex", "income"]]})
    assert status == 0, err
    after = finished.read_json("fairness.json")
    income = next(entry for entry in after["columns"] if entry["column"] == "income")
    values = [part["value"] for part in income["slices"]]
    assert values == ["under 2500", "2500–3499", "3500 and over"] and income["bins"] == [2500, 3500]
    assert [entry["column"] for entry in after["crossings"]] == ["sex × income"]
    for bad, said in (
        ({"crossings": [["sex", "debt"]]}, "'debt' is no protected column"),
        ({"bins": {"debt": [1]}}, "not compared"),
        ({"bins": {"sex": [1]}}, "holds no numbers"),
        ({"bins": {"income": [3, 2]}}, "ascending order"),
    ):
        status, err = assess(bad)
        assert status == 2 and said in err
    assert finished.read_json("fairness.json") == after
