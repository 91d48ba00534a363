"""A finished run is assessed again with other settings; nothing is trained, bad settings change nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from finxfer.records.assessment import FILE, Assessment, FairnessSettings, assessment_of
from finxfer.records.folder import RunFolder

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def finished(table: Path, tmp_path: Path, call: Call, worker_here: None) -> RunFolder:
    out = tmp_path / "run"
    fixed = ("--backbone", "incontext-small", "--freeze-depth", "as-is")
    status, _, err = call("finetune", table, "--target", "bad", "--protected", "sex", *fixed, "--out", out)
    assert status == 0, err
    return RunFolder(out)


def test_another_reference_group_is_measured_without_training(
    finished: RunFolder, tmp_path: Path, call: Call
) -> None:
    column = next(one for one in finished.read_json("fairness.json")["columns"] if one["column"] == "sex")
    other = next(part["value"] for part in column["slices"] if not part["reference"])
    weights = {path: path.stat().st_mtime_ns for path in finished.model.rglob("*") if path.is_file()}
    settings = tmp_path / "settings.json"
    settings.write_text(json.dumps({"fairness": {"references": {"sex": other}}}), encoding="utf-8")

    status, _, err = call("assess", finished.path, "--settings", settings)

    assert status == 0, err
    again = next(one for one in finished.read_json("fairness.json")["columns"] if one["column"] == "sex")
    assert again["reference"] == other
    assert assessment_of(finished) == Assessment(FairnessSettings({"sex": other}))
    assert weights == {path: path.stat().st_mtime_ns for path in finished.model.rglob("*") if path.is_file()}

    settings.write_text(json.dumps({"fairness": {"references": {"sex": "nowhere"}}}), encoding="utf-8")
    status, _, err = call("assess", finished.path, "--settings", settings)
    assert status == 2 and "nowhere" in err
    assert assessment_of(finished).fairness.references == {"sex": other}
    unchanged = next(one for one in finished.read_json("fairness.json")["columns"] if one["column"] == "sex")
    assert unchanged == again


@pytest.mark.parametrize(
    "content", [[], {"fairnes": {}}, {"fairness": {"references": []}}, {"fairness": {"references": {"a": 1}}}]
)
def test_settings_that_are_none_are_refused(content: object) -> None:
    from finxfer.errors import BadInput

    with pytest.raises(BadInput):
        Assessment.from_json(content)


def test_a_folder_without_a_finished_run_is_refused(tmp_path: Path, call: Call) -> None:
    status, _, err = call("assess", tmp_path)
    assert status == 2 and "no run" in err.lower()


def test_the_file_is_named_in_the_run_folder(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    run.write_json(FILE, Assessment().to_json())
    assert assessment_of(run) == Assessment()
