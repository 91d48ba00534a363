"""Bad and hostile input from end to end: through ``python -m finxfer`` and the worker that it starts.

What a single room refuses is tested in that room; ``test_main.py`` has the tables that are refused at once.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from finxfer.backbones.catalogue import find_card
from finxfer.commands import jobs
from finxfer.errors import BadInput, Damaged, Fault
from finxfer.records.folder import RunFolder
from finxfer.records.spec import ColumnSpec, JobSpec, Spec
from finxfer.records.tables import TableMeta, TableStore
from finxfer.records.training_settings import TrainingSettings
from finxfer.runs import worker

ROOT = Path(__file__).resolve().parents[1]
NAMES = ("=cmd|' /C calc'!A0", "<script>alert(1)</script>", "../../etc/passwd")
ROWS, UNLABELLED, INFINITE = 180, 12, 7
Call = Callable[..., tuple[int, str, str]]


def dirty_table() -> pd.DataFrame:
    """Names that are a formula, HTML and a path; an unnamed column; infinities; a column without a value;
    rows without a target; texts that are formulas."""
    draw = np.random.default_rng(3)
    formula, html = draw.normal(size=ROWS), draw.normal(size=ROWS)
    target = pd.array((formula + html + draw.normal(size=ROWS) > 0).astype("int64"), dtype="Int64")
    formula[:INFINITE] = np.where(np.arange(INFINITE) % 2, np.inf, -np.inf)
    target[-UNLABELLED:] = pd.NA
    return pd.DataFrame(
        {
            NAMES[0]: formula,
            NAMES[1]: html,
            NAMES[2]: draw.choice(["=1+1", "<b>bold</b>", "/etc"], ROWS),
            "": draw.normal(size=ROWS),
            "nothing": np.nan,
            "bad": target,
        }
    )


@dataclass(frozen=True)
class Place:
    """A folder with a table, a home of its own and, once ``finetune`` has run, a run."""

    path: Path
    said: str = ""

    @property
    def run(self) -> Path:
        return self.path / "deep" / "run"

    def call(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        """Run the command line as a user does, in the folder."""
        environment = {
            **os.environ,
            "FINXFER_HOME": str(self.path / "home"),
            "FINXFER_BOOTSTRAP_DRAWS": "50",
            "PYTHONPATH": str(ROOT),
        }
        return subprocess.run(
            [sys.executable, "-m", "finxfer", *map(str, arguments)],
            capture_output=True, text=True, cwd=self.path, env=environment, timeout=200,
        )  # fmt: skip


@pytest.fixture
def done(dirty: Place, call: Call, worker_here: None, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Calls the command line, and the worker that it starts, in this process but in the dirty folder."""
    monkeypatch.chdir(dirty.path)
    monkeypatch.setenv("FINXFER_HOME", str(dirty.path / "home"))
    monkeypatch.setenv("FINXFER_BOOTSTRAP_DRAWS", "50")
    return call


def refused(call: Call, *arguments: object) -> str:
    """Run what must be refused; returns its one message."""
    status, _, said = call(*arguments)
    assert status == 2, said
    assert "Traceback" not in said
    assert said.count("Error: ") == 1
    return said


