"""The command line: its contract, its exit statuses, and what bad input leaves behind (nothing)."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from filelock import FileLock

from finxfer import __main__ as command_line
from finxfer.commands import backbones as commands
from finxfer.commands import pretrain
from finxfer.data.reading import read_table
from finxfer.records.folder import RunFolder
from finxfer.records.home import locks_dir
from tests.customers import exported

ROOT = Path(__file__).resolve().parents[1]
EPOCHS = {"training": {"epochs": 3, "patience": 3}, "explained_rows": 15}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A run made by the command line with a separate test table, and what it said on stderr."""
    folder = tmp_path_factory.mktemp("cli")
    exported(220).to_csv(folder / "customers.csv", index=False)
    test = exported(60, seed=1)
    test["bad"] = test["bad"].where(np.arange(60) % 4 > 0)
    test.to_parquet(folder / "test.parquet")
    (folder / "spec.json").write_text(json.dumps(EPOCHS))
    command = [
        sys.executable,
        "-m",
        "finxfer",
        "finetune",
        "customers.csv",
        "--target",
        "bad",
        "--test",
        "test.parquet",
        "--backbone",
        "incontext-small",
        "--freeze-depth",
        "as-is",
        "--spec",
        "spec.json",
        "--seed",
        "3",
        "--device",
        "cpu",
        "--protected",
        "sex",
        "--drop",
        "region",
        "--out",
        "deep/run",
    ]
    environment = {**os.environ, "FINXFER_HOME": str(folder / "home"), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment, timeout=200)
    assert done.returncode == 0, done.stderr
    assert "Written" in done.stdout
    return folder / "deep" / "run", done.stderr


def test_a_run_tests_on_the_second_table_in_its_row_order(finished: tuple[Path, str]) -> None:
    run, _ = finished
    predictions = pd.read_parquet(run / "predictions.parquet")
    truth = exported(60, seed=1)["bad"].where(np.arange(60) % 4 > 0)
    assert predictions["row"].tolist() == list(range(60))
    np.testing.assert_array_equal(predictions["target"].astype("float64"), truth)
    assert predictions["probability"].between(0, 1).all()
    metrics = json.loads((run / "metrics.json").read_text())
    assert metrics["rows"] == {"train": 176, "validation": 44, "test": 60}
    assert metrics["test_rows_with_target"] == 45


def test_metrics_have_every_key_of_the_contract(finished: tuple[Path, str]) -> None:
    metrics = json.loads((finished[0] / "metrics.json").read_text())
    for key in (
        "task",
        "positive",
        "rows",
        "positive_rate",
        "backbone",
        "choice",
        "fell_back",
        "freezing_depth",
        "stages",
        "trainable_parameters",
        "total_parameters",
        "device",
        "seconds",
        "versions",
        "model",
        "baselines",
        "intervals",
        "gain",
    ):
        assert key in metrics
    measured = {
        "auc",
        "average_precision",
        "gini",
        "ks",
        "brier",
        "log_loss",
        "calibration_error",
        "threshold",
        "accuracy",
        "precision",
        "recall",
        "f1",
    }
    assert measured <= set(metrics["model"])
    assert set(metrics["baselines"]) == {"logistic_regression", "lightgbm", "from_scratch"}
    assert all(measured <= set(entry) for entry in metrics["baselines"].values())
    assert metrics["choice"] == "as-is"
    assert metrics["trainable_parameters"] == 0
    assert {"metric", "over", "value", "interval"} == set(metrics["gain"])


def test_what_is_left_out_or_suspected_is_named_on_stderr(finished: tuple[Path, str]) -> None:
    run, said = finished
    spec = RunFolder(run).spec()
    assert spec.features == ("income", "debt")
    assert spec.protected == ("sex",)
    for name in ("customer_id", "branch"):
        assert f"Left out: '{name}'" in said
    assert "positive class is '1'" in said
    fairness = json.loads((run / "fairness.json").read_text())
    assert [entry["column"] for entry in fairness["columns"]] == ["sex"]


def test_the_run_folder_has_all_of_its_files(finished: tuple[Path, str]) -> None:
    run, _ = finished
    for name in (
        "spec.json",
        "resolved.json",
        "status.json",
        "events.jsonl",
        "log.txt",
        "model/schema.json",
        "model/reference.parquet",
        "model/baselines/lightgbm/model.json",
        "predictions.parquet",
        "slices.parquet",
        "metrics.json",
        "comparison.json",
        "curves.json",
        "stability.json",
        "fairness.json",
        "explanations/meta.json",
        "card.html",
    ):
        assert (run / name).is_file(), name
    assert not list(run.rglob("*.pkl")) and not list(run.rglob("*.pt")) and not list(run.rglob(".*.tmp"))


