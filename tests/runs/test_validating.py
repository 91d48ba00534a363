"""A run's rules: learned from training rows, told of a test table, before scoring and on the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from finxfer.records.folder import RunFolder
from finxfer.records.rules import Rule, RuleSet, write_rules
from finxfer.runs.validating import hold_to_run

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "rules.json"
    write_rules(path, RuleSet((Rule("age", "between", (18.0, 100.0)), Rule("town", "not_empty"))))
    return path


def keep(tmp_path: Path, **columns: list) -> Path:
    path = tmp_path / "new.csv"
    pd.DataFrame(columns).to_csv(path, index=False)
    return path


def test_a_table_that_keeps_the_rules(call: Call, rules: Path, tmp_path: Path) -> None:
    status, said, _ = call("validate", keep(tmp_path, age=[20, 30], town=["a", "b"]), "--rules", rules)
    assert status == 0 and "All 2 rules hold for the 2 rows." in said


def test_a_table_that_breaks_one(call: Call, rules: Path, tmp_path: Path) -> None:
    table, out = keep(tmp_path, age=[20, 300], town=["=a", "b"]), tmp_path / "failures.csv"
    status, said, _ = call("validate", table, "--rules", rules, "--out", out)
    assert status == 2 and "problem: 'age', between 18 and 100: 1 rows (50%), such as '300'" in said
    assert pd.read_csv(out)["row_numbers"].tolist() == [2]


@pytest.mark.parametrize("content", ["[]", "{", '{"rules": [{"column": "a", "check": "magic"}]}'])
def test_rules_that_cannot_be_read(content: str, call: Call, tmp_path: Path) -> None:
    (tmp_path / "wrong.json").write_text(content)
    table = keep(tmp_path, age=[1])
    status, _, said = call("validate", table, "--rules", tmp_path / "wrong.json")
    assert status == 2 and said.startswith("Error: ")
    for wrong in (["--rules", tmp_path / "none.json"], [], ["--run", tmp_path / "none"]):
        assert call("validate", table, *wrong)[0] == 2


def test_a_run_without_rules_says_nothing(tmp_path: Path) -> None:
    assert hold_to_run(RunFolder(tmp_path), pd.DataFrame({"x": [1]})) is None
