"""The Results parts "Stability", "Labels" and "Other runs"."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pandas as pd
import psutil
import pytest
from streamlit.testing.v1 import AppTest

from finxfer.records.folder import RunFolder
from finxfer.records.home import jobs_dir
from finxfer.records.spec import JobSpec
from finxfer.runs import launcher
from finxfer.runs.compare import FILE, compare
from finxfer.ui.text import compare as compare_text
from finxfer.ui.text import stability as text
from tests.over_time_example import write_curve, write_stability

SHELL = Path(__file__).resolve().parents[2] / "finxfer" / "ui" / "shell.py"
RUN_ID = "20261121-120000-aaaa"
ROWS = 1500


@pytest.fixture(scope="module")
def stored(written: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    runs = tmp_path_factory.mktemp("stored")
    run = RunFolder(shutil.copytree(written / RUN_ID, runs / RUN_ID))
    write_stability(run, ROWS)
    write_curve(run)
    return runs


@pytest.fixture()
def launched(monkeypatch: pytest.MonkeyPatch) -> list[JobSpec]:
    """Jobs that were launched; none of them runs."""
    specs: list[JobSpec] = []

    def launch(spec: JobSpec, out: Path | None = None) -> RunFolder:
        specs.append(spec)
        return RunFolder(Path("nowhere"))

    monkeypatch.setattr(launcher, "launch", launch)
    return specs


def open_part(title: str) -> AppTest:
    at = AppTest.from_file(str(SHELL), default_timeout=30)
    at.query_params["run"] = RUN_ID
    at.session_state["parts"] = title
    at.run()
    return at.switch_page("../../pages/results.py").run()


def words(at: AppTest) -> str:
    parts = [*at.markdown, *at.caption, *at.info, *at.error, *at.subheader]
    return "\n".join(str(part.value) for part in parts)


def table(at: AppTest, column: str) -> pd.DataFrame:
    return next(one.value for one in at.dataframe if column in one.value)


def test_stability_says_what_was_found_and_draws_it_by_period(run: RunFolder) -> None:
    at = open_part(text.PART)
    assert not at.exception and not at.error
    said = words(at)
    assert "periods of the test rows the Gini runs from" in said.replace("\\", "")
    assert "Gini by quarter of opened \\*on\\*" in said
    shown = table(at, text.COLUMNS["period"])
    assert shown[text.COLUMNS["period"]].tolist()[0] == "2023 Q1" and len(shown) == 6
    assert text.COLUMNS["difference"].format(name="Logistic regression") in shown


def test_without_a_time_column_only_psi_is_drawn(run: RunFolder) -> None:
    write_stability(run, ROWS, dated=False)
    at = open_part(text.PART)
    assert not at.exception and "Nothing is shown about change over time" in words(at).replace("\\", "")
    assert not [one for one in at.dataframe if text.COLUMNS["period"] in one.value]


def test_a_run_from_before_can_be_measured_from_the_page(run: RunFolder, launched: list[JobSpec]) -> None:
    (run.path / "stability.json").unlink()
    at = open_part(text.PART)
    assert text.MISSING in words(at)
    at.button(key="measure-stability").click().run()
    assert launched[0].job == "assess" and launched[0].arguments["only"] == ["stability"]


def test_the_learning_curve_is_shown_with_what_it_saves(run: RunFolder, launched: list[JobSpec]) -> None:
    at = open_part(text.LABELS_PART)
    assert not at.exception
    found = run.read_json("learning_curve.json")
    assert found["sentence"][:40] in words(at).replace("\\", "")
    shown = table(at, text.LABELS_COLUMN)
    assert shown[text.LABELS_COLUMN].tolist() == ["100", "300", "840"]
    saved = shown[text.SAVED_COLUMN.format(name="LightGBM")].tolist()
    assert saved[0] == "" and "[" in saved[-1]
    at.button(key="draw-labels").click().run()
    assert launched[0].job == "learning-curve"


def test_before_it_is_drawn_the_part_says_what_it_takes(run: RunFolder) -> None:
    (run.path / "learning_curve.json").unlink()
    at = open_part(text.LABELS_PART)
    assert not at.exception and "stand" in words(at) and "trainings" in words(at)
    assert at.button(key="draw-labels").label == text.LABELS_START


def test_a_curve_at_work_shows_what_is_left_and_can_be_cancelled(run: RunFolder) -> None:
    process = psutil.Process()
    spec = JobSpec("learning-curve", {"run": str(run.path.resolve())})
    job = RunFolder(jobs_dir() / "20261121-130000-jobs").create(spec)
    job.write_status(
        state="running", job=spec.job, message="LightGBM with 300 labels", progress=0.4, eta_seconds=130.0,
        heartbeat=time.time(), pid=process.pid, process_started=process.create_time(),
    )  # fmt: skip
    at = open_part(text.LABELS_PART)
    assert not at.exception
    (bar,) = at.get("progress")
    assert "LightGBM with 300 labels" in bar.proto.text and "2 min left" in bar.proto.text
    assert not [one for one in at.button if one.key == "draw-labels"]
    at.button(key=f"cancel-{job.id}").click().run()
    assert job.cancel_requested()


def test_runs_on_the_same_rows_are_compared_at_once_and_drawn_later(
    run: RunFolder, launched: list[JobSpec]
) -> None:
    other = RunFolder(run.path.parent / "20261121-125959-cccc")
    shutil.copytree(run.path, other.path)
    worse = pd.read_parquet(other.predictions)
    worse["probability"] = worse["probability"].sample(frac=1, random_state=0).to_numpy()
    worse.to_parquet(other.predictions, index=False)
    at = open_part(compare_text.PART)
    assert not at.exception and "this run" in words(at) and "ranks these customers better" in words(at)
    shown = table(at, compare_text.COLUMNS["p"])
    assert shown[compare_text.COLUMNS["p"]].tolist() == [compare_text.SMALL_P]
    assert "[" in shown["AUC"][0] and "[" not in shown["KS"][0]
    at.button(key="compare-bootstrap").click().run()
    assert launched[0].arguments["others"] == [str(other.path.resolve())]
    run.write_json(FILE, compare([run, other], draws=60))
    at = open_part(compare_text.PART)
    assert "[" in table(at, compare_text.COLUMNS["p"])["KS"][0]
    assert not [one for one in at.button if one.key == "compare-bootstrap"]


def test_a_run_on_other_test_rows_is_not_compared(run: RunFolder) -> None:
    other = RunFolder(run.path.parent / "20261121-125959-cccc")
    shutil.copytree(run.path, other.path)
    moved = pd.read_parquet(other.predictions)
    moved["row"] += 1
    moved.to_parquet(other.predictions, index=False)
    at = open_part(compare_text.PART)
    assert "same test rows" in at.error[0].value.replace("\\", "")


def test_without_another_run_the_part_says_so(run: RunFolder) -> None:
    assert compare_text.NONE in words(open_part(compare_text.PART))
