"""proxies.json of a run: before and after where something was trained, and what is said where not."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from finxfer.backbones.card import Card
from finxfer.records.folder import RunFolder

Call = Callable[..., tuple[int, str, str]]


def run_with(depth: str, backbone: object, table: Path, out: Path, call: Call) -> RunFolder:
    status, _, err = call(
        *("finetune", table, "--target", "bad", "--protected", "sex", "--protected", "region"),
        *("--backbone", backbone, "--freeze-depth", depth, "--out", out),
    )
    assert status == 0, err
    return RunFolder(out)


def test_a_trained_network_is_probed_before_and_after(
    backbones: dict[str, Card], table: Path, tmp_path: Path, call: Call, worker_here: None
) -> None:
    copy = shutil.copytree(backbones["mlp"].weights_path.parent, tmp_path / "mlp")
    run = run_with("0", copy, table, tmp_path / "run", call)
    found = run.read_json("proxies.json")
    assert found["trained"] and found["backbone"] == backbones["mlp"].id
    assert [column["column"] for column in found["columns"]] == ["region", "sex"]
    for column in found["columns"]:
        if column["features"] is None:
            continue
        assert all(stage["before"] and stage["change"] for stage in column["stages"])
        assert column["score"]["before"]

    shutil.rmtree(copy)
    status, _, err = call("assess", run.path)
    assert status == 0, err
    without = run.read_json("proxies.json")
    assert not without["trained"] and "could not be looked at" in without["note"]


def test_what_was_not_trained_has_no_before(
    table: Path, tmp_path: Path, call: Call, worker_here: None
) -> None:
    run = run_with("as-is", "incontext-small", table, tmp_path / "run", call)
    found = run.read_json("proxies.json")
    assert not found["trained"] and found["note"] == ""
    stages = [stage for column in found["columns"] for stage in column["stages"]]
    assert stages and all(stage["before"] is None and stage["after"] for stage in stages)


@pytest.mark.parametrize("name", ["proxies.json"])
def test_a_run_without_protected_columns_has_nothing_to_probe(
    name: str, table: Path, tmp_path: Path, call: Call, worker_here: None
) -> None:
    out = tmp_path / "run"
    drop = ("--drop", "sex", "--drop", "region")
    call("finetune", table, "--target", "bad", *drop, "--backbone", "incontext-small",
         "--freeze-depth", "as-is", "--out", out)  # fmt: skip
    assert RunFolder(out).read_json(name)["columns"] == []
