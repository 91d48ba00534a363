"""The command `ladder`: what it launches, prints and refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from finxfer.commands import ladder as command
from finxfer.records.folder import RunFolder
from finxfer.records.spec import Spec
from finxfer.runs import launcher
from tests.ladder_example import ladder_record

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch) -> list[Spec]:
    """What is launched; each is finished at once with the made-up record."""
    specs: list[Spec] = []

    def launch(spec: Spec, folder: Path) -> RunFolder:
        specs.append(spec)
        run = RunFolder(folder).create(spec)
        run.write_json("ladder.json", ladder_record())
        run.write_status(state="finished")
        return run

    monkeypatch.setattr(launcher, "launch", launch)
    return specs


def test_it_launches_a_ladder_and_prints_depths_and_advice(
    call: Call, table: Path, tmp_path: Path, launched: list[Spec]
) -> None:
    status, said, told = call(
        "ladder", table, "--target", "bad", "--backbone", "incontext-small", "--protected", "sex",
        "--seed", 3, "--out", tmp_path / "run",
    )  # fmt: skip
    assert status == 0, told
    (spec,) = launched
    assert (spec.job, spec.backbone, spec.freezing_depth, spec.seed) == (
        "ladder",
        "incontext-small",
        "auto",
        3,
    )
    assert spec.protected == ("sex",)
    record = ladder_record()
    assert record["sentence"] in said and record["sentences"][-1] in said
    lines = said.splitlines()
    (marked,) = [line for line in lines if " * " in line]
    assert marked.split()[0] == str(record["recommended"])
    assert "0.500 [0.400, 0.600]" in marked


def test_as_json_it_is_the_record(call: Call, table: Path, tmp_path: Path, launched: list[Spec]) -> None:
    out = tmp_path / "run"
    status, said, _ = call(
        "ladder", table, "--target", "bad", "--backbone", "incontext-small", "--json", "--out", out
    )
    assert status == 0 and json.loads(said) == ladder_record()


def test_a_finished_ladder_is_shown_again_by_resume(
    call: Call, table: Path, tmp_path: Path, launched: list[Spec]
) -> None:
    out = tmp_path / "run"
    call("ladder", table, "--target", "bad", "--backbone", "incontext-small", "--out", out)
    status, said, told = call("resume", out)
    assert status == 0 and ladder_record()["sentence"] in said and "finished already" in told


@pytest.mark.parametrize(
    ("backbone", "why"), [("auto", "named backbone"), ("no-such-backbone", "no-such-backbone")]
)
def test_a_backbone_that_is_none_is_refused(
    call: Call, table: Path, tmp_path: Path, launched: list[Spec], backbone: str, why: str
) -> None:
    out = tmp_path / "run"
    status, _, told = call("ladder", table, "--target", "bad", "--backbone", backbone, "--out", out)
    assert status == 2 and why in told and not launched and not out.exists()


def test_a_rung_without_figures_is_printed_with_dashes(tmp_path: Path, capsys: Any) -> None:
    record = ladder_record()
    record["rungs"][0]["test"] |= {"gini": None, "gini_interval": None}
    record["rungs"][0]["worst_fairness_ratio"] = None
    run = RunFolder(tmp_path)
    run.write_json("ladder.json", record)
    command.print_ladder(run)
    first = capsys.readouterr().out.splitlines()[1]
    assert first.split()[0] == "as-is" and first.count("–") == 2
