"""Whole runs to another machine and back."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import pytest

from finxfer.errors import BadInput
from finxfer.records.folder import RunFolder, list_runs
from finxfer.records.labels import keep_labels, labels_of, make_labels
from finxfer.runs.moving import known_member, read_runs, write_runs
from finxfer.runs.sealed_zip import MANIFEST
from tests.run_fixture import write_run

RUN = "20261121-120000-aaaa"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("moving")
    write_run(folder, RUN, rows=600)
    return folder / RUN


@pytest.fixture()
def run(written: Path, tmp_path: Path) -> RunFolder:
    shutil.copytree(written, tmp_path / "there" / RUN)
    return RunFolder(tmp_path / "there" / RUN)


@pytest.fixture()
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FINXFER_HOME", str(tmp_path / "elsewhere"))
    return tmp_path / "elsewhere"


def test_a_run_opens_elsewhere_with_its_names_and_figures(run: RunFolder, elsewhere: Path, tmp_path: Path):
    keep_labels(run, make_labels("Champion", ["2026", "pilot"]))
    (run.path / "log.txt").write_text("/a/path/of/the/old/machine", encoding="utf-8")
    facts = write_runs([run], tmp_path / "runs.zip")
    assert [one["id"] for one in facts["runs"]] == [RUN]
    (found,) = read_runs(tmp_path / "runs.zip")
    assert found.state == "new" and [one.id for one in list_runs()] == [RUN]
    assert found.run.metrics() == run.metrics() and found.run.spec() == run.spec()
    assert labels_of(found.run).tags == ("2026", "pilot") and labels_of(found.run).name == "Champion"
    assert found.run.status().state == "finished" and found.run.stored_status().pid is None
    assert not found.run.log.exists() and found.run.card.is_file()
    assert read_runs(tmp_path / "runs.zip")[0].state == "here already"


def test_of_checkpoints_only_what_a_finished_run_needs_travels(
    run: RunFolder, elsewhere: Path, tmp_path: Path
):
    for name in ("train/weights.safetensors", "without_pretrained/model.json", "stages.json", "worker.lock"):
        (run.checkpoints / name).parent.mkdir(parents=True, exist_ok=True)
        (run.checkpoints / name).write_bytes(b"{}")
    write_runs([run], tmp_path / "runs.zip")
    (found,) = read_runs(tmp_path / "runs.zip")
    there = {
        path.relative_to(found.run.checkpoints).as_posix() for path in found.run.checkpoints.rglob("*.*")
    }
    assert there == {"stages.json", "without_pretrained/model.json"}


def test_another_run_of_that_id_is_not_written_over(run: RunFolder, elsewhere: Path, tmp_path: Path):
    write_runs([run], tmp_path / "runs.zip")
    read_runs(tmp_path / "runs.zip")
    other = RunFolder(elsewhere / "runs" / RUN)
    other.write_json("spec.json", json.loads(other.spec_path.read_text()) | {"seed": 77})
    (found,) = read_runs(tmp_path / "runs.zip")
    assert found.state == "renamed" and len(list_runs()) == 2
    assert other.spec().seed == 77 and found.run.spec().seed != 77  # type: ignore[union-attr]


def test_a_changed_file_imports_nothing(run: RunFolder, elsewhere: Path, tmp_path: Path):
    write_runs([run], tmp_path / "runs.zip")
    content = bytearray((tmp_path / "runs.zip").read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "runs.zip").write_bytes(content)
    with pytest.raises(BadInput):
        read_runs(tmp_path / "runs.zip")
    assert not list_runs() and not list((elsewhere / "runs").glob(".import-*"))


def test_a_file_that_leads_outside_is_refused(elsewhere: Path, tmp_path: Path):
    for name in (
        "runs/a/../../evil.json",
        "/etc/evil.json",
        "runs/a/evil.pkl",
        "runs/a/.b.json",
        "evil.json",
    ):
        assert not known_member(name)
        with zipfile.ZipFile(tmp_path / "evil.zip", "w") as archive:
            archive.writestr(MANIFEST, json.dumps({"format": 1, "files": {name: {"sha256": "0" * 64}}}))
            archive.writestr(name, "{}")
        with pytest.raises(BadInput, match="does not belong there"):
            read_runs(tmp_path / "evil.zip")


def test_what_is_no_file_of_runs_is_refused(elsewhere: Path, tmp_path: Path):
    (tmp_path / "text.zip").write_text("hello", encoding="utf-8")
    with pytest.raises(BadInput, match="no file of runs"):
        read_runs(tmp_path / "text.zip")
    with pytest.raises(BadInput, match="There is no"):
        read_runs(tmp_path / "nowhere.zip")


def test_only_finished_runs_move(run: RunFolder, elsewhere: Path, tmp_path: Path):
    run.write_status(state="failed")
    with pytest.raises(BadInput, match="not finished"):
        write_runs([run], tmp_path / "runs.zip")
    with pytest.raises(BadInput, match="different"):
        write_runs([], tmp_path / "runs.zip")
    assert not (tmp_path / "runs.zip").exists()
