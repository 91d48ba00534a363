"""What a replay says of figures that are equal, close, different, or known in one run only."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from finxfer.commands.pack import _print
from finxfer.records.folder import RunFolder
from finxfer.runs.differences import Replayed, compare_runs
from finxfer.runs.pack_file import PackFile, write_pack_file

THEN: dict[str, Any] = {
    "choice": "fine-tuned",
    "model": {"auc": 0.75, "ks": None},
    "baselines": {"lightgbm": {"auc": 0.7}, "from_scratch": None},
    "gain": {"metric": "auc", "over": "lightgbm", "value": 0.05},
    "seconds": {"train": 3.0},
}


def compared(tmp_path: Path, metrics: dict[str, Any], verdict: str = "gap", **files: Any) -> Replayed:
    fairness = {"columns": [{"column": "sex", "verdict": "gap"}]}
    packed = {"metrics.json": THEN, "fairness.json": fairness, "mitigation.json": {}, **files}
    members: dict[str, bytes | Path] = {name: json.dumps(one).encode() for name, one in packed.items()}
    write_pack_file(tmp_path / "p.zip", members, {})
    run = RunFolder(tmp_path)
    run.write_json("metrics.json", metrics)
    run.write_json("fairness.json", {"columns": [{"column": "sex", "verdict": verdict}]})
    return compare_runs(PackFile(tmp_path / "p.zip"), run, [], [])


def test_equal_to_the_last_digit_whatever_the_clock_says(tmp_path: Path) -> None:
    found = compared(tmp_path, THEN | {"seconds": {"train": 9.0}})
    assert found.equal and found.close and found.largest == 0
    assert found.sentence == "All 4 metrics are equal to the last digit, and so is every verdict."
    assert found.not_replayed == ["mitigation.json"]
    assert {one.name: one.different for one in found.files} == {"metrics.json": 0, "fairness.json": 0}


@pytest.mark.parametrize(
    ("auc", "said", "close"),
    [
        (0.75 + 1e-9, "All 4 metrics are within 1e-06 of the pack's.", True),
        (0.76, "1 of 4 metrics differ by more than 1e-06.", False),
        (None, "1 of 4 metrics differ by more than 1e-06.", False),
    ],
)
def test_differences_are_counted(tmp_path: Path, auc: float | None, said: str, close: bool) -> None:
    found = compared(tmp_path, THEN | {"model": {"auc": auc, "ks": None}})
    assert (found.sentence, found.close, found.equal) == (said, close, False)
    assert json.loads(json.dumps(found.to_json(), allow_nan=False))["sentence"] == said


def test_a_verdict_that_turned_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = compared(tmp_path, THEN, "no gap found")
    assert not found.close and found.sentence.endswith("One verdict differs.")
    _print(found, None)
    shown = capsys.readouterr().out
    assert "fairness of sex: gap, now no gap found" in shown
    assert "choice: fine-tuned, the same" in shown
    assert re.search(r"fairness.json: \d figures, 1 differ, in words .* columns\[0\].verdict", shown)
    assert "Made after the run, not replayed: mitigation.json" in shown