@pytest.fixture(scope="module")
def dirty(tmp_path_factory: pytest.TempPathFactory) -> Place:
    place = Place(tmp_path_factory.mktemp("dirty"))
    dirty_table().to_csv(place.path / "dirty.csv", index=False)
    # A relative folder: the worker, which starts elsewhere, must find it all the same.
    shutil.copytree(find_card("incontext-small").folder, place.path / "backbone")
    settings = {"training": {"epochs": 1, "patience": 1}, "explained_rows": 4}
    (place.path / "spec.json").write_text(json.dumps(settings))
    done = place.call(
        "finetune", "dirty.csv", "--target", "bad", "--backbone", "backbone", "--freeze-depth", "as-is",
        "--spec", "spec.json", "--device", "cpu", "--out", "deep/run",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return Place(place.path, done.stderr)


def test_a_dirty_table_is_learned_from_and_what_was_left_out_is_counted(dirty: Place) -> None:
    run = RunFolder(dirty.run)
    metrics = run.metrics()
    assert metrics is not None
    assert metrics["dropped_rows_without_target"] == UNLABELLED
    assert sum(metrics["rows"].values()) == ROWS - UNLABELLED
    assert dirty.said.count(f"{UNLABELLED} rows without a target were left out.") == 1
    assert "Left out: 'nothing'" in dirty.said
    spec = run.spec()
    assert isinstance(spec, Spec)
    assert spec.features[:3] == NAMES and len(spec.features) == 4
    meta = json.loads((dirty.path / "home" / "tables" / spec.table / "meta.json").read_text(encoding="utf-8"))
    repairs = " ".join(meta["report"]["repairs"])
    assert f"{INFINITE} infinit" in repairs


def test_names_that_are_html_formulas_or_paths_stay_names(dirty: Place, done: Call) -> None:
    assert "<script>alert" not in (dirty.run / "card.html").read_text(encoding="utf-8")
    assert not list(dirty.path.rglob("etc")) and not list(dirty.path.rglob("passwd*"))
    new = dirty_table().drop(columns=["nothing", "bad"]).head(5).assign(**{NAMES[2]: "@never seen"})
    new.to_csv(dirty.path / "new.csv", index=False)
    for command in ("score", "explain"):
        out = dirty.path / f"{command}.csv"
        status, _, said = done(command, dirty.run, "new.csv", "--out", out)
        assert status == 0, said
        made = pd.read_csv(out)
        assert made["probability"].between(0, 1).all() and len(made) == 5
        for text in [*made.columns, *made.select_dtypes("str").to_numpy().ravel()]:
            assert not str(text).startswith(("=", "+", "-", "@")), text


def test_no_file_of_a_run_or_a_backbone_is_a_pickle(dirty: Place) -> None:
    for path in [*dirty.run.rglob("*"), *(dirty.path / "home").rglob("*")]:
        if path.is_file():
            head = path.read_bytes()[:4]
            # Pickle protocol 2 and later begins with 0x80; torch.save and numpy's .npz are zip files.
            assert not head.startswith((b"\x80", b"PK")), path
            assert path.suffix not in (".pkl", ".pickle", ".pt", ".pth", ".ckpt", ".joblib", ".npz"), path


def test_a_run_whose_weights_were_changed_scores_nobody(dirty: Place, done: Call) -> None:
    copy = dirty.path / "copy"
    shutil.copytree(dirty.run, copy)
    weights = copy / "model" / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x7f")
    said = refused(done, "score", copy, "dirty.csv", "--out", "never.csv")
    assert "checksum" in said and "weights.safetensors" in said
    assert not (dirty.path / "never.csv").exists()


def test_a_backbone_with_a_wrong_checksum_starts_no_run(dirty: Place, done: Call) -> None:
    spoilt = dirty.path / "spoilt"
    shutil.copytree(dirty.path / "backbone", spoilt)
    weights = spoilt / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x7f")
    said = refused(
        done, "finetune", "dirty.csv", "--target", "bad", "--backbone", "spoilt", "--freeze-depth", "as-is",
        "--spec", "spec.json", "--device", "cpu", "--out", "new/run",
    )  # fmt: skip
    assert "checksum" in said and "spoilt" in said
    assert not (dirty.path / "new").exists()


def test_a_spec_edited_to_nonsense_is_refused_at_the_resume_and_the_run_stays(
    dirty: Place, done: Call
) -> None:
    copy = RunFolder(dirty.path / "edited")
    shutil.copytree(dirty.run, copy.path)
    copy.write_status(state="interrupted")
    spec = copy.read_json("spec.json")
    copy.write_json("spec.json", {**spec, "freezing_depth": "deep"})
    assert "freezing_depth" in refused(done, "resume", copy.path)
    assert copy.predictions.is_file()
    copy.write_json("spec.json", spec)
    status, _, said = done("resume", copy.path)
    assert status == 0, said
    assert copy.status().state == "finished"


def test_a_disk_that_fills_is_said_and_the_run_goes_on_when_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole job in this process, on a pretended disk that is full from the predictions on."""
    monkeypatch.setenv("FINXFER_BOOTSTRAP_DRAWS", "50")
    frame = dirty_table().dropna(subset=["bad"]).drop(columns=["nothing", ""]).replace([np.inf, -np.inf], 0)
    TableStore().add(frame, TableMeta("a" * 64, "dirty.csv", *frame.shape))
    kinds = {NAMES[2]: "category"}
    columns = tuple(
        ColumnSpec(name, "target" if name == "bad" else "feature", kinds.get(name, "numeric"))
        for name in frame
    )
    spec = Spec(
        "a" * 64, "dirty.csv", "bad", "1", columns, backbone="incontext-small", freezing_depth="as-is",
        device="cpu", training=TrainingSettings(epochs=1, patience=1), explained_rows=3,
    )  # fmt: skip
    run = RunFolder(tmp_path / "run").create(spec)
    run.checkpoints.mkdir()
    write = pd.DataFrame.to_parquet

    def full(frame: pd.DataFrame, path: Path, **options: object) -> None:
        if "predictions" in Path(path).name:
            Path(path).write_bytes(b"PAR1")
            raise OSError(errno.ENOSPC, "No space left on device")
        write(frame, path, **options)

    monkeypatch.setattr(pd.DataFrame, "to_parquet", full)
    assert worker.run_job(run) == 1, run.stored_status()
    status = run.stored_status()
    assert status.state == "failed" and status.error is not None
    assert status.error["what"] == "The disk is full."
    assert not run.predictions.exists() and not list(run.path.rglob("*.tmp"))
    assert (run.model / "model.json").is_file()
    monkeypatch.setattr(pd.DataFrame, "to_parquet", write)
    assert worker.run_job(run) == 0
    assert run.metrics() is not None and len(pd.read_parquet(run.predictions)) > 0


def test_a_refused_run_takes_away_what_it_made_and_nothing_else(tmp_path: Path) -> None:
    """Two runs may be started side by side in a folder that neither of them found there."""
    with pytest.raises(BadInput), jobs.nothing_left_behind(tmp_path / "a" / "b" / "run"):
        (tmp_path / "a" / "b" / "run" / "model").mkdir(parents=True)
        (tmp_path / "a" / "other").mkdir()
        (tmp_path / "a" / "other" / "spec.json").write_text("{}")
        raise BadInput("No good.", "The table is odd.", "Give another.")
    assert [str(path.relative_to(tmp_path)) for path in sorted(tmp_path.rglob("*"))] == [
        "a", "a/other", "a/other/spec.json",
    ]  # fmt: skip
    with pytest.raises(Fault), jobs.nothing_left_behind(tmp_path / "run"):
        (tmp_path / "run").mkdir()
        raise Fault("The disk is full.", "No room.", "Free some.")
    assert (tmp_path / "run").is_dir()


def test_a_run_folder_deleted_under_the_command_line_is_said(tmp_path: Path) -> None:
    """Whether or not the (empty) folder was there before."""
    for name, before in (("new", False), ("empty", True)):
        out = tmp_path / name
        if before:
            out.mkdir()
        run = RunFolder(out)
        with pytest.raises(Damaged, match="deleted"), jobs.nothing_left_behind(out):
            run.create(JobSpec("score", {}))
            shutil.rmtree(out)
            jobs.follow_job(run)
        assert not out.exists()


def test_pretraining_writes_into_no_folder_in_use_and_resumes_only_what_is_there(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("keep me")
    said = refused(call, "pretrain", "cpu-small", "--steps", 1, "--out", "mine")
    assert "in use" in said and "--resume" in said
    assert "nothing to resume" in refused(call, "pretrain", "cpu-small", "--resume", "--out", "mine")
    assert "nothing to resume" in refused(call, "pretrain", "cpu-small", "--resume", "--out", "new")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["letter.txt"]
    assert not (tmp_path / "new").exists()
