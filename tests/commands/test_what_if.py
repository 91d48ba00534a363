"""``what-if`` and ``counterfactual`` on the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from finxfer.records.assessment import FILE, Assessment
from finxfer.records.change_settings import ChangeSettings
from finxfer.records.folder import RunFolder
from finxfer.runs.score import load_scorer
from tests.customers import customers
from tests.what_if_run import write_what_if_run

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run() -> RunFolder:
    return write_what_if_run()


@pytest.fixture
def riskiest(run: RunFolder) -> int:
    return int(load_scorer(run).probability(customers(60, seed=9)).argmax())


@pytest.fixture
def new(tmp_path: Path) -> Path:
    path = tmp_path / "new.csv"
    customers(60, seed=9).drop(columns="bad").to_csv(path, index=False)
    return path


def test_it_prints_before_and_after_and_says_what_was_never_seen(
    run: RunFolder, new: Path, riskiest: int, call: Call
) -> None:
    sets = ("--set", "debt=0", "--set", "income=99999", "--set", "region=moon")
    status, out, err = call("what-if", run.path, new, "--row", riskiest, *sets)
    assert status == 0, err
    frame = customers(60, seed=9).iloc[[riskiest]]
    before, after = (
        load_scorer(run).probability(one)[0]
        for one in (frame, frame.assign(debt=0, income=99999, region="moon"))
    )
    assert f"probability: {before:.4f} -> {after:.4f}" in out and "flagged -> approved" in out
    assert (
        "below every value seen" in out
        and "above every value seen" in out
        and "never seen in training" in out
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--row", 60, "--set", "debt=1"), "no row 60"),
        (("--row", -1, "--set", "debt=1"), "no row -1"),
        (("--row", 0, "--set", "salary=1"), "no feature 'salary'"),
        (("--row", 0, "--set", "debt=much"), "'debt' cannot take"),
        (("--row", 0, "--set", "debt"), "COLUMN=VALUE"),
        (("--row", 0), "--set"),
    ],
)
def test_bad_input_is_said(run: RunFolder, new: Path, call: Call, arguments: tuple, said: str) -> None:
    status, _, err = call("what-if", run.path, new, *arguments)
    assert status == 2 and said in err


def test_a_counterfactual_is_written_and_its_limits_hold(
    run: RunFolder, new: Path, riskiest: int, tmp_path: Path, call: Call
) -> None:
    out = tmp_path / "other.json"
    run.write_json(FILE, Assessment(changes=ChangeSettings([], ["income"])).to_json())
    status, said, err = call(
        "counterfactual", run.path, new, "--row", riskiest, "--immutable", "region", "--only-down", "debt",
        "--out", out,
    )  # fmt: skip
    assert status == 0, err
    found = json.loads(out.read_text(encoding="utf-8"))
    assert found["fixed"] == ["region"] and found["only_up"] == ["income"] and found["only_down"] == ["debt"]
    assert found["answers"] and f"{found['answers'][0]['probability']:.4f} if " in said
    frame = customers(60, seed=9).iloc[[riskiest]]
    for answer in found["answers"]:
        values = {one["column"]: one["after"] for one in answer["changes"]}
        assert load_scorer(run).probability(frame.assign(**values))[0] == pytest.approx(answer["probability"])
        assert answer["probability"] < found["wanted"]


def test_no_answer_and_nothing_to_do_are_said(
    run: RunFolder, new: Path, riskiest: int, tmp_path: Path, call: Call
) -> None:
    fixed = ("--immutable", "income", "--immutable", "debt", "--immutable", "region")
    out = tmp_path / "other.json"
    status, said, _ = call("counterfactual", run.path, new, "--row", riskiest, *fixed, "--out", out)
    assert status == 0 and "No answer found" in said
    status, said, _ = call("counterfactual", run.path, new, "--row", riskiest, "--below", 1, "--out", out)
    assert status == 0 and "below already" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--immutable", "salary"), "no feature 'salary'"),
        (("--only-up", "region"), "cannot rise or fall"),
        (("--below", "2"), "no such probability"),
    ],
)
def test_limits_that_are_none_are_refused(
    run: RunFolder, new: Path, tmp_path: Path, call: Call, arguments: tuple, said: str
) -> None:
    out = tmp_path / "other.json"
    status, _, err = call("counterfactual", run.path, new, "--row", 0, *arguments, "--out", out)
    assert status == 2 and said in err and not out.exists()


def test_another_format_is_refused(run: RunFolder, new: Path, tmp_path: Path, call: Call) -> None:
    status, _, err = call("counterfactual", run.path, new, "--row", 0, "--out", tmp_path / "a.csv")
    assert status == 2 and ".json" in err


def test_a_table_that_lacks_a_column_is_refused(run: RunFolder, tmp_path: Path, call: Call) -> None:
    path = tmp_path / "lacking.csv"
    customers(5).drop(columns="debt").to_csv(path, index=False)
    status, _, err = call("what-if", run.path, path, "--row", 0, "--set", "income=1")
    assert status == 2 and "'debt'" in err