def test_a_run_learns_rules_that_later_tables_are_held_to(
    finished: tuple[Path, str], call: Callable, tmp_path: Path
) -> None:
    run, _ = finished
    assert json.loads((run / "model" / "rules.json").read_text())["rows"] == 176
    assert json.loads((run / "test_validation.json").read_text())["problems"] == 0
    new = exported(80, seed=2)
    new.to_csv(tmp_path / "same.csv", index=False)
    status, said, _ = call("validate", tmp_path / "same.csv", "--run", run)
    assert status == 0, said
    new.drop(columns="debt").assign(income="many").to_csv(tmp_path / "other.csv", index=False)
    out = tmp_path / "failures.parquet"
    status, said, _ = call("validate", tmp_path / "other.csv", "--run", run, "--out", out)
    assert status == 2 and "problem: 'debt', the column is there: lacking" in said
    found = pd.read_parquet(out)
    assert found[["column", "check"]].values.tolist() == [["income", "kind"], ["debt", "present"]]
    assert found["rows"].tolist() == [80, pd.NA]
    new.assign(debt=None).to_csv(tmp_path / "empty.csv", index=False)
    status, _, said = call("score", run, tmp_path / "empty.csv", "--out", tmp_path / "scored.csv")
    assert status == 0 and "rows break 1 (1 problem): debt" in said


@pytest.mark.parametrize("ending", ["csv", "parquet", "xlsx"])
def test_score_adds_one_column_and_keeps_the_rest(
    finished: tuple[Path, str], call: Callable, tmp_path: Path, ending: str
) -> None:
    new = exported(30, seed=2).drop(columns=["sex", "bad", "branch"]).assign(note="=1+1")
    path, out = tmp_path / "new.csv", tmp_path / f"scored.{ending}"
    new.to_csv(path, index=False)
    which = []
    if ending == "xlsx":
        with zipfile.ZipFile(tmp_path / "new.zip", "w") as archive:
            archive.write(path, "a/customers.csv")
            archive.writestr("b/others.csv", "x,y\n1,2\n")
        path, which = tmp_path / "new.zip", ["--sheet", "customers.csv"]
    status, _, err = call("score", finished[0], path, "--out", out, *which)
    assert status == 0, err
    scored = read_table(out).frame
    assert list(scored.columns) == [*new.columns, "probability"]
    assert scored["income"].tolist() == new["income"].tolist()
    assert scored["probability"].between(0, 1).all()


def test_scoring_the_test_table_gives_the_run_s_own_predictions(
    finished: tuple[Path, str], call: Callable, tmp_path: Path
) -> None:
    out = tmp_path / "scored.parquet"
    assert call("score", finished[0], finished[0].parents[1] / "test.parquet", "--out", out)[0] == 0
    own = pd.read_parquet(finished[0] / "predictions.parquet")["probability"]
    np.testing.assert_allclose(pd.read_parquet(out)["probability"], own, rtol=0, atol=1e-6)


def test_a_table_that_lacks_columns_is_refused_with_all_their_names(
    finished: tuple[Path, str], call: Callable, tmp_path: Path
) -> None:
    path = tmp_path / "poor.csv"
    exported(5).drop(columns=["income", "debt"]).to_csv(path, index=False)
    for command in ("score", "explain"):
        status, _, err = call(command, finished[0], path, "--out", tmp_path / "out.csv")
        assert status == 2
        assert "'income'" in err and "'debt'" in err
        assert not (tmp_path / "out.csv").exists()


def test_explain_writes_values_that_add_up(
    finished: tuple[Path, str], call: Callable, tmp_path: Path
) -> None:
    path, out = tmp_path / "new.csv", tmp_path / "why.csv"
    exported(6, seed=4).to_csv(path, index=False)
    status, _, err = call("explain", finished[0], path, "--out", out)
    assert status == 0, err
    why = pd.read_csv(out)
    shap = [name for name in why.columns if name.startswith("shap_")]
    assert shap == ["shap_income", "shap_debt"]
    reasons = [f"reason_{index}" for index in (1, 2, 3, 4)]
    assert list(why.columns) == [*shap, "base_value", "probability", *reasons]
    np.testing.assert_allclose(why["base_value"] + why[shap].sum(axis=1), why["probability"], atol=0.02)
    assert len(why) == 6


def test_a_finished_run_is_not_run_again(finished: tuple[Path, str], call: Callable) -> None:
    status, _, err = call("resume", finished[0])
    assert status == 0
    assert "finished already" in err


def test_backbones_are_listed_as_json(call: Callable) -> None:
    status, out, _ = call("backbones", "--json")
    assert status == 0
    found = json.loads(out)
    assert found
    for entry in found:
        assert list(entry) == ["id", "family", "modality", "stages", "parameters", "sha256", "available"]


# Bad input: exit status 2, one readable message, nothing half-written.


