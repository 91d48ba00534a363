"""Comparing the backbones on the Backbone page: offered, at work, failed, done, and after some runs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psutil
import pytest
from streamlit.testing.v1 import AppTest

from finxfer.backbones.catalogue import list_backbones
from finxfer.records.folder import RunFolder
from finxfer.records.home import jobs_dir, runs_dir
from finxfer.records.spec import JobSpec, Spec
from finxfer.records.tables import TableMeta, TableStore
from finxfer.runs import launcher
from finxfer.ui import preflight_view
from finxfer.ui.text import preflight as text
from finxfer.ui.walk import ROOT

HOSTILE = "<img src=x onerror=alert(1)> [a](b) *"
AUCS = {"small": 0.805, "close": 0.8, "far": 0.607}
ALONE = 0.705


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FINXFER_HOME", str(tmp_path))
    return tmp_path


def entry(name: str, rank: int | None, level: bool | None = None, **changes: Any) -> dict[str, Any]:
    """A backbone as the job writes it."""
    found: dict[str, Any] = {
        "id": name, "name": name, "family": "tabm", "sha256": "f" * 64, "parameters": 10, "available": True,
        "share": 1.0, "matched": 3, "reason": None if rank else "None of its columns is here.",
    }  # fmt: skip
    scores = ("probe", "log_me", "h_score")
    measured = ("judged_by", "auc", "auc_error", "interval", "score")
    found |= dict.fromkeys((*measured, *scores, *(f"{score}_rank" for score in scores)))
    found |= {"rank": rank, "level": level}
    if rank:
        auc = AUCS[name]
        found |= {"auc": auc, "auc_error": 0.01, "interval": [auc - 0.03, auc + 0.03], "score": auc}
        found |= {"judged_by": "probe" if name == "far" else "head", "probe": 0.7, "log_me": -0.4}
        found |= {"h_score": 0.2} | {f"{score}_rank": rank for score in scores}
    return found | changes


def led(first: float, second: float) -> dict[str, Any]:
    """A lead that is clear from 0.02 on."""
    value = first - second
    return {"value": value, "error": 0.01, "interval": [value - 0.02, value + 0.02], "clear": value > 0.02}


def record(*names: str, more: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    """The result of a comparison in which these were ranked, in this order."""
    first = AUCS[names[0]] if names else 0.0
    backbones = [
        entry(name, rank, not led(first, AUCS[name])["clear"]) for rank, name in enumerate(names, start=1)
    ]
    leads = None
    if names:
        second = led(first, AUCS[names[1]]) if len(names) > 1 else None
        leads = {"id": names[0], "over_second": second, "over_columns": led(first, ALONE)}
    return {
        "rows": 700, "labelled": 700, "positives": 200, "columns": 3, "folds": 4, "ranked_by": "score",
        "seconds": 6.4, "backbones": [*backbones, *more], "first": leads,
        "columns_alone": {"auc": ALONE, "auc_error": 0.01, "interval": [0.69, 0.72]},
    }  # fmt: skip


def page(**parameters: str) -> AppTest:
    frame = pd.DataFrame({"income": np.arange(200.0) % 31, "default": (np.arange(200) % 3 == 0).astype(int)})
    table = TableStore().add(frame, TableMeta("a" * 64, "book.csv", 200, 2))
    at = AppTest.from_file(str(ROOT / "finxfer" / "ui" / "shell.py"), default_timeout=60)
    at.query_params["table"] = table.sha256
    at.run()
    at = at.switch_page("../../pages/backbone.py").run()
    assert not at.exception
    return at


def words(at: AppTest) -> str:
    parts = [*at.markdown, *at.caption, *at.error, *at.warning]
    return "\n".join(str(part.value) for part in parts).replace("\\", "")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> JobSpec:
    """The job that the page's button starts, in its folder but without a worker."""
    started: list[JobSpec] = []

    def launch(spec: Spec | JobSpec, folder: Path | None = None) -> RunFolder:
        assert isinstance(spec, JobSpec)
        started.append(spec)
        return RunFolder(jobs_dir() / f"20261121-12000{len(started)}-abcd").create(spec)

    monkeypatch.setattr(launcher, "launch", launch)
    at = page()
    assert text.ASK in words(at)
    at.button(key="preflight-start").click().run()
    assert not at.exception and len(started) == 1
    assert text.QUEUED in words(at) or at.button(key="preflight-cancel")
    return started[0]


def job() -> RunFolder:
    (path,) = jobs_dir().iterdir()
    return RunFolder(path)


def end(result: dict[str, Any]) -> None:
    job().write_json("result.json", result)
    job().write_status(state="finished")


def test_the_button_starts_a_job_on_the_rows_of_the_page_and_it_is_followed(asked: JobSpec) -> None:
    spec = Spec.from_json(asked.arguments["spec"])
    assert asked.job == "preflight" and spec.table == "a" * 64 and spec.target == "default"
    process = psutil.Process()
    job().write_status(state="running", pid=process.pid, process_started=process.create_time())
    at = page()
    assert "preflight-start" not in {button.key for button in at.button}
    at.button(key="preflight-cancel").click().run()
    assert job().cancel_requested()