def refuse(call: Callable, tmp_path: Path, *arguments: object) -> str:
    """Runs finetune, which must refuse; returns stderr."""
    out = tmp_path / "new" / "run"
    status, _, err = call("finetune", *arguments, "--out", out)
    assert status == 2, err
    assert not (tmp_path / "new").exists()
    assert "Traceback" not in err
    return err


BAD_TABLES: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "empty"),
    "header-only": (b"income,debt,bad\n", "row"),
    "one-row": (b"income,debt,bad\n1,2,1\n", "constant|row"),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "PDF"),
    "zip": (b"PK\x03\x04\x14\x00\x00\x00\x08\x00abcdefgh", "zip|ZIP|Excel"),
    "cut-parquet": (b"PAR1" + bytes(60), "Parquet"),
    "duplicate-names": (b"income,income,bad\n1,2,1\n3,4,0\n", "income"),
    "constant-target": (b"income,debt,bad\n1,2,1\n3,4,1\n5,6,1\n", "constant"),
    "classes-of-one-row": (b"income,debt,bad\n1,2,a\n3,4,b\n5,6,c\n", "class|row"),
    "one-positive": (b"income,debt,bad\n" + b"1,2,0\n3,4,0\n" * 20 + b"5,6,1\n", "two are needed"),
    "empty-target": (b"income,debt,bad\n1,2,\n3,4,\n5,6,\n", "empty"),
    "no-feature": (b"income,bad\n" + b"7,0\n7,1\n" * 40, "feature"),
}


@pytest.mark.parametrize("name", BAD_TABLES)
def test_a_table_that_cannot_be_used_is_refused_in_words(call: Callable, tmp_path: Path, name: str) -> None:
    import re

    content, word = BAD_TABLES[name]
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    err = refuse(call, tmp_path, path, "--target", "bad")
    assert re.search(word, err), err


def test_a_table_that_is_not_there_is_refused(call: Callable, tmp_path: Path) -> None:
    assert "nowhere.csv" in refuse(call, tmp_path, tmp_path / "nowhere.csv", "--target", "bad")


def test_too_many_columns_are_refused(call: Callable, tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_text(",".join(f"c{index}" for index in range(5000)) + "\n" + ",".join(["1"] * 5000) + "\n")
    assert "5,000" in refuse(call, tmp_path, path, "--target", "c1")


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--target", "worse"], "'worse'"),
        ([], "--target"),
        (["--target", "bad", "--positive", "7"], "'7'"),
        (["--target", "bad", "--drop", "age"], "'age'"),
        (["--target", "bad", "--protected", "bad"], "bad"),
        (["--target", "bad", "--backbone", "gpt"], "'gpt'"),
        (["--target", "bad", "--freeze-depth", "half"], "'half'"),
        (["--target", "bad", "--backbone", "incontext-small", "--freeze-depth", "99"], "99"),
        (["--target", "bad", "--device", "tpu"], "tpu"),
        (["--target", "bad", "--seed", "-1"], "-1"),
        (["--target", "bad", "--test", "missing.csv"], "missing.csv"),
        (["--target", "bad", "--spec", "missing.json"], "missing.json"),
        (
            ["--target", "bad", "--drop", "income", "--drop", "debt", "--drop", "region", "--drop", "sex"],
            "feature",
        ),
    ],
)
def test_an_option_that_cannot_be_used_is_refused(
    call: Callable, table: Path, tmp_path: Path, arguments: list[str], word: str
) -> None:
    assert word in refuse(call, tmp_path, table, *arguments)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ("{", "JSON"),
        ("[1]", "object"),
        ('{"training": {"epochs": -1}}', "epochs"),
        ('{"colour": 1}', "colour"),
    ],
)
def test_a_spec_file_of_nonsense_is_refused(
    call: Callable, table: Path, tmp_path: Path, content: str, word: str
) -> None:
    spec = tmp_path / "spec.json"
    spec.write_text(content)
    assert word in refuse(call, tmp_path, table, "--target", "bad", "--spec", spec)


def test_a_test_table_without_a_feature_is_refused_by_the_worker_and_leaves_nothing(
    worker_here: None, call: Callable, table: Path, tmp_path: Path
) -> None:
    test = tmp_path / "test.csv"
    exported(20).drop(columns="income").to_csv(test, index=False)
    assert "'income'" in refuse(call, tmp_path, table, "--target", "bad", "--test", test)


def test_a_test_target_in_another_coding_is_refused(
    worker_here: None, call: Callable, table: Path, tmp_path: Path
) -> None:
    test = tmp_path / "test.csv"
    frame = exported(20)
    frame.assign(bad=frame["bad"].map({0: "good", 1: "bad"})).to_csv(test, index=False)
    assert "good" in refuse(call, tmp_path, table, "--target", "bad", "--test", test)