def test_a_failure_says_why_and_can_be_tried_again(asked: JobSpec) -> None:
    job().write_status(
        state="failed", error={"what": "No good.", "why": "Too few rows.", "next": "Add some."}
    )
    at = page()
    assert "Too few rows." in words(at)
    at.button(key="preflight-start").click().run()
    assert len(list(jobs_dir().iterdir())) == 1, "the failed one has gone"


def test_a_ranking_is_a_sentence_a_picture_and_a_table(asked: JobSpec) -> None:
    end(record("small", "far", more=(entry("foreign", None),)))
    at = page()
    seen = words(at)
    assert "**small** suits this table best" in seen
    assert "700 of your 700 training rows, 4 folds" in seen and text.CHANGED in seen
    (table,) = [frame.value for frame in at.dataframe if list(frame.value.columns) == list(text.COLUMNS)]
    assert table["Rank"].tolist() == ["1", "2", ""]
    assert table["Note"].tolist() == ["", text.PROBE_NOTE, "None of its columns is here."]
    assert text.TRACK_EMPTY in seen
    again = at.button(key="preflight-start")
    assert again.label == text.AGAIN


def test_a_ranking_of_the_catalogue_as_it_is_is_not_called_old(asked: JobSpec) -> None:
    cards = list_backbones()
    more = tuple(entry(c.id, None, sha256=c.sha256, available=c.available) for c in cards)
    end(record(more=more))
    seen = words(page())
    assert text.NONE in seen and text.CHANGED not in seen


def test_a_comparison_of_an_earlier_version_is_asked_for_again(asked: JobSpec) -> None:
    end(record("small") | {"ranked_by": "probe"})
    at = page()
    assert text.OUTDATED in words(at) and text.ASK in words(at)
    assert at.button(key="preflight-start").label == text.START


def test_another_target_or_seed_is_another_comparison(asked: JobSpec) -> None:
    end(record("small", "far"))
    spec = Spec.from_json(asked.arguments["spec"])
    assert preflight_view.newest(spec) is not None
    assert preflight_view.newest(replace(spec, seed=1)) is None
    assert preflight_view.newest(replace(spec, label="named", backbone="incontext-small")) is not None


def ran(spec: Spec, *runs: tuple[str, float]) -> None:
    """Finished runs of these backbones with these test AUCs."""
    for number, (name, auc) in enumerate(runs):
        run = RunFolder(runs_dir() / f"run-{number}").create(replace(spec, backbone=name))
        intervals = {"model": {"auc": [auc - 0.03, auc + 0.03]}}
        metrics = {"backbone": name, "choice": "fine-tuned", "model": {"auc": auc}, "intervals": intervals}
        run.write_json("metrics.json", metrics)
        run.write_status(state="finished")


def test_after_runs_what_was_foretold_stands_beside_what_came(asked: JobSpec) -> None:
    end(record("small", "close", "far"))
    spec = Spec.from_json(asked.arguments["spec"])
    assert text.TRACK_EMPTY in words(page())
    ran(spec, ("small", 0.70), ("close", 0.72), ("far", 0.75), ("far", 0.77))
    at = page()
    seen = words(at)
    assert "After 4 runs **far** is first on the test rows" in seen and "0.060 AUC behind" in seen
    assert "τ = −1.00" in seen and "With 3 backbones" in seen and text.TRACK_LEVEL not in seen
    (table,) = [frame.value for frame in at.dataframe if text.TRACK_COLUMNS[1] in frame.value.columns]
    assert table["Backbone"].tolist() == ["far", "close", "small"]
    assert table[text.TRACK_COLUMNS[1]].tolist() == [3, 2, 1]
    assert "preflight-ranks-csv" in {button.key for button in at.get("download_button")}


def test_two_backbones_are_no_order_and_overlapping_intervals_are_said(asked: JobSpec) -> None:
    end(record("small", "far"))
    ran(Spec.from_json(asked.arguments["spec"]), ("small", 0.70), ("far", 0.69))
    seen = words(page())
    assert "**small**, foretold as first, is first on the test rows too" in seen
    assert text.TRACK_TWO in seen and text.TRACK_LEVEL in seen and "τ" not in seen


def test_sentences_claim_no_more_than_the_folds_show() -> None:
    assert "suits this table best" in preflight_view.sentence(record("small", "far"))
    level = preflight_view.sentence(record("small", "close", "far"))
    assert "No clear order" in level and "small and close" in level and "far" not in level
    assert "Only **small**" in preflight_view.sentence(record("small"))
    assert preflight_view.sentence(record()) == text.NONE
    assert "no clear difference" in preflight_view.sentence(record("far"))
    hostile = record("small")
    hostile["backbones"][0]["name"] = HOSTILE
    assert "<img" not in preflight_view.sentence(hostile).replace("\\<", "")