def test_a_folder_in_use_is_left_as_it_was(call: Callable, table: Path, tmp_path: Path) -> None:
    out = tmp_path / "mine"
    out.mkdir()
    (out / "letter.txt").write_text("keep me")
    status, _, err = call("finetune", table, "--target", "bad", "--out", out)
    assert status == 2
    assert "in use" in err
    assert [path.name for path in out.iterdir()] == ["letter.txt"]


def test_an_empty_folder_that_was_there_stays_and_stays_empty(
    worker_here: None, call: Callable, table: Path, tmp_path: Path
) -> None:
    out = tmp_path / "mine"
    out.mkdir()
    test = tmp_path / "test.csv"
    exported(20).drop(columns="income").to_csv(test, index=False)
    status, _, _ = call("finetune", table, "--target", "bad", "--test", test, "--out", out)
    assert status == 2
    assert out.is_dir() and not list(out.iterdir())


@pytest.mark.parametrize("command", ["score", "explain", "resume"])
def test_a_folder_without_a_run_is_refused(call: Callable, table: Path, tmp_path: Path, command: str) -> None:
    more = [] if command == "resume" else [table, "--out", tmp_path / "out.csv"]
    status, _, err = call(command, tmp_path / "nothing", *more)
    assert status == 2
    assert "spec.json" in err


@pytest.mark.parametrize(
    ("out", "word"), [("out.pdf", "pdf"), ("no/where/out.csv", "folder"), ("customers.csv", "overwritten")]
)
def test_a_result_that_cannot_be_written_is_refused_before_any_work(
    call: Callable, table: Path, tmp_path: Path, out: str, word: str
) -> None:
    before = table.read_bytes()
    status, _, err = call("score", tmp_path / "nothing", table, "--out", tmp_path / out)
    assert status == 2
    assert word in err
    assert table.read_bytes() == before


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one process")
def test_ctrl_c_cancels_the_run_which_can_be_resumed(table: Path, tmp_path: Path) -> None:
    """The worker waits for the device, which this process holds, so that nothing heavy is started."""
    out = tmp_path / "run"
    with FileLock(locks_dir() / "cpu.lock"):
        command = [
            sys.executable,
            "-m",
            "finxfer",
            "finetune",
            str(table),
            "--target",
            "bad",
            "--out",
            str(out),
        ]
        process = subprocess.Popen(
            [*command, "--device", "cpu"],
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            # A suite that a shell started in the background ignores Ctrl-C, and so would its children.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        assert process.stderr is not None
        for line in process.stderr:
            if "Waiting for the device" in line:
                process.send_signal(signal.SIGINT)
                break
        rest = process.stderr.read()
        assert process.wait(60) == 130
    assert "python -m finxfer resume" in rest
    assert RunFolder(out).status().state == "cancelled"
    assert RunFolder(out).status().resumable


def test_a_fault_of_ours_has_exit_status_1(call: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(commands, "list_backbones", broken)
    status, _, err = call("backbones")
    assert status == 1
    assert "fault of finxfer" in err


def test_the_help_names_every_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "finxfer", "--help"], capture_output=True, text=True, cwd=ROOT, timeout=60
    )
    assert done.returncode == 0
    for command in ("app", "finetune", "resume", "score", "explain", "backbones", "pretrain"):
        assert command in done.stdout


def test_every_recipe_is_a_command_and_hands_on_its_options(
    call: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from finxfer.pretraining import loop, recipes

    assert list(pretrain.RECIPE_NAMES) == list(recipes.RECIPES)
    asked: list[tuple] = []
    monkeypatch.setattr(loop, "pretrain", lambda *given, **options: asked.append((given, options)))
    for name in recipes.RECIPES:
        out = tmp_path / name
        options = ("--steps", "2", "--device", "cpu", "--start", "incontext-small")
        status, said, err = call("pretrain", name, "--out", str(out), *options)
        assert status == 0 and f"Backbone written: {out}" in said
        assert ("sized for a GPU" in err) is name.startswith("gpu")
        (given, named) = asked.pop()
        assert given[:3] == (name, out, False)
        assert named["steps"] == 2 and named["device"] == "cpu"
        assert named["start"] == Path(command_line.__file__).parents[1] / "assets/backbones/incontext-small"


def test_a_start_that_is_no_backbone_is_refused_and_leaves_nothing(call: Callable, tmp_path: Path) -> None:
    out = tmp_path / "made"
    status, _, err = call("pretrain", "cpu-small", "--steps", "1", "--out", str(out), "--start", "nowhere")
    assert status == 2 and "no backbone 'nowhere'" in err and "incontext-small" in err
    status, _, err = call("pretrain", "cpu-small", "--out", str(out), "--start", "tabm-card-default")
    assert status == 2 and "family tabm" in err
    assert not out.exists()
